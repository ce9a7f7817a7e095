test_that("summary_convolution() and summary_mlp() check their arguments and print as their calls", {
  expect_error(summary_convolution(filters = numeric()), class = "amortflow_error_argument")
  expect_error(summary_convolution(filters = c(8, 2.5)), class = "amortflow_error_argument")
  expect_error(summary_convolution(kernel_size = 0), class = "amortflow_error_argument")
  expect_error(summary_convolution(blocks = 100), class = "amortflow_error_argument")
  expect_match(format(summary_convolution(filters = c(8, 16))), "filters = c(8, 16)", fixed = TRUE)
  expect_identical(summary_dense(width = 8), summary_mlp(width = 8))
  expect_match(format(summary_dense()), "^summary_mlp\\(")
})

# White noise on a grid: mean and log sd are known to about 1 / 8 and 1 / 11.
noise_simulations <- function(n, shape) {
  mu <- rnorm(n)
  log_sd <- runif(n, -1, 1)
  data <- array(rnorm(n * prod(shape)), c(n, shape)) * exp(log_sd) + mu
  simulations(cbind(mu = mu, log_sd = log_sd), data, observed = "array")
}

small_convolution_fit <- function(training, ...) {
  fit_posterior(
    simulations = training, summary = summary_convolution(filters = c(4, 8), width = 16),
    inference = inference_coupling_flow(depth = 2, width = 16),
    epochs = 15, batch_size = 32, learning_rate = 2e-3, seed = 1, silent = TRUE, ...
  )
}

test_that("a fit to images finds mean and scale, survives a file, and is sampled, checked and predicted from", {
  set.seed(2)
  training <- noise_simulations(1500, c(8, 8))
  fit <- small_convolution_fit(training)
  expect_output(print(fit), "an array of 8 x 8")
  test <- noise_simulations(100, c(8, 8))
  draws <- sample_posterior(fit, test, ndraws = 200, seed = 1)
  means <- apply(unclass(draws), c(2, 3), mean)
  # 0.9 leaves the exact posterior's correlations, .99 and .97, a wide margin.
  expect_gt(cor(means[, 1], test$parameters[, "mu"]), 0.9)
  expect_gt(cor(means[, 2], test$parameters[, "log_sd"]), 0.9)
  file <- withr::local_tempfile(fileext = ".amortflow")
  save_fit(fit, file)
  loaded <- load_fit(file)
  one <- test$data[3, , ]
  expect_identical(
    sample_posterior(loaded, one, ndraws = 20, seed = 3), sample_posterior(fit, one, ndraws = 20, seed = 3)
  )
  expect_equal(loaded$validation$data, fit$validation$data)
  calibration <- check_calibration(fit, simulations = test, ndraws = 19, seed = 1)
  expect_equal(nrow(calibration), 200)
  expect_equal(ncol(learned_summaries(fit, test)), 8)
})

test_that("a model of arrays is trained online and predicts arrays", {
  model <- generative_model(
    priors(mu ~ normal(0, 1)),
    simulator(\(theta) theta$mu + array(rnorm(2 * 3 * 2), c(2, 3, 2))),
    observed = "array"
  )
  expect_identical(default_networks(model)$summary$kind, "dense")
  fit <- fit_posterior(
    model, summary = summary_convolution(filters = 4, width = 8),
    inference = inference_coupling_flow(depth = 1, width = 8),
    epochs = 1, batches_per_epoch = 5, validation = 20, seed = 1, silent = TRUE
  )
  x <- simulate(model, nsim = 1, seed = 2)$data[1, , , ]
  predicted <- posterior_predict(fit, x, ndraws = 7, seed = 1)
  expect_equal(dim(predicted), c(7, 12))
  expect_identical(colnames(predicted)[c(2, 3, 7)], c("x[2,1,1]", "x[1,2,1]", "x[1,1,2]"))
  skip_if_not_installed("bayesplot")
  expect_s3_class(pp_check(fit, x, ndraws = 5, seed = 1), "ggplot")
})

test_that("convolutions read series of several lengths and vectors", {
  set.seed(3)
  theta <- rnorm(300)
  series <- simulations(theta, lapply(theta, \(m) rnorm(sample(3:20, 1), m)), observed = "series")
  fit <- small_convolution_fit(series)
  draws <- sample_posterior(fit, list(rnorm(5, 2), rnorm(17, -2)), ndraws = 200, seed = 1)
  expect_gt(mean(draws[[1]]), mean(draws[[2]]))
  vectors <- simulations(theta, matrix(rnorm(300 * 12, theta), 300))
  fit <- small_convolution_fit(vectors)
  expect_gt(mean(sample_posterior(fit, rep(2, 12), ndraws = 200, seed = 1)), 0)
})

test_that("networks that do not see what data say are refused", {
  images <- noise_simulations(30, c(4, 4))
  refused <- function(training, summary, text) {
    expect_refused(
      fit_posterior(simulations = training, summary = summary, epochs = 1, seed = 1, silent = TRUE),
      "config", text
    )
  }
  refused(images, summary_deep_set(), c("summary_deep_set()", "arrays of two dimensions", "summary_convolution()"))
  refused(images, summary_time_series(), "arrays of two dimensions")
  sets <- simulations(rnorm(30), array(rnorm(300), c(30, 10, 1)), observed = "exchangeable")
  refused(sets, summary_convolution(), c("summary_convolution() must not read exchangeable rows", "summary_deep_set()"))
})

test_that("defaults for arrays follow their size", {
  expect_identical(default_networks(noise_simulations(20, c(16, 16)))$summary$kind, "convolution")
  expect_identical(default_networks(noise_simulations(20, c(4, 4)))$summary$kind, "dense")
})
