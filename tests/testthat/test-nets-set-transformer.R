test_that("summary_set_transformer() checks its arguments", {
  for (refused in list(
    list(width = 0), list(heads = 0), list(blocks = -1), list(feedforward = 1.5),
    list(inducing_points = -1), list(seeds = 0), list(activation = "sigmoid"),
    list(summary_dim = "all")
  )) {
    expect_refused(
      do.call(summary_set_transformer, refused), "argument", paste0("`", names(refused), "`")
    )
  }
  expect_refused(
    summary_set_transformer(width = 10, heads = 4), "argument",
    c("`heads` must divide `width`", "4 does not divide 10")
  )
  expect_error(summary_set_transformer(widht = 3), "unused argument")
  expect_match(
    format(summary_set_transformer(inducing_points = 8)), "inducing_points = 8",
    fixed = TRUE
  )
})

test_that("a set transformer does not see the order of rows, and outlives a file", {
  set.seed(6)
  theta <- rnorm(300)
  data <- lapply(theta, \(theta) rnorm(4, theta))
  fit <- fit_posterior(
    simulations = simulations(theta, data, observed = "exchangeable"),
    summary = summary_set_transformer(width = 16, heads = 2, blocks = 1, feedforward = 32),
    inference = inference_coupling_flow(depth = 1, width = 16),
    epochs = 2, validation = 50, seed = 1, silent = TRUE
  )
  x <- c(0.3, -2, 5, 1)
  density <- function(fit, x) log_density(fit, 0.5, x)
  expect_equal(density(fit, x), density(fit, rev(x)), tolerance = 1e-4)
  expect_true(is.finite(density(fit, c(1e6, 0, -1e6, 1))))

  path <- tempfile(fileext = ".amortflow")
  on.exit(unlink(path))
  save_fit(fit, path)
  expect_equal(density(load_fit(path), x), density(fit, x))
})

test_that("data sets of different size are read as what they are", {
  set.seed(4)
  theta <- rnorm(2000)
  lengths <- rep(c(2, 12), 1000)
  data <- lapply(seq_along(theta), \(i) rnorm(lengths[[i]], theta[[i]]))
  fit <- fit_posterior(
    simulations = simulations(theta, data, observed = "exchangeable"),
    summary = summary_set_transformer(
      width = 16, heads = 2, blocks = 1, feedforward = 32, inducing_points = 4
    ),
    inference = inference_coupling_flow(depth = 1, width = 16),
    epochs = 40, learning_rate = 2e-3, seed = 1, silent = TRUE
  )
  draws <- sample_posterior(fit, list(c(1, 1), rep(1, 12)), ndraws = 500, seed = 1)
  spread <- vapply(1:2, \(i) sd(draws[[i]]), numeric(1))
  # Exact: 1 / sqrt(1 + n), so 0.58 and 0.28; a network that ignored sizes would give both the same.
  expect_gt(spread[[1]], 1.4 * spread[[2]])
})
