test_that("coupling flows and bases check their arguments", {
  expect_error(inference_coupling_flow(transform = "cubic"), class = "amortflow_error_argument")
  expect_error(inference_coupling_flow(bins = 1), class = "amortflow_error_argument")
  expect_error(inference_coupling_flow(bins = 65), class = "amortflow_error_argument")
  expect_error(inference_coupling_flow(tail_bound = 0), class = "amortflow_error_argument")
  expect_error(inference_coupling_flow(permutation = "none"), class = "amortflow_error_argument")
  expect_error(inference_coupling_flow(base = "student"), class = "amortflow_error_argument")
  expect_error(base_student(df = 0), class = "amortflow_error_argument")
  expect_error(base_student(learned = NA), class = "amortflow_error_argument")
  expect_error(base_mixture(components = 0), class = "amortflow_error_argument")
})

test_that("a flow prints with its base", {
  flow <- inference_coupling_flow(transform = "spline", base = base_student(df = 5))
  expect_match(format(flow), "base = base_student(df = 5, learned = TRUE))", fixed = TRUE)
  expect_output(print(base_mixture()), "base_mixture(components = 4", fixed = TRUE)
  expect_output(print(base_normal()), "base_normal()", fixed = TRUE)
  expect_match(format(inference_coupling_flow()), "base = base_normal())", fixed = TRUE)
})

quick_fit <- function(model, inference, ...) {
  fit_posterior(model, inference = inference, seed = 1, silent = TRUE, ...)
}

test_that("every transform, permutation and base trains, samples and comes back from a file", {
  model <- example_model("two_moons")
  flows <- list(
    inference_coupling_flow("spline", 2, 16, 1, bins = 4),
    inference_coupling_flow("interleaved", 2, 16, 1, bins = 4, permutation = "swap"),
    inference_coupling_flow("affine", 2, 16, 1, permutation = "orthogonal", base = base_student()),
    inference_coupling_flow("affine", 2, 16, 1, base = base_student(learned = FALSE)),
    inference_coupling_flow("affine", 2, 16, 1, base = base_mixture(2)),
    inference_coupling_flow("affine", 2, 16, 1, base = base_mixture(2, learned = FALSE))
  )
  for (flow in flows) {
    fit <- quick_fit(model, flow, epochs = 1, batches_per_epoch = 3, validation = 20)
    draws <- sample_posterior(fit, c(0, 0), ndraws = 10, seed = 1)
    expect_true(all(is.finite(draws)))
    path <- withr::local_tempfile(fileext = ".fit")
    save_fit(fit, path)
    again <- sample_posterior(load_fit(path, model = model), c(0, 0), ndraws = 10, seed = 1)
    expect_identical(unclass(draws), unclass(again))
  }
})

test_that("fits from before splines still sample", {
  fit <- small_fit()
  draws <- sample_posterior(fit, c(0, 0), ndraws = 5, seed = 1)
  older <- fit
  for (key in c("bins", "tail_bound", "permutation", "base")) {
    older$spec$estimator$inference[[key]] <- NULL
  }
  expect_identical(unclass(sample_posterior(older, c(0, 0), ndraws = 5, seed = 1)), unclass(draws))
})

test_that("a spline flow gives the two moons that an affine flow smears", {
  skip_on_cran()
  moons <- example_model("two_moons")
  training <- simulate(moons, nsim = 2000, seed = 2)
  held_out <- simulate(moons, nsim = 1000, seed = 3)
  score <- function(transform) {
    fit <- quick_fit(
      NULL, inference_coupling_flow(transform, 4, 64, bins = 8),
      simulations = training, epochs = 40
    )
    density <- log_density(fit, held_out$parameters, held_out$data)
    mean(density)
  }
  # The mean log density of 1,000 pairs has a standard error of 0.04; the difference of paired ones less.
  expect_gt(score("spline"), score("affine") + 0.1)
})
