test_that("summary_transformer() checks its arguments", {
  expect_refused(summary_transformer(time_frequencies = 0), "argument", "`time_frequencies`")
  expect_refused(
    summary_transformer(width = 6, heads = 4), "argument", "`heads` must divide `width`"
  )
  expect_refused(summary_transformer(seeds = "one"), "argument", "`seeds`")
  expect_match(format(summary_transformer()), "summary_transformer(summary_dim = \"auto\"", fixed = TRUE)
})

test_that("a transformer sees where in a series something happens", {
  # The level changes at theta n for theta in (0, 1); the mean of the series hardly tells, because its sign is random.
  set.seed(7)
  theta <- runif(3000)
  data <- lapply(theta, function(theta) {
    n <- sample(16:24, 1)
    sample(c(-1, 1), 1) * ifelse(seq_len(n) / n <= theta, 2, -2) + rnorm(n, 0, 0.3)
  })
  training <- simulations(theta, data, observed = "series")
  fit <- fit_posterior(
    simulations = training,
    summary = summary_transformer(width = 32, heads = 2, blocks = 1, feedforward = 32),
    inference = inference_coupling_flow(depth = 2, width = 32),
    epochs = 25, validation = 200, seed = 1, silent = TRUE
  )
  early <- rep(c(2, -2), c(5, 15))
  draws <- sample_posterior(fit, list(early, -early, rev(early)), ndraws = 500, seed = 1)
  means <- vapply(1:3, \(i) mean(draws[[i]]), numeric(1))
  # Exact: near 0.25 and 0.75 with a spread of 0.015; 0.15 off is what a network without positions cannot come to.
  expect_lt(max(abs(means - c(0.25, 0.25, 0.75))), 0.15)
})
