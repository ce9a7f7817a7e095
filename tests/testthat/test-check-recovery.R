test_that("summaries are those of each posterior", {
  fit <- conjugate_fit()
  simulations <- conjugate_simulations(15, seed = 5)
  draws <- sample_posterior(fit, simulations, ndraws = 80, seed = 2)
  check <- check_recovery(fit, simulations, draws = draws)
  expect_equal(nrow(check), 30)
  one <- check[check$sim_id == 7 & check$variable == "theta[2]", ]
  set <- as.vector(draws[[7]][, 1, "theta[2]"])
  expect_equal(one$mean, mean(set))
  expect_equal(one$sd, sd(set))
  expect_equal(
    c(one$q5, one$median, one$q95),
    quantile(set, c(0.05, 0.5, 0.95), names = FALSE)
  )
  expect_equal(one$simulated_value, unname(simulations$parameters[7, 2]))
})

# Truth and posterior mean correlate by sqrt(1 / 2), standard error 0.016 with
# 1000 simulations; 5 of them.
test_that("its summary knows the right answers", {
  check <- check_recovery(
    conjugate_fit(), conjugate_simulations(1000, seed = 11),
    ndraws = 199, seed = 3
  )
  by <- summary(check)
  expect_lt(max(abs(by$correlation - sqrt(0.5))), 0.08)
  expect_lt(max(abs(by$rmse - sqrt(0.5))), 0.08)
  expect_lt(max(abs(by$rmse_prior - 1)), 0.12)
  expect_lt(max(abs(by$coverage_90 - 0.9)), 0.05)
  expect_match(sentence(check), "Correlation of posterior median and true value")
  expect_error(ggplot2::ggplot_build(plot(check)), NA)
})

test_that("a constant parameter has no correlation and no warning", {
  expect_warning(r <- safe_correlation(c(1, 1), c(1, 2)), NA)
  expect_identical(r, NA_real_)
})
