summaries_fit <- function(...) {
  fit_posterior(
    generative_model(
      priors(mu ~ normal(0, 1), sigma ~ exponential(1)),
      simulator(\(theta) rnorm(8, theta$mu, theta$sigma)),
      observed = "exchangeable"
    ),
    ...,
    inference = inference_coupling_flow(depth = 2, width = 16),
    epochs = 2, batches_per_epoch = 10, validation = 50, seed = 1, silent = TRUE
  )
}

test_that("learned summaries are a row per data set and a column per summary", {
  fit <- summaries_fit(summary = summary_deep_set(summary_dim = 5, width = 16))
  withr::local_seed(1)
  data <- matrix(rnorm(7 * 8), 7)
  found <- learned_summaries(fit, array(data, c(7, 8, 1)))
  expect_identical(dim(found), c(7L, 5L))
  expect_identical(colnames(found), sprintf("summary[%d]", 1:5))
  expect_true(all(is.finite(found)))
  # The same data set has the same summaries, alone and in another order of rows.
  expect_equal(learned_summaries(fit, data[3, ]), found[3, , drop = FALSE], tolerance = 1e-5)
  expect_equal(learned_summaries(fit, rev(data[3, ])), found[3, , drop = FALSE], tolerance = 1e-5)
  labelled <- data.frame(x = as.vector(t(data)), g = rep(letters[1:7], each = 8))
  expect_identical(rownames(learned_summaries(fit, labelled, by = "g")), letters[1:7])
  expect_error(learned_summaries(fit, "a"), class = "amortflow_error_newdata")
  expect_error(learned_summaries(1, data), class = "amortflow_error_argument")
})

test_that("hand-made statistics come standardised under their names", {
  fit <- summaries_fit(summary = summary_function(\(x) c(m = mean(x), s = sd(x))))
  withr::local_seed(2)
  x <- rnorm(8)
  found <- learned_summaries(fit, x)
  step <- fit$adapter$data[[1]][[length(fit$adapter$data[[1]])]]
  expect_identical(colnames(found), c("m", "s"))
  expect_equal(found[[1, "m"]], (mean(x) - step$mean[[1]]) / step$sd[[1]], tolerance = 1e-6)
})

test_that("abc::abc() takes learned summaries as they are", {
  skip_if_not_installed("abc")
  fit <- summaries_fit(summary = summary_deep_set(summary_dim = 3, width = 16))
  reference <- simulate(fit$model, nsim = 200, seed = 3)
  sumstat <- learned_summaries(fit, reference)
  found <- abc::abc(sumstat[1, ], reference$parameters, sumstat, tol = 0.1, method = "rejection")
  expect_identical(dim(found$unadj.values), c(20L, 2L))
})
