# p ~ Beta(1, 1) and h ~ Binomial(50, p): the posterior is Beta(1 + h, 51 - h).
coin <- function() {
  generative_model(
    priors(p ~ beta(1, 1)),
    simulator(function(theta) matrix(rbinom(length(theta$p), 50, theta$p)), vectorized = TRUE)
  )
}

small_ratio <- function(..., batches_per_epoch = 20) {
  fit_ratio(
    coin(), ...,
    inference = inference_mlp(32), epochs = 4, batches_per_epoch = batches_per_epoch, batch_size = 64,
    learning_rate = 4e-3, validation = 200, seed = 1, silent = TRUE
  )
}

fit <- small_ratio(batches_per_epoch = 150)

test_that("prior times ratio is near the exact posterior", {
  expect_s3_class(fit, c("amortflow_ratio_fit", "amortflow_fit"), exact = TRUE)
  p <- c(0.3, 0.4, 0.5, 0.6, 0.7)
  # Trained on 38,400 simulations, for a second.
  expect_lt(max(abs(log_density(fit, cbind(p), 25) - dbeta(p, 26, 26, log = TRUE))), 0.5)
  expect_identical(log_density(fit, cbind(c(-1, 2)), 25), c(-Inf, -Inf))
  draws <- sample_posterior(fit, cbind(c(10, 25)), ndraws = 400, seed = 1)
  expect_s3_class(draws, "amortflow_draws")
  means <- summarise_draws(draws, "mean", "sd")
  # The standard error of 400 draws is 0.0034 each.
  expect_equal(as.double(means$mean), c(11, 26) / 52, tolerance = 0.08)
  expect_equal(as.double(means$sd), c(0.056, 0.069), tolerance = 0.25)
})

test_that("another prior may take the place of the model's", {
  draws <- sample_posterior(fit, 25, ndraws = 400, prior = priors(p ~ beta(20, 5)), seed = 1)
  expect_identical(attr(draws, "refinement")$step, "mcmc")
  # Beta(45, 30): standard error 0.003, the rest is the ratio's.
  expect_equal(mean(draws), 45 / 75, tolerance = 0.05)
})

test_that("the same seed gives the same weights and draws on any number of cores", {
  one <- small_ratio()
  expect_identical(small_ratio(cores = 2)$weights, one$weights)
  expect_identical(
    sample_posterior(one, 25, ndraws = 32, seed = 1), sample_posterior(one, 25, ndraws = 32, seed = 1, cores = 2)
  )
})

test_that("alternatives, odds and balance are settings of the network", {
  other <- small_ratio(alternatives = 3, gamma = 2, balance = 10)
  network <- other$spec$estimator$network
  expect_identical(as.double(network[["alternatives"]]), 3)
  expect_identical(c(network$gamma, network$balance), c(2, 10))
  expect_true(is.finite(other$outcome$best_validation_loss))
})

test_that("fits of ratios are printed, saved and loaded", {
  expect_output(print(fit), "at most 64 alternatives, gamma 1")
  path <- withr::local_tempfile(fileext = ".amortflow")
  save_fit(fit, path)
  again <- load_fit(path, model = fit$model)
  expect_identical(class(again), class(fit))
  expect_identical(log_density(again, cbind(0.4), 25), log_density(fit, cbind(0.4), 25))
  expect_error(sample_posterior(load_fit(path), 25), class = "amortflow_error_argument")
})

test_that("what cannot be is refused", {
  expect_error(fit_ratio(), class = "amortflow_error_argument")
  expect_error(fit_ratio(coin(), alternatives = 0), class = "amortflow_error_argument")
  expect_error(fit_ratio(coin(), gamma = 0), class = "amortflow_error_argument")
  expect_error(fit_ratio(coin(), balance = -1), class = "amortflow_error_argument")
  expect_error(fit_ratio(coin(), inference = inference_mixture()), class = "amortflow_error_argument")
})
