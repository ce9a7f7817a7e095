test_that("constructors check their arguments", {
  expect_error(summary_deep_set(width = 0), class = "amortflow_error_argument")
  expect_error(summary_deep_set(depth = 1.5), class = "amortflow_error_argument")
  expect_error(summary_deep_set(activation = "sigmoid"), class = "amortflow_error_argument")
  expect_error(summary_deep_set(widht = 3), "unused argument")
  expect_error(summary_time_series(bidirectional = NA), class = "amortflow_error_argument")
  expect_error(inference_coupling_flow(depth = "six"), class = "amortflow_error_argument")
  expect_error(inference_coupling_flow(transform = "cubic"), class = "amortflow_error_argument")
})

test_that("networks print as the call that makes them", {
  expect_match(
    format(summary_deep_set(summary_dim = 10)),
    "summary_deep_set(summary_dim = 10, width = 64",
    fixed = TRUE
  )
  expect_output(print(inference_coupling_flow()), "inference_coupling_flow(", fixed = TRUE)
  expect_output(print(summary_identity()), "summary_identity()", fixed = TRUE)
})

test_that("the core refuses keys that it does not know", {
  fit <- small_fit()
  estimator <- fit$spec$estimator
  estimator$inference$deph <- 3
  expect_error(
    call_core(core_live_posterior(estimator, adapter_spec(fit$adapter), fit$weights)),
    "deph",
    class = "amortflow_error_config"
  )
})

test_that("deep sets do not see the order of rows, series do", {
  posterior_mean <- function(name, newdata) {
    fit <- fit_posterior(
      example_model(name),
      epochs = 1, batches_per_epoch = 5, validation = 50, seed = 1,
      silent = TRUE
    )
    apply(sample_posterior(fit, newdata, ndraws = 20, seed = 1), 3, mean)
  }
  x <- simulate(example_model("gaussian_mean"), nsim = 1, seed = 1)$data[1, , ]
  expect_equal(
    posterior_mean("gaussian_mean", x), posterior_mean("gaussian_mean", x[50:1, ]),
    tolerance = 1e-5
  )
  expect_gt(
    max(abs(posterior_mean("sir_school", boarding_school) -
      posterior_mean("sir_school", rev(boarding_school)))), 1e-3
  )
})

test_that("a recurrent summary reads series of different lengths", {
  set.seed(4)
  theta <- rnorm(2000)
  lengths <- rep(c(2, 12), 1000)
  data <- lapply(seq_along(theta), \(i) rnorm(lengths[[i]], theta[[i]]))
  training <- simulations(theta, data, observed = "series")
  fit <- fit_posterior(
    simulations = training,
    summary = summary_time_series(filters = 8, recurrent_dim = 16),
    inference = inference_coupling_flow(depth = 1, width = 16),
    epochs = 15, seed = 1, silent = TRUE
  )
  draws <- sample_posterior(fit, list(c(1, 1), rep(1, 12)), ndraws = 500, seed = 1)
  spread <- vapply(1:2, \(i) sd(draws[[i]]), numeric(1))
  # Exact: 1 / sqrt(1 + n), so 0.58 and 0.28; a network that ignored lengths would give both the same.
  expect_gt(spread[[1]], 1.4 * spread[[2]])
})

test_that("summary_identity() refuses data sets of more than one row", {
  refused <- function(theta, data, observed) {
    expect_refused(
      fit_posterior(
        simulations = simulations(theta, data, observed = observed),
        summary = summary_identity(), epochs = 1, seed = 1, silent = TRUE
      ), "config",
      c(
        "summary_identity() needs data sets of one row", "summary_mlp()",
        "summary_deep_set()", "summary_time_series()"
      )
    )
  }
  set.seed(1)
  refused(rnorm(20), matrix(rnorm(100), 20), "exchangeable")
  refused(rnorm(20), lapply(1:20, \(i) rnorm(1 + i %% 3)), "series")
  one_row <- list(observed = "vector", width = 2, n_obs = c(1L, 1L))
  expect_no_error(resolve_summary(summary_identity(), 1, one_row))
})

test_that("series networks take long short-term memory and skips, and old specs read as before", {
  expect_error(summary_time_series(recurrent = "rnn"), class = "amortflow_error_argument")
  expect_refused(summary_time_series(skip_steps = 1), "argument", "`skip_steps`")
  expect_identical(summary_time_series()$recurrent, "gru")
  expect_identical(summary_time_series()$skip_steps, 0)
  set.seed(4)
  theta <- rnorm(600)
  data <- lapply(seq_along(theta), \(i) rnorm(2 + i %% 9, theta[[i]]))
  fit <- fit_posterior(
    simulations = simulations(theta, data, observed = "series"),
    summary = summary_time_series(
      filters = 4, recurrent_dim = 8, recurrent = "lstm", skip_steps = 3
    ),
    inference = inference_coupling_flow(depth = 1, width = 16),
    epochs = 4, validation = 100, seed = 1, silent = TRUE
  )
  draws <- sample_posterior(fit, list(rep(-2, 9), rep(2, 9)), ndraws = 200, seed = 1)
  expect_lt(mean(draws[[1]]), mean(draws[[2]]))

  old <- fit_posterior(
    simulations = simulations(theta, data, observed = "series"),
    summary = summary_time_series(filters = 4, recurrent_dim = 8),
    inference = inference_coupling_flow(depth = 1, width = 16),
    epochs = 1, validation = 100, seed = 1, silent = TRUE
  )
  estimator <- old$spec$estimator
  estimator$observables[[1]]$summary[c("recurrent", "skip_steps")] <- NULL
  expect_no_error(
    call_core(core_live_posterior(estimator, adapter_spec(old$adapter), old$weights))
  )
})
