normal_density <- function(mean, covariance) {
  root <- chol(covariance)
  function(x) {
    -0.5 * rowSums(t(forwardsolve(t(root), t(x) - mean))^2)
  }
}

test_that("chains that start far away give a correlated normal", {
  covariance <- matrix(c(4, 1.8, 1.8, 1), 2)
  start <- matrix(rep(c(200, -50), each = 16) + seq(0, 0.1, length.out = 16), 16)
  run <- slice_sample(normal_density(c(3, -1), covariance), start, 200, seed = 1)
  expect_true(run$converged)
  expect_equal(dim(run$draws), c(200, 16, 2))
  flat <- matrix(run$draws, ncol = 2)
  worth <- min(apply(run$draws, 3, posterior::ess_bulk))
  expect_gt(worth, 800)
  # Five standard errors each: false alarm in 1 of 4e5 runs.
  expect_lt(max(abs(colMeans(flat) - c(3, -1)) / c(2, 1)), 5 / sqrt(worth))
  expect_lt(max(abs(cov(flat) / covariance - 1)), 5 * sqrt(2.3 / worth))
})

test_that("a density with an edge is drawn within it", {
  log_density <- function(x) ifelse(x[, 1] > 0, -x[, 1], -Inf)
  run <- slice_sample(log_density, matrix(1:8 / 8), 500, seed = 2)
  expect_gt(min(run$draws), 0)
  worth <- posterior::ess_bulk(run$draws[, , 1])
  # The exponential: quantiles by five standard errors.
  found <- vapply(c(0.1, 0.5, 0.9), \(p) mean(run$draws < qexp(p)), 1)
  expect_lt(max(abs(found - c(0.1, 0.5, 0.9))), 5 * 0.5 / sqrt(worth))
})

test_that("the seed decides, and R's generator is left alone", {
  draw <- function(seed) {
    slice_sample(normal_density(0, diag(1)), matrix(1:4 / 4), 10, seed = seed)$draws
  }
  withr::with_seed(1, {
    first <- draw(3)
    after <- runif(1)
  })
  expect_identical(withr::with_seed(2, draw(3)), first)
  expect_identical(withr::with_seed(1, runif(1)), after)
  expect_false(identical(draw(4), first))
})

test_that("chains in modes far apart are told not to agree", {
  log_density <- function(x) {
    pmax(-0.5 * (x[, 1] - 1e6)^2, -0.5 * (x[, 1] + 1e6)^2)
  }
  start <- matrix(c(rep(-1e6, 7), 1e6) + 1:8 / 8)
  scale <- chains_scale(start)
  expect_gt(scale[1, 1], 1e5)
  # A single mode that all start in converges.
  expect_true(slice_sample(log_density, start[1:7, , drop = FALSE], 5, seed = 1)$converged)
})
