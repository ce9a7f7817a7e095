# Prior variance 1, posterior variance 1 / (n + 1).
test_that("contraction and z-scores are the model's", {
  fit <- conjugate_fit("exchangeable", 2, n_obs = c(4, 4))
  simulations <- conjugate_simulations(500, 2, 11, "exchangeable", 4)
  check <- check_contraction(fit, simulations, ndraws = 400, seed = 3)
  expect_equal(
    names(check),
    c("sim_id", "variable", "simulated_value", "contraction", "z_score")
  )
  by <- summary(check)
  # The prior's variance has a standard error of 6 %, so 1 - 0.2 / 1 has 0.013.
  expect_lt(max(abs(by$contraction - 0.8)), 0.065)
  # Standard errors 0.045 and 0.032.
  expect_lt(max(abs(by$z_mean)), 0.23)
  expect_lt(max(abs(by$z_sd - 1)), 0.16)
  expect_match(sentence(check), "Median contraction")
  expect_error(ggplot2::ggplot_build(plot(check)), NA)
})

test_that("columns' variances are R's", {
  x <- matrix(c(1, 2, 4, 1e8 + 1:3), 3)
  expect_equal(column_variances(x), apply(x, 2, var))
})
