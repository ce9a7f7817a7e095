test_that("inference_autoregressive_flow() checks its arguments and prints as the call that makes it", {
  expect_error(inference_autoregressive_flow("cubic"), class = "amortflow_error_argument")
  expect_error(inference_autoregressive_flow(depth = 65), class = "amortflow_error_argument")
  expect_error(inference_autoregressive_flow(bins = 1), class = "amortflow_error_argument")
  expect_error(inference_autoregressive_flow(tail_bound = 0), class = "amortflow_error_argument")
  expect_match(
    format(inference_autoregressive_flow("spline", depth = 2)),
    "inference_autoregressive_flow(transform = \"spline\", depth = 2, width = 128",
    fixed = TRUE
  )
  expect_identical(inference_autoregressive_flow()$transform, "affine")
})

# The posterior is N(x / 2, 1 / 2). Tolerances: what two thousand steps leave of the network's own error; 0.1 is a
# seventh of the posterior's sd, and a mean of 4,000 draws is off by 0.05 once in 10^5 (4.5 standard errors).
test_that("autoregressive flows learn a normal posterior, draw from their density and survive a file", {
  for (transform in c("affine", "spline")) {
    fit <- fit_posterior(
      conjugate_model(),
      inference = inference_autoregressive_flow(transform, depth = 2, width = 32),
      epochs = 20, batches_per_epoch = 100, learning_rate = 5e-4, validation = 200,
      seed = 2, silent = TRUE
    )
    draws <- sample_posterior(fit, 1, ndraws = 4000, seed = 1)
    expect_lt(abs(mean(draws) - 0.5), 0.1)
    expect_lt(abs(sd(draws) - sqrt(0.5)), 0.1)
    at <- matrix(seq(-1, 2, by = 0.5))
    density <- log_density(fit, at, 1)
    expect_lt(max(abs(density - dnorm(at[, 1], 0.5, sqrt(0.5), log = TRUE))), 0.3)
    path <- withr::local_tempfile()
    save_fit(fit, path)
    expect_equal(log_density(load_fit(path), at, 1), density)
  }
})

test_that("an autoregressive flow of several parameters gives draws where its density is", {
  fit <- fit_posterior(
    example_model("two_moons"),
    inference = inference_autoregressive_flow(depth = 3, width = 32),
    epochs = 3, batches_per_epoch = 50, validation = 100, seed = 3, silent = TRUE
  )
  draws <- sample_posterior(fit, c(0, 0), ndraws = 200, seed = 1)
  expect_true(all(is.finite(log_density(fit, posterior::as_draws_matrix(draws), c(0, 0)))))
})
