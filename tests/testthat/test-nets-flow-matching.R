moons <- function() example_model("two_moons")

fit_small <- function(inference, ...) {
  fit_posterior(
    moons(),
    inference = inference, epochs = 2, batches_per_epoch = 20,
    validation = 50, seed = 1, silent = TRUE, ...
  )
}

test_that("flow matching is specified with sizes, solver and trace", {
  spec <- inference_flow_matching(width = 32, solver = "rk4", steps = 20)
  expect_s3_class(spec, "amortflow_inference")
  expect_equal(spec$kind, "flow_matching")
  expect_equal(spec$steps, 20)
  expect_output(print(spec), "inference_flow_matching\\(width = 32")
})

test_that("flow matching refuses what it does not know", {
  refused <- function(...) {
    expect_error(inference_flow_matching(...), class = "amortflow_error_argument")
  }
  refused(width = 0)
  refused(blocks = 65)
  refused(tolerance = 1e-9)
  refused(time_power = 0)
  refused(solver = "heun")
  refused(trace = "approximate")
  refused(max_evaluations = 1)
  refused(probes = 0)
  expect_error(inference_flow_matching(width = "wide"), "`width`")
})

test_that("flow matching trains, draws and has a density that its draws agree with", {
  fit <- fit_small(inference_flow_matching(width = 24, blocks = 1))
  expect_equal(fit$spec$training$average, 0.999)
  expect_equal(fit$spec$inference$width, 24)
  draws <- sample_posterior(fit, c(0, 0), ndraws = 200, seed = 1)
  expect_equal(dim(draws), c(200, 1, 2))
  # A grid over the prior's square, on which all of the density lies.
  axis <- (seq_len(60) - 0.5) / 30 - 1
  grid <- unname(as.matrix(expand.grid(axis, axis)))
  density <- exp(log_density(fit, grid, c(0, 0)))
  expect_equal(sum(density) / 30^2, 1, tolerance = 0.03)
  # Draws of a data set do not depend on what else is asked for.
  both <- sample_posterior(fit, rbind(c(0, 0), c(0.2, 0.1)), ndraws = 200, seed = 1)
  expect_equal(
    as.vector(unclass(both)[, 1, ]), as.vector(unclass(draws)[, 1, ])
  )
})

test_that("traces that are estimated agree with exact ones on average", {
  fit <- fit_small(inference_flow_matching(width = 24, blocks = 1))
  theta <- simulate(moons(), nsim = 200, seed = 3)$parameters
  exact <- log_density(fit, theta, c(0, 0))
  fit$spec$estimator$inference$trace <- "hutchinson"
  estimated <- log_density(fit, theta, c(0, 0))
  expect_false(identical(exact, estimated))
  # Unbiased: the mean over 200 points is within five of its standard errors.
  error <- estimated - exact
  expect_lt(abs(mean(error)), 5 * stats::sd(error) / sqrt(200))
})

test_that("sizes and averages follow the number of parameters and the network", {
  resolved <- function(d) resolve_inference(inference_flow_matching(), d)
  expect_equal(resolved(2)$width, 128)
  expect_equal(resolved(5)$width, 256)
  expect_gt(resolved(20)$blocks, resolved(2)$blocks)
  expect_equal(resolve_inference(inference_coupling_flow(), 9), inference_coupling_flow())
  plain <- list(summary_identity())
  expect_equal(choose_average("auto", inference_flow_matching(), plain, 1000), 0.999)
  expect_equal(choose_average("auto", inference_coupling_flow(), plain, 1000), 0)
  expect_equal(choose_average("auto", inference_coupling_flow(), plain, NULL), 0.999)
  expect_equal(choose_average("auto", inference_coupling_flow(), list(summary_deep_set()), NULL), 0)
  expect_equal(choose_average(0, inference_flow_matching(), plain, NULL), 0)
})

test_that("a draw that needs too many evaluations is refused with what to do", {
  fit <- fit_small(inference_flow_matching(
    width = 24, blocks = 1, tolerance = 1e-6, max_evaluations = 10
  ))
  expect_error(
    sample_posterior(fit, c(0, 0), ndraws = 2), "max_evaluations",
    class = "amortflow_error_numeric"
  )
})

test_that("regressions train for longer than flows before they count as converged", {
  of <- function(inference) {
    # Nothing is simulated for training: the specification is what counts.
    training <- simulations(matrix(rnorm(400), ncol = 1), matrix(rnorm(400), ncol = 1))
    fit_posterior(
      simulations = training, inference = inference, batch_size = 200, batches_per_epoch = 1,
      learning_rate = 0, seed = 1, silent = TRUE
    )$spec$training[c("epochs", "converged_gain", "until_converged")]
  }
  flow <- of(inference_mixture(1, width = 4, hidden = 1))
  expect_identical(flow$converged_gain, 0.01)
  for (inference in list(
    inference_flow_matching(width = 4, blocks = 1), inference_diffusion(width = 4, blocks = 1),
    inference_ensemble(2, inference_consistency(width = 4, blocks = 1))
  )) {
    regression <- of(inference)
    expect_identical(regression$converged_gain, 0.001)
    expect_identical(regression$epochs, 2.5 * flow$epochs)
    expect_true(regression$until_converged)
  }
})
