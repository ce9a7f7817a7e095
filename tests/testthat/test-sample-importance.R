test_that("smoothed weights estimate a known mean, also with zero weights", {
  withr::local_seed(1)
  x <- rnorm(4000)
  # Ratio of normal(0, 0.8) to normal(0, 1).
  ratio <- dnorm(x, 0, 0.8, log = TRUE) - dnorm(x, log = TRUE) + 50
  smooth <- smooth_ratios(ratio)
  expect_lt(smooth$pareto_k, 0.5)
  expect_equal(smooth$spread, sd(ratio))
  # Standard deviation of a weight 0.31: five standard errors of the mean are 0.025.
  expect_equal(log_sum_exp(smooth$log_weight) - log(4000), 50, tolerance = 0.025 / 50)
  half <- smooth_ratios(ifelse(x > 0, ratio + log(2), -Inf))
  expect_true(all(half$log_weight[x <= 0] == -Inf))
  # 1.05 / sqrt(4000) is a standard error.
  expect_equal(log_sum_exp(half$log_weight) - log(4000), 50, tolerance = 0.085 / 50)
})

test_that("level ratios need no weights, hardly any finite ones tell nothing", {
  expect_equal(smooth_ratios(rep(-3, 100) + 1e-6 * (1:100))$pareto_k, -Inf)
  expect_equal(smooth_ratios(c(-1, -Inf, -Inf))$pareto_k, Inf)
  expect_equal(log_sum_exp(c(-Inf, -Inf)), -Inf)
  expect_equal(log_sum_exp(c(1000, 1000)), 1000 + log(2))
})

test_that("resampling takes each draw as often as its share, rounded up or down", {
  log_weight <- log(c(0.5, 0.25, 0.2, 0.05, 0)) + 7
  for (i in 1:20) {
    withr::local_seed(i)
    taken <- tabulate(resample_systematic(log_weight, 10), 5)
    expect_equal(sum(taken), 10)
    expect_true(all(abs(taken - c(5, 2.5, 2, 0.5, 0)) < 1))
  }
  # Each of 400 equal draws is taken once at most when 100 are wanted.
  expect_equal(anyDuplicated(resample_systematic(numeric(400), 100)), 0)
})
