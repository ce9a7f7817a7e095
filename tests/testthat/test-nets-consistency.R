test_that("consistency models refuse what they do not know", {
  expect_error(
    inference_consistency(training_steps = 1),
    class = "amortflow_error_argument"
  )
  expect_error(inference_consistency(steps = 0), class = "amortflow_error_argument")
})

test_that("a consistency model trains and draws, and says that it has no density", {
  fit <- fit_posterior(
    example_model("two_moons"),
    inference = inference_consistency(width = 24, blocks = 1, steps = 2),
    epochs = 2, batches_per_epoch = 20, validation = 50, seed = 1, silent = TRUE
  )
  draws <- sample_posterior(fit, c(0, 0), ndraws = 100, seed = 1)
  expect_equal(dim(draws), c(100, 1, 2))
  expect_true(all(is.finite(unclass(draws))))
  expect_error(
    log_density(fit, c(0, 0), c(0, 0)), "inference_flow_matching",
    class = "amortflow_error_unsupported"
  )
})

test_that("fits of networks that depend on time are kept in files", {
  for (inference in list(
    inference_flow_matching(width = 8, blocks = 1),
    inference_diffusion(width = 8, blocks = 1, solver = "sde", steps = 10),
    inference_consistency(width = 8, blocks = 1)
  )) {
    fit <- fit_posterior(
      example_model("two_moons"),
      inference = inference, epochs = 1, batches_per_epoch = 2,
      validation = 20, seed = 1, silent = TRUE
    )
    file <- withr::local_tempfile()
    save_fit(fit, file)
    expect_identical(
      sample_posterior(load_fit(file), c(0, 0), ndraws = 5, seed = 1),
      sample_posterior(fit, c(0, 0), ndraws = 5, seed = 1)
    )
  }
})
