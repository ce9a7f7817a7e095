normal_numbers <- function(n, k, seed = 1) {
  withr::with_seed(seed, matrix(rnorm(n * k), n))
}

test_that("a regression leaves residuals that are white and independent of the numbers", {
  numbers <- normal_numbers(2000, 3)
  noise <- normal_numbers(2000, 2, 2) %*% rbind(c(0.5, 0.4), c(0, 0.2))
  slopes <- rbind(c(1, 0), c(-2, 1), c(0, 0.3))
  theta <- 1 + numbers %*% slopes + noise
  regression <- fit_regression(theta, numbers)
  coefficients <- matrix(regression$coefficients, 2)
  # Standard errors are below 0.5 / sqrt(2000) = 0.011.
  expect_equal(coefficients, t(slopes), tolerance = 0.06)
  expect_equal(regression$intercept, c(1, 1), tolerance = 0.06)
  whitening <- matrix(regression$whitening, 2)
  expect_equal(whitening[1, 2], 0)
  residuals <- theta - rep(1, 2000) %o% regression$intercept - numbers %*% t(coefficients)
  expect_equal(cov(residuals %*% t(whitening)), diag(2), tolerance = 0.01)
})

test_that("a regression is left out where a linear model does not fit or cannot be told", {
  x <- normal_numbers(1000, 2)
  u <- normal_numbers(1000, 1, 2)
  expect_type(fit_regression(x[, 1, drop = FALSE] + u, x), "list")
  expect_null(fit_regression(x[, 1, drop = FALSE] + u^2, x))
  expect_null(fit_regression(x[, 1, drop = FALSE] + u * (1 + abs(x[, 1])), x))
  expect_null(fit_regression((x[, 1, drop = FALSE] + u)[1:25, , drop = FALSE], x[1:25, ]))
  expect_null(fit_regression(x[, 1, drop = FALSE], x))
  expect_null(fit_regression(x, NULL))
})

test_that("columns that repeat others and rows that are not finite do no harm", {
  x <- normal_numbers(1000, 2)
  theta <- x[, 1, drop = FALSE] + normal_numbers(1000, 1, 2)
  whole <- fit_regression(theta, x)
  twice <- fit_regression(theta, cbind(x, x[, 1]))
  expect_equal(twice$coefficients[[3]], 0)
  expect_equal(twice$whitening, whole$whitening, tolerance = 1e-2)
  theta[7] <- NaN
  expect_equal(fit_regression(theta, x)$intercept, whole$intercept, tolerance = 0.1)
})

test_that("a linear model is exact before training, and comes back from a file", {
  model <- conjugate_model()
  training <- simulate(model, 2000, seed = 1)
  fit <- fit_posterior(
    simulations = training, inference = inference_coupling_flow(depth = 2, width = 8),
    epochs = 1, learning_rate = 0, seed = 1, silent = TRUE
  )
  expect_output(print(fit), "of residuals of a linear regression")
  y <- 1
  theta <- cbind(c(0, 0.5, 2))
  exact <- dnorm(theta[, 1], y / 2, sqrt(0.5), log = TRUE)
  # The slope's standard error is sqrt(0.5 / (2 * 1800)) = 0.012, that of the line at y = 1 below 0.03.
  expect_equal(log_density(fit, theta, y), exact, tolerance = 0.05)
  draws <- as.vector(sample_posterior(fit, y, ndraws = 4000, seed = 2))
  expect_lt(abs(mean(draws) - y / 2), 5 * (0.03 + sqrt(0.5 / 4000)))
  path <- withr::local_tempfile(fileext = ".amortflow")
  save_fit(fit, path)
  expect_equal(log_density(load_fit(path), theta, y), log_density(fit, theta, y))
  plain <- fit_posterior(
    simulations = training, adapter = adapter() |> adapt_standardize("parameters"),
    inference = inference_coupling_flow(depth = 2, width = 8), epochs = 1, seed = 1, silent = TRUE
  )
  expect_type(plain$spec$estimator$regression, "list")
  none <- fit_posterior(
    simulations = training, adapter = adapter(auto = FALSE),
    inference = inference_coupling_flow(depth = 2, width = 8), epochs = 1, seed = 1, silent = TRUE
  )
  expect_null(none$spec$estimator$regression)
})
