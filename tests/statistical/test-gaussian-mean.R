# Known optimum: mu ~ N_4(0, I), 50 observations N(mu, I); the posterior is N(n xbar / (n + 1), I / (n + 1)).
# The tutorial's budget: 10 epochs of 1,000 batches of 32. Seeds are fixed; tolerances are stated with each test.

model <- example_model("gaussian_mean")
seconds <- system.time(
  fit <- fit_posterior(
    model,
    summary = summary_deep_set(summary_dim = 10),
    epochs = 10, batches_per_epoch = 1000, batch_size = 32,
    seed = 2023, cores = 2, silent = TRUE
  )
)[["elapsed"]]
fresh <- simulate(model, nsim = 2000, seed = 11, cores = 2)

exact_log_density <- function(simulations) {
  n <- dim(simulations$data)[[2]]
  means <- apply(simulations$data, c(1, 3), mean)
  rowSums(dnorm(
    simulations$parameters, n / (n + 1) * means, sqrt(1 / (n + 1)),
    log = TRUE
  ))
}

test_that("q(theta | x) is within 0.04 nats of the exact posterior on average", {
  gap <- exact_log_density(fresh) -
    log_density(fit, fresh$parameters, fresh, cores = 2)
  report_figure("gaussian_mean: gap in nats", mean(gap))
  report_figure("gaussian_mean: its standard error", sd(gap) / sqrt(length(gap)))
  report_figure("gaussian_mean: seconds of training", seconds)
  expect_lte(mean(gap), 0.04)
  # The mean over fresh data of log p - log q is a divergence: below zero only by chance (4 standard errors: 3e-5).
  expect_gte(mean(gap), -4 * sd(gap) / sqrt(length(gap)))
})

# Family-wise false alarm of 1 % over the seven parameters of this file and test-sir-school.R.
test_that("ranks of 1,000 fresh simulations lie inside simultaneous bands", {
  simulations <- simulate(model, nsim = 1000, seed = 12, cores = 2)
  elapsed <- system.time(
    calibration <- check_calibration(
      fit, simulations,
      ndraws = 1000, seed = 13, level = 1 - 0.01 / 7, cores = 2
    )
  )[["elapsed"]]
  report_figure("gaussian_mean: seconds for 1,000 x 1,000 draws", elapsed)
  report_deviations("gaussian_mean", calibration)
  expect_true(all(summary(calibration)$inside))
})
