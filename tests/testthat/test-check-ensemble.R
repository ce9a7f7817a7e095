two_fits <- function() {
  if (is.null(fitted_once$pair)) {
    fitted_once$pair <- fit_posterior(
      conjugate_model(),
      inference = inference_ensemble(3, inference_coupling_flow(depth = 2, width = 16)),
      epochs = 3, batches_per_epoch = 20, validation = 100, seed = 5, silent = TRUE
    )
  }
  fitted_once$pair
}

test_that("spread is that of members' means and log densities", {
  fit <- two_fits()
  known <- simulate(fit$model, nsim = 10, seed = 3)
  check <- check_ensemble(fit, known, ndraws = 400, seed = 2)
  expect_s3_class(check, c("amortflow_check_ensemble", "amortflow_check"))
  expect_equal(names(check), c("sim_id", "variable", "spread", "log_density_spread"))
  sets <- read_newdata(fit, known)
  draws <- vapply(1:3, function(member) {
    posterior_draws_array(fit, sets, 400, 2, 1, member = member)[, 7, 1]
  }, numeric(400))
  variance <- mean(apply(draws, 2, var)) + var(colMeans(draws)) * 2 / 3
  expect_equal(check$spread[[7]], sqrt(var(colMeans(draws)) * 2 / 3 / variance))
  density <- vapply(1:3, function(member) {
    posterior_log_density(fit, known$parameters, sets, 1:10, 1, member = member)[[7]]
  }, 1)
  expect_equal(check$log_density_spread[[7]], sd(density))
  expect_true(all(check$spread >= 0 & check$spread < 1))
})

test_that("agreement is summarised in a sentence and drawn", {
  check <- check_ensemble(two_fits(), nsim = 30, ndraws = 100, seed = 2)
  by <- summary(check)
  expect_equal(
    names(by), c("variable", "spread", "spread_90", "log_density_spread", "n_sim")
  )
  expect_equal(by$n_sim, 30)
  expect_output(print(check), "The means of 3 members differ most in theta")
  expect_s3_class(ggplot2::autoplot(check), "ggplot")
  expect_error(
    check_ensemble(small_fit()), "one network",
    class = "amortflow_error_unsupported"
  )
})
