test_that("a matrix gives a vector: row by row, or one data set for all", {
  fit <- conjugate_fit()
  y <- rbind(c(1, 2), c(3, 4), c(5, 6))
  theta <- rbind(c(0, 1), c(1, 1), c(2, 2))
  exact <- rowSums(dnorm(theta, y / 2, sqrt(0.5), log = TRUE))
  expect_equal(log_density(fit, theta, y), exact)
  expect_equal(
    log_density(fit, theta, y[1, ]),
    rowSums(dnorm(theta, y[c(1, 1, 1), ] / 2, sqrt(0.5), log = TRUE))
  )
  expect_equal(log_density(fit, c(0, 1), y[1, ]), exact[[1]])
})

test_that("columns are found by name", {
  fit <- conjugate_fit()
  theta <- cbind("theta[2]" = c(1, 2), "theta[1]" = c(3, 4))
  expect_equal(
    log_density(fit, theta, c(1, 2)),
    log_density(fit, unname(theta[, 2:1]), c(1, 2))
  )
  expect_equal(
    log_density(fit, as.data.frame(theta, optional = TRUE), c(1, 2)),
    log_density(fit, theta, c(1, 2))
  )
})

test_that("draws give draws x data sets, draws of one data set a vector", {
  fit <- conjugate_fit()
  y <- rbind(c(1, 2), c(3, 4))
  draws <- sample_posterior(fit, y, ndraws = 6, seed = 1)
  density <- log_density(fit, draws, y)
  expect_equal(dim(density), c(6, 2))
  second <- log_density(fit, draws[[2]], y[2, ])
  expect_equal(density[, 2], second)
  expect_equal(second[[3]], log_density(fit, unclass(draws)[3, 2, ], y[2, ]))
})

test_that("wrong parameters are classed errors", {
  fit <- conjugate_fit()
  y <- rbind(c(1, 2), c(3, 4))
  refused <- function(...) {
    expect_error(log_density(fit, ...), class = "amortflow_error_parameters")
  }
  refused(matrix(0, 3, 2), y)
  refused(matrix(0, 2, 3), y)
  refused(matrix("a", 2, 2), y)
  refused(cbind(a = 1:2, b = 1), y)
  refused(matrix(NA_real_, 2, 2), y)
  refused(sample_posterior(fit, y, ndraws = 3), c(1, 2))
  refused(sample_posterior(fit, c(1, 2), ndraws = 2), y)
  expect_error(
    log_density(fit, c(0, 0), c(0, 0), type = "likelihood"),
    class = "amortflow_error_unsupported"
  )
  expect_error(
    log_density(fit, c(0, 0), c(0, 0), gradient = TRUE),
    class = "amortflow_error_unsupported"
  )
})

test_that("a trained fit has a density: it integrates to one in the support", {
  fit <- fit_posterior(
    example_model("two_moons"),
    epochs = 1, batches_per_epoch = 10, validation = 50, seed = 1,
    silent = TRUE
  )
  at <- seq(-0.995, 0.995, by = 0.01)
  grid <- as.matrix(expand.grid(at, at))
  colnames(grid) <- NULL
  expect_equal(
    sum(exp(log_density(fit, grid, c(0, 0)))) * 0.01^2, 1,
    tolerance = 0.01
  )
  expect_equal(log_density(fit, c(1.5, 0), c(0, 0)), -Inf)
  draws <- sample_posterior(fit, rbind(c(0, 0), c(3, -9)), ndraws = 500, seed = 1)
  expect_true(all(abs(unclass(draws)) < 1))
  expect_equal(
    log_density(fit, draws, rbind(c(0, 0), c(3, -9)))[, 2],
    log_density(fit, draws[[2]], c(3, -9)),
    tolerance = 1e-5
  )
  expect_equal(dim(posterior_predict(fit, c(0, 0), ndraws = 4)), c(4, 2))
})
