test_that("summary_hierarchical() checks its arguments and prints as its call", {
  expect_error(summary_hierarchical(), class = "amortflow_error_argument")
  expect_refused(
    summary_hierarchical(list(summary_deep_set()), "g"), "argument", "a list of 2 to 8 networks"
  )
  expect_refused(
    summary_hierarchical(list(summary_mlp(), summary_deep_set()), "g"), "argument", "any number of rows"
  )
  expect_refused(
    summary_hierarchical(group = c("a", "b")), "argument", "1 name or number of columns"
  )
  expect_match(
    format(summary_hierarchical(group = "school")),
    "summary_hierarchical\\(levels = list\\(summary_deep_set\\(.*, group = \"school\"\\)$"
  )
})

# Groups have means of their own around mu: what is known of mu hangs on the number of groups, not of rows.
grouped_simulations <- function(n) {
  mu <- rnorm(n)
  data <- lapply(mu, function(m) {
    groups <- sample(2:6, 1)
    size <- sample(1:5, groups, replace = TRUE)
    group <- rep(seq_len(groups), size)
    cbind(site = group, y = rnorm(groups, m, 0.7)[group] + rnorm(length(group), sd = 0.3))
  })
  simulations(cbind(mu = mu), data, observed = "exchangeable")
}

hierarchical_fit <- function(training, ...) {
  small <- summary_deep_set(summary_dim = 6, width = 12, depth = 1)
  fit_posterior(
    simulations = training, summary = summary_hierarchical(list(small, small), group = "site"),
    inference = inference_coupling_flow(depth = 1, width = 12),
    epochs = 10, batch_size = 32, learning_rate = 3e-3, seed = 1, silent = TRUE, ...
  )
}

test_that("a fit to nested data sees groups, not their numbers or order, and survives a file", {
  set.seed(5)
  training <- grouped_simulations(1000)
  fit <- hierarchical_fit(training)
  one <- training$data[[3]]
  mean_of <- function(x, by = fit) {
    c(mean(sample_posterior(by, x, ndraws = 50, seed = 1)), ncol(learned_summaries(by, x)))
  }
  expected <- mean_of(one)
  expect_identical(expected[[2]], 6)
  expect_equal(mean_of(one[rev(seq_len(nrow(one))), ]), expected, tolerance = 1e-4)
  # Numbers stay within those of training, so that the adapter keeps them apart.
  renamed <- one
  renamed[, "site"] <- 7 - one[, "site"]
  expect_equal(mean_of(renamed), expected, tolerance = 1e-4)
  test <- grouped_simulations(100)
  means <- apply(unclass(sample_posterior(fit, test, ndraws = 50, seed = 1)), 2, mean)
  expect_gt(cor(means, test$parameters[, 1]), 0.75)
  file <- withr::local_tempfile(fileext = ".amortflow")
  save_fit(fit, file)
  loaded <- load_fit(file)
  expect_equal(mean_of(one, loaded), expected)
  expect_identical(loaded$spec$summary, fit$spec$summary)
})

test_that("data without such a column, and other kinds of data, are refused", {
  training <- grouped_simulations(30)
  refused <- function(training, summary, text) {
    expect_refused(
      fit_posterior(simulations = training, summary = summary, epochs = 1, seed = 1, silent = TRUE),
      "config", text
    )
  }
  refused(training, summary_hierarchical(group = "school"), c("columns of the data", "site, y", "school"))
  refused(training, summary_hierarchical(group = 3), "columns of the data")
  vectors <- simulations(rnorm(30), matrix(rnorm(90), 30))
  refused(vectors, summary_hierarchical(group = 1), "needs rows of groups")
})
