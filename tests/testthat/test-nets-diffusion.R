fit_diffusion <- function(...) {
  fit_posterior(
    example_model("two_moons"),
    inference = inference_diffusion(width = 24, blocks = 1, ...), epochs = 2,
    batches_per_epoch = 20, validation = 50, seed = 1, silent = TRUE
  )
}

test_that("diffusion models refuse what they do not know", {
  refused <- function(...) {
    expect_error(inference_diffusion(...), class = "amortflow_error_argument")
  }
  refused(schedule = "linear")
  refused(solver = "dpm")
  refused(steps = 0)
  expect_equal(inference_diffusion()$schedule, "edm")
})

test_that("both schedules train, and every sampler draws from the same distribution", {
  for (schedule in c("edm", "cosine")) {
    fit <- fit_diffusion(schedule = schedule, steps = 200)
    mean_of <- function(solver) {
      fit$spec$estimator$inference$solver <- solver
      draws <- sample_posterior(fit, c(0, 0), ndraws = 2000, seed = 1)
      values <- unclass(posterior::as_draws_matrix(draws))[, 1:2]
      c(colMeans(values), apply(values, 2, stats::sd))
    }
    reference <- mean_of("adaptive")
    # The ODE's solvers share their noise; the SDE's draws are independent of it: five standard errors of 2,000 draws
    # each, of parameters with sd below 1.
    expect_equal(mean_of("rk4"), reference, tolerance = 0.02)
    expect_equal(mean_of("heun"), reference, tolerance = 0.02)
    expect_lt(max(abs(mean_of("sde") - reference)), 5 * sqrt(2 / 2000))
  }
})

test_that("a diffusion model's density integrates to one", {
  fit <- fit_diffusion()
  axis <- (seq_len(60) - 0.5) / 30 - 1
  grid <- unname(as.matrix(expand.grid(axis, axis)))
  density <- exp(log_density(fit, grid, c(0, 0)))
  expect_equal(sum(density) / 30^2, 1, tolerance = 0.03)
})
