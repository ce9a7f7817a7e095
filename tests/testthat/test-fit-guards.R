# What fit_posterior() must leave alone, and what it must not let pass.

normal_in_r <- function(f = function(theta) rnorm(1, theta$mu)) {
  generative_model(priors(mu ~ normal(0, 1)), simulator(f))
}

brief <- function(model, ...) {
  fit_posterior(model, epochs = 2, batches_per_epoch = 5, validation = 50, silent = TRUE, ...)
}

test_that("training with an R simulator leaves the user's generator as it was", {
  withr::local_seed(42)
  kind <- RNGkind()
  state <- .Random.seed
  brief(normal_in_r(), seed = 1)
  expect_equal(RNGkind(), kind)
  expect_identical(.Random.seed, state)
})

test_that("training simulations are not those of simulate() with the same seed", {
  seen <- list()
  model <- normal_in_r(function(theta) {
    seen[[length(seen) + 1]] <<- theta$mu
    theta$mu + rnorm(1)
  })
  brief(model, seed = 7)
  training <- unlist(seen)
  seen <- list()
  same_seed <- simulate(model, 200, seed = 7)$parameters
  expect_length(intersect(training, same_seed), 0)
})

test_that("a compiled simulator that throws during training is an error that holds the fit", {
  skip_on_cran()
  model <- generative_model(
    priors(mu ~ normal(0, 1)),
    cpp_simulator(code = "
      #include <stdexcept>
      #include <amortflow/simulator.hpp>
      void picky(const double* theta, double* out, amortflow::rng& random) {
        if (theta[0] > 3.2) throw std::runtime_error(\"mu is too large\");
        out[0] = theta[0] + random.normal();
      }
      AMORTFLOW_SIMULATOR(picky, amortflow::sizes().parameters(1))
    ")
  )
  # P(mu > 3.2) = 7e-4: not among the 1,050 simulations before training with this seed, surely among 128,000.
  condition <- expect_error(
    fit_posterior(model, epochs = 20, validation = 50, seed = 2, silent = TRUE),
    "mu is too large",
    class = "amortflow_error_simulator"
  )
  expect_s3_class(condition$fit, "amortflow_posterior_fit")
})

test_that("a simulator that changes its shape between batches is an error that holds the fit", {
  calls <- 0
  model <- normal_in_r(function(theta) {
    calls <<- calls + 1
    if (calls > 1000 + 50 + 64) c(1, 2, 3) else rnorm(2, theta$mu)
  })
  condition <- expect_error(
    fit_posterior(model, epochs = 2, batch_size = 64, validation = 50, seed = 2, silent = TRUE),
    "shape|length",
    class = "amortflow_error_simulator"
  )
  expect_s3_class(condition$fit, "amortflow_posterior_fit")
})

test_that("data that overflow in the networks are an error, not missing draws", {
  fit <- small_fit()
  expect_error(
    sample_posterior(fit, c(1e39, 1e39)), "overflow",
    class = "amortflow_error_numeric"
  )
  expect_error(
    log_density(fit, c(0, 0), c(1e39, 1e39)), "overflow",
    class = "amortflow_error_numeric"
  )
})
