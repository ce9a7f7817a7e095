small_ensemble <- function() {
  if (is.null(fitted_once$ensemble)) {
    fitted_once$ensemble <- fit_posterior(
      example_model("two_moons"),
      inference = inference_ensemble(3, inference_coupling_flow(depth = 2, width = 16)),
      epochs = 3, batches_per_epoch = 20, validation = 100,
      seed = 5, silent = TRUE
    )
  }
  fitted_once$ensemble
}

test_that("an ensemble has members of the network that was asked for", {
  fit <- small_ensemble()
  expect_equal(fit$spec$inference$n, 3)
  expect_equal(fit$outcome$n_weights, 3 * small_fit()$outcome$n_weights)
  expect_output(print(fit), "inference_ensemble(n = 3, inference = inference_coupling_flow(", fixed = TRUE)
  expect_output(print(fit), "members' means differ by")
  automatic <- fit_posterior(
    conjugate_model(),
    inference = inference_ensemble(2), epochs = 1, batches_per_epoch = 2,
    validation = 20, seed = 1, silent = TRUE
  )
  expect_equal(
    automatic$spec$inference$inference,
    default_networks(conjugate_model())$inference
  )
})

test_that("draws are a mixture of the members' and log densities the mean's", {
  fit <- small_ensemble()
  sets <- read_newdata(fit, c(0.1, -0.2))
  draw <- function(member) {
    as.matrix(posterior_draws_array(fit, sets, 500, 4, 1, member = member)[, 1, ])
  }
  mixed <- draw(0)
  members <- lapply(1:3, draw)
  # Each draw is that of exactly one member, which has the same noise.
  from <- vapply(members, function(own) rowSums(own == mixed) == 2, logical(500))
  expect_true(all(rowSums(from) == 1))
  # 500 / 3 draws each, standard error 10.5: false alarm 1e-6 within 5 of them.
  expect_true(all(abs(colSums(from) - 500 / 3) < 5 * 10.6))
  theta <- mixed[1:20, ]
  each <- vapply(1:3, function(member) {
    posterior_log_density(fit, theta, sets, rep(1, 20), 1, member = member)
  }, numeric(20))
  expect_equal(
    unname(log_density(fit, theta, c(0.1, -0.2))), log(rowMeans(exp(each))),
    tolerance = 1e-10
  )
})

test_that("ensembles are saved, loaded and checked like other fits", {
  fit <- small_ensemble()
  path <- withr::local_tempfile(fileext = ".amortflow")
  save_fit(fit, path)
  again <- load_fit(path, model = fit$model)
  expect_equal(again$spec, fit$spec)
  expect_equal(again$outcome, fit$outcome)
  expect_identical(
    sample_posterior(again, c(0, 0), ndraws = 50, seed = 1),
    sample_posterior(fit, c(0, 0), ndraws = 50, seed = 1)
  )
  expect_identical(
    sample_posterior(fit, c(0, 0), ndraws = 5000, seed = 1, cores = 2),
    sample_posterior(fit, c(0, 0), ndraws = 5000, seed = 1)
  )
  expect_s3_class(
    check_calibration(fit, nsim = 20, ndraws = 19, seed = 1),
    "amortflow_check_calibration"
  )
})

test_that("training goes on from an ensemble, not from another network", {
  fit <- small_ensemble()
  again <- fit_posterior(
    fit$model,
    inference = fit$spec$inference, from = fit, epochs = 1,
    batches_per_epoch = 2, validation = 100, seed = 6, silent = TRUE
  )
  expect_equal(again$outcome$n_weights, fit$outcome$n_weights)
  expect_error(
    fit_posterior(
      fit$model,
      inference = inference_coupling_flow(depth = 2, width = 16), from = fit,
      epochs = 1, batches_per_epoch = 2, validation = 100, silent = TRUE
    ),
    class = "amortflow_error_config"
  )
})

test_that("each member has a summary network of its own", {
  fit <- fit_posterior(
    example_model("gaussian_mean"),
    summary = summary_deep_set(summary_dim = 3, width = 8, equivariant = 1),
    inference = inference_ensemble(2, inference_coupling_flow(depth = 1, width = 8)),
    epochs = 1, batches_per_epoch = 2, validation = 20, seed = 1, silent = TRUE
  )
  newdata <- simulate(fit$model, nsim = 4, seed = 2)
  summaries <- learned_summaries(fit, newdata)
  expect_equal(
    colnames(summaries),
    c(sprintf("summary[%d].1", 1:3), sprintf("summary[%d].2", 1:3))
  )
  expect_false(any(summaries[, 1:3] == summaries[, 4:6]))
})

test_that("ensembles that cannot be are refused", {
  expect_error(inference_ensemble(1), class = "amortflow_error_argument")
  expect_error(inference_ensemble(2.5), class = "amortflow_error_argument")
  expect_error(inference_ensemble(3, summary_deep_set()), class = "amortflow_error_argument")
  expect_error(
    inference_ensemble(3, inference_ensemble(2)),
    "not an ensemble",
    class = "amortflow_error_argument"
  )
})
