test_that("inference_mixture() checks its arguments and prints as the call that makes it", {
  expect_error(inference_mixture(components = 0), class = "amortflow_error_argument")
  expect_error(inference_mixture(components = 257), class = "amortflow_error_argument")
  expect_error(inference_mixture(width = 2.5), class = "amortflow_error_argument")
  expect_error(inference_mixture(activation = "sigmoid"), class = "amortflow_error_argument")
  expect_equal(
    format(inference_mixture()),
    "inference_mixture(components = 8, width = 128, hidden = 3, activation = \"silu\")"
  )
})

# The posterior is N(x / 2, 1 / 2). Tolerances: what two thousand steps leave of the network's own
# error; 0.1 is a seventh of the posterior's sd, and a mean of 4,000 draws is off by 0.05 once in
# 10^5 (4.5 standard errors).
test_that("a mixture learns a normal posterior, draws from its density and survives a file", {
  fit <- fit_posterior(
    conjugate_model(),
    inference = inference_mixture(components = 3, width = 32, hidden = 2),
    epochs = 20, batches_per_epoch = 100, validation = 200, seed = 2, silent = TRUE
  )
  draws <- sample_posterior(fit, 1, ndraws = 4000, seed = 1)
  expect_lt(abs(mean(draws) - 0.5), 0.1)
  expect_lt(abs(sd(draws) - sqrt(0.5)), 0.1)
  at <- matrix(seq(-1, 2, by = 0.5))
  density <- log_density(fit, at, 1)
  expect_lt(max(abs(density - dnorm(at[, 1], 0.5, sqrt(0.5), log = TRUE))), 0.3)
  grid <- matrix(seq(-6, 7, by = 0.01))
  expect_equal(sum(exp(log_density(fit, grid, 1))) * 0.01, 1, tolerance = 1e-3)
  path <- withr::local_tempfile()
  save_fit(fit, path)
  expect_equal(log_density(load_fit(path), at, 1), density)
})

test_that("a mixture of more parameters than it takes is refused with advice", {
  training <- simulations(matrix(rnorm(300 * 300), 300), matrix(rnorm(300), 300))
  expect_error(
    fit_posterior(
      simulations = training, inference = inference_mixture(), epochs = 1, validation = 50,
      seed = 1, silent = TRUE
    ),
    "256 parameters",
    class = "amortflow_error_config"
  )
})
