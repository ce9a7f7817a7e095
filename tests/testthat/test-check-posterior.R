test_that("the check says which step each data set took", {
  data <- rbind(c(2, -1), c(0, 0))
  steps <- c("1" = "none", "1.3" = "weights", "0.2" = "mcmc")
  for (scale in names(steps)) {
    fit <- conjugate_fit(model = known_likelihood(), scale = as.numeric(scale))
    found <- check_posterior(fit, data, ndraws = 160, seed = 1)
    expect_s3_class(found, "amortflow_check")
    expect_equal(found$step, rep(steps[[scale]], 2))
    expect_named(found, c(
      "data_set", "step", "pareto_k", "ess", "rhat", "chains", "efficiency"
    ))
    expect_s3_class(plot(found), "ggplot")
  }
  expect_match(sentence(found), "2 took the exact sampler")
  expect_output(print(found), "mcmc")
  exact <- check_posterior(conjugate_fit(model = known_likelihood()), data, seed = 1)
  expect_equal(exact$efficiency, c(1, 1))
  expect_match(sentence(exact), "2 needed no weights.*100 %")
})
