noisy_fit <- function(noise, ...) {
  fit_posterior(
    conjugate_model(),
    inference = inference_coupling_flow(depth = 2, width = 16),
    epochs = 2, batches_per_epoch = 20, validation = 50, seed = 1, silent = TRUE, noise = noise, ...
  )
}

test_that("noise changes training, the same way for any cores, and stays with the fit", {
  noise <- spike_and_slab(probability = 0.2, slab = 1)
  fit <- noisy_fit(noise)
  expect_identical(noisy_fit(noise, cores = 2)$weights, fit$weights)
  expect_false(identical(noisy_fit(NULL)$weights, fit$weights))
  expect_null(noisy_fit(NULL)$spec$noise)
  expect_null(fit$spec$estimator$regression)
  expect_equal(fit$spec$noise$columns, list(list(columns = 1)))
  expect_output(print(fit), "noise spike_and_slab(probability = 0.2, spike = 0.01, slab = 1)", fixed = TRUE)
  file <- withr::local_tempfile()
  save_fit(fit, file)
  expect_equal(load_fit(file)$spec$noise, fit$spec$noise)
  expect_equal(
    sample_posterior(load_fit(file), 0.5, ndraws = 10, seed = 1),
    sample_posterior(fit, 0.5, ndraws = 10, seed = 1)
  )
})

test_that("simulations given and used again get noise too", {
  given <- simulate(conjugate_model(), nsim = 200, seed = 1)
  offline <- function(noise) {
    fit_posterior(
      simulations = given, inference = inference_coupling_flow(depth = 2, width = 16),
      epochs = 3, batch_size = 32, seed = 1, silent = TRUE, noise = noise
    )
  }
  expect_false(identical(offline(spike_and_slab())$weights, offline(NULL)$weights))
  rounds <- noisy_fit(spike_and_slab(), mode = "rounds", bank = 64)
  expect_equal(rounds$spec$noise$probability, 0.5)
})

test_that("codes, and what goes past the summary network, get no noise", {
  sets <- matrix(c(rnorm(30), rep(1:3, 10), rnorm(30), rnorm(30)), 30)
  colnames(sets) <- c("a", "group", "weight", "past")
  learned <- learn_adapter(
    adapter() |> adapt_one_hot("group", levels = 1:3) |> adapt_missing("weight") |> adapt_direct("past"),
    simulations(matrix(rnorm(30), dimnames = list(NULL, "theta")), sets), "auto",
    list(list(values = sets, lengths = rep(1L, 30))), NULL
  )$adapter
  # a, three codes, weight, missing(weight)
  expect_equal(noisy_columns(learned, 1, summary_identity()), c(1, 5))
})

test_that("what is no noise is refused", {
  expect_error(noisy_fit(0.1), class = "amortflow_error_argument")
  expect_error(spike_and_slab(probability = 2), class = "amortflow_error_argument")
  expect_error(spike_and_slab(slab = -1), class = "amortflow_error_argument")
  expect_output(print(spike_and_slab()), "spike_and_slab(probability = 0.5, spike = 0.01, slab = 0.25)", fixed = TRUE)
})
