test_that("summary_fusion() checks its arguments and prints as its call", {
  expect_refused(summary_fusion(summary_deep_set()), "argument", "each once")
  expect_refused(
    summary_fusion(x = summary_deep_set(), x = summary_deep_set()), "argument", "each once"
  )
  expect_error(summary_fusion(x = 3), class = "amortflow_error_argument")
  expect_refused(
    summary_fusion(x = summary_fusion()), "argument", "the network of one observable"
  )
  expect_refused(summary_fusion(head = summary_deep_set()), "argument", "made by `summary_mlp()`")
  expect_match(
    format(summary_fusion(x = summary_identity(), head = summary_mlp())),
    "summary_fusion(x = summary_identity(), head = summary_mlp(summary_dim", fixed = TRUE
  )
  expect_identical(format(summary_fusion(x = "auto")), "summary_fusion(x = \"auto\")")
})

# What x says of theta hangs on the sign that z gives.
signed_simulations <- function(n) {
  theta <- rnorm(n)
  z <- sample(c(-1, 1), n, replace = TRUE)
  image <- array(rnorm(n * 6), c(n, 2, 3)) + z * theta
  simulations(
    cbind(theta = theta), list(image = image, z = matrix(z)),
    observed = c(image = "array", z = "vector")
  )
}

fusion_fit <- function(training, summary) {
  fit_posterior(
    simulations = training, summary = summary,
    inference = inference_coupling_flow(depth = 2, width = 16),
    epochs = 12, batch_size = 32, learning_rate = 3e-3, seed = 1, silent = TRUE
  )
}

test_that("a fit fuses an array and a vector through a head and survives a file", {
  set.seed(1)
  training <- signed_simulations(1000)
  fit <- fusion_fit(training, summary_fusion(
    image = summary_convolution(summary_dim = 6, filters = 4, width = 8),
    head = summary_mlp(summary_dim = 5, width = 16, depth = 2)
  ))
  expect_output(print(fit), "summary_fusion(image = summary_convolution", fixed = TRUE)
  test <- signed_simulations(100)
  draws <- sample_posterior(fit, test, ndraws = 50, seed = 1)
  means <- apply(unclass(draws), 2, mean)
  # The exact posterior's means correlate by sqrt(6 / 7) = .93.
  expect_gt(cor(means, test$parameters[, 1]), 0.75)
  summaries <- learned_summaries(fit, test)
  expect_identical(colnames(summaries), sprintf("summary[%d]", 1:5))
  file <- withr::local_tempfile(fileext = ".amortflow")
  save_fit(fit, file)
  loaded <- load_fit(file)
  expect_identical(loaded$spec$summary, fit$spec$summary)
  expect_identical(learned_summaries(loaded, test), summaries)
  one <- list(z = 1, image = test$data$image[1, , ])
  expect_equal(dim(sample_posterior(loaded, one, ndraws = 5, seed = 1)), c(5, 1, 1))
})

test_that("without a head a fusion is the named list of its networks", {
  set.seed(2)
  training <- signed_simulations(100)
  network <- summary_convolution(summary_dim = 6, filters = 4, width = 8)
  short <- function(summary) {
    fit_posterior(simulations = training, summary = summary, epochs = 2, seed = 1, silent = TRUE)
  }
  expect_identical(
    short(summary_fusion(image = network))$weights, short(list(image = network))$weights
  )
})

test_that("names that are no observables, and fusions of one observable, are refused", {
  training <- signed_simulations(20)
  expect_refused(
    fit_posterior(simulations = training, summary = summary_fusion(picture = summary_mlp())),
    "argument", c("summary_fusion()", "image, z")
  )
  plain <- simulations(rnorm(20), matrix(rnorm(40), 20))
  expect_refused(
    fit_posterior(simulations = plain, summary = summary_fusion(head = summary_mlp())),
    "argument", "since the model has but one"
  )
})

test_that("what is given instead of networks is named, and how to mend it", {
  set.seed(3)
  training <- signed_simulations(20)
  refused <- function(summary, text) {
    expect_refused(fit_posterior(simulations = training, summary = summary), "argument", text)
  }
  each_once <- "named list of networks for image, z, each once"
  refused(list(q = summary_mlp()), c(each_once, "not for q"))
  refused(summary_fusion(q = summary_mlp()), c(each_once, "not for q"))
  refused(list(z = summary_mlp(), z = "auto"), c(each_once, "not for z, z"))
  refused(summary_mlp(), each_once)
  refused(list(summary_mlp()), each_once)
  refused(list(z = summary_mlp), c("`summary$z` must be made by a summary_*", "with ()"))
  expect_refused(
    fit_posterior(simulations = training, inference = inference_mixture), "argument",
    c("made by an inference_*() function", "with ()")
  )
})
