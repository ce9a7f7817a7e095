# Real data with a posterior known by quadrature: the boarding-school influenza of 1978, through the C++ simulator and
# through an R simulator of the same model.

source("exact_boarding_school.R", local = TRUE)
exact <- exact_boarding_school(boarding_school)

sir_in_r <- simulator(function(theta) {
  infected <- sir_infected(theta$beta, theta$gamma, step = 0.25)
  counts <- rnbinom(length(infected), size = 1 / theta$phi_inv, mu = infected)
  array(counts, c(dim(infected), 1))
}, vectorized = TRUE)

# Means within 0.25 exact posterior sds, sds within 20 %. With 4,000 draws the Monte-Carlo error of a mean is 0.016 sds
# and of a sd about 1.3 %, so chance adds next to nothing to the error of the networks.
expect_exact_posterior <- function(fit, name) {
  draws <- sample_posterior(fit, boarding_school, ndraws = 4000, seed = 1)
  found <- summarise_draws(draws, "mean", "sd")
  found <- found[match(exact$variable, found$variable), ]
  error <- (found$mean - exact$exact_mean) / exact$exact_sd
  ratio <- found$sd / exact$exact_sd
  for (i in seq_len(nrow(exact))) {
    report_figure(sprintf("%s: error of the mean of %s in sds", name, exact$variable[[i]]), error[[i]])
    report_figure(sprintf("%s: ratio of the sd of %s", name, exact$variable[[i]]), ratio[[i]])
  }
  expect_lte(max(abs(error)), 0.25)
  expect_lte(max(abs(ratio - 1)), 0.2)
}

model <- example_model("sir_school")
fit <- fit_posterior(model, seed = 1978, cores = 2, silent = TRUE)

test_that("the C++ simulator leads to the exact posterior of the real data", {
  expect_exact_posterior(fit, "sir_school (C++)")
})

test_that("an R simulator of the same model leads to the same posterior", {
  in_r <- generative_model(model$prior, sir_in_r, observed = "series")
  fit_in_r <- fit_posterior(in_r, seed = 1978, cores = 2, silent = TRUE)
  expect_exact_posterior(fit_in_r, "sir_school (R)")
})

# Family-wise false alarm of 1 % over the seven parameters of this file and test-gaussian-mean.R.
test_that("ranks of 1,000 fresh simulations lie inside simultaneous bands", {
  simulations <- simulate(model, nsim = 1000, seed = 22, cores = 2)
  calibration <- check_calibration(
    fit, simulations,
    ndraws = 1000, seed = 23, level = 1 - 0.01 / 7, cores = 2
  )
  report_deviations("sir_school", calibration)
  expect_true(all(summary(calibration)$inside))
})

# The exact log evidence, -67.23975, is that of the quadrature behind exact_boarding_school(). The error of 10,000 draws
# is below 0.01.
test_that("the boarding school has its exact evidence", {
  found <- compare_evidence(fit, boarding_school, seed = 24, cores = 2)
  report_figure("sir_school: error of log evidence", found$log_evidence + 67.23975)
  report_figure("sir_school: Pareto k", found$pareto_k)
  expect_lte(abs(found$log_evidence + 67.23975), 0.05)
})
