joint <- fit_joint(
  generative_model(
    priors(theta ~ normal(0, 1)),
    simulator(function(theta) rnorm(1, theta$theta, 0.5))
  ),
  epochs = 15, batches_per_epoch = 50, batch_size = 128, validation = 200,
  learning_rate = 2e-3, seed = 1, silent = TRUE
)

test_that("evidence comes from posterior and likelihood that were both learned", {
  y <- c(-1, 0.2, 1.3)
  evidence <- compare_evidence(list(normal = joint), matrix(y), ndraws = 2000, seed = 1)
  exact <- dnorm(y, 0, sqrt(1.25), log = TRUE)
  # Training of a few seconds.
  expect_lt(max(abs(evidence$log_evidence - exact)), 0.1)
  expect_lt(max(evidence$spread), 0.3)
})

test_that("a joint fit is a posterior fit that knows a likelihood", {
  expect_s3_class(joint, "amortflow_posterior_fit")
  draws <- sample_posterior(joint, 0.5, ndraws = 400, refine = "auto", seed = 1)
  expect_lt(abs(mean(draws) - 0.4), 0.1)
  expect_identical(dim(log_lik(joint, 0.5, draws = draws)), c(400L, 1L))
  expect_equal(
    log_density(joint, matrix(0.3), 0.5, type = "likelihood"),
    log_density(joint$likelihood, matrix(0.3), 0.5)
  )
  expect_identical(
    sample_likelihood(joint, matrix(0.3), seed = 1),
    sample_likelihood(joint$likelihood, matrix(0.3), seed = 1)
  )
})

test_that("a joint fit is kept in a file with its likelihood", {
  path <- withr::local_tempfile(fileext = ".amortflow")
  save_fit(joint, path)
  again <- load_fit(path, model = joint$model)
  expect_identical(class(again), class(joint))
  expect_identical(
    log_density(again, matrix(0.3), 0.5, type = "likelihood"),
    log_density(joint, matrix(0.3), 0.5, type = "likelihood")
  )
  expect_identical(
    compare_evidence(again, 0.5, ndraws = 200, seed = 1), compare_evidence(joint, 0.5, ndraws = 200, seed = 1)
  )
})
