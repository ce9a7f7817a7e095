# y ~ normal(theta, 0.5), so that every density is known.
normal_model <- function(observed = "vector", n = 1, log_lik = NULL) {
  generative_model(
    priors(theta ~ normal(0, 1)),
    simulator(function(theta) rnorm(n, theta$theta, 0.5)),
    observed = observed, log_lik = log_lik
  )
}

small_likelihood <- function(model, ...) {
  fit_likelihood(
    model,
    epochs = 15, batches_per_epoch = 50, batch_size = 128, validation = 200,
    learning_rate = 2e-3, seed = 1, silent = TRUE, ...
  )
}

fit <- small_likelihood(normal_model())
points <- matrix(c(-1, 0, 1.5), dimnames = list(NULL, "theta"))

test_that("the learned density is near the exact one", {
  expect_s3_class(fit, c("amortflow_likelihood_fit", "amortflow_fit"), exact = TRUE)
  y <- c(-0.8, 0.3, 1.1)
  learned <- log_density(fit, points, matrix(y))
  # Training of a few seconds: 0.05 nats, five times what three seeds gave.
  expect_equal(learned, dnorm(y, points[, 1], 0.5, log = TRUE), tolerance = 0.05)
})

test_that("observations that are exchangeable add up, however many there are", {
  many <- small_likelihood(normal_model("exchangeable", 6))
  points <- points / 2
  y <- c(0.1, 0.4, -0.3, 0.9)
  values <- log_lik(many, y, draws = points)
  expect_identical(dim(values), c(3L, 4L))
  expect_equal(log_density(many, points, y), rowSums(values))
  exact <- outer(points[, 1], y, \(theta, y) dnorm(y, theta, 0.5, log = TRUE))
  # Of training of seconds, whose course differs between machines: four seeds gave 0.07 to 0.13 on average, and 0.20 to
  # 0.27 at most, where an observation is 2.8 sd away.
  expect_lt(mean(abs(values - exact)), 0.25)
  expect_lt(max(abs(values - exact)), 0.5)
})

test_that("draws have the shape that simulate() gives, and the right spread", {
  drawn <- sample_likelihood(fit, points, nsim = 2000, seed = 1)
  expect_identical(dim(drawn), c(6000L, 1L))
  means <- tapply(drawn[, 1], rep(1:3, each = 2000), mean)
  # Monte Carlo error 0.011, training's about as much.
  expect_lt(max(abs(means - points[, 1])), 0.06)
  expect_identical(drawn, sample_likelihood(fit, points, nsim = 2000, seed = 1))
  many <- small_likelihood(normal_model("exchangeable", 6))
  drawn <- sample_likelihood(many, points, n_obs = 4, seed = 1)
  expect_identical(dim(drawn), c(3L, 4L, 1L))
})

test_that("posteriors come from prior times likelihood, with any prior", {
  y <- 0.6
  draws <- sample_posterior(fit, y, ndraws = 1000, seed = 1)
  expect_identical(attr(draws, "refinement")$step, "mcmc")
  # Exact: normal(0.8 y, sqrt(0.2)); Monte Carlo error below 0.02, the rest is training.
  expect_lt(abs(mean(draws) - 0.8 * y), 0.08)
  expect_lt(abs(sd(draws) / sqrt(0.2) - 1), 0.1)
  other <- sample_posterior(
    fit, y,
    ndraws = 1000, seed = 1, prior = priors(theta ~ normal(1, 0.5))
  )
  # Exact: normal((y + 1) / 2, 0.5 / sqrt(2)).
  expect_lt(abs(mean(other) - 0.8), 0.08)
})

test_that("bounds of data are those of densities and draws", {
  positive <- generative_model(
    priors(rate ~ gamma(4, 2)), simulator(function(theta) rexp(1, theta$rate))
  )
  fit <- small_likelihood(positive, lb = 0)
  expect_identical(log_density(fit, matrix(2), matrix(-1)), -Inf)
  expect_gt(min(sample_likelihood(fit, matrix(2), nsim = 500, seed = 1)), 0)
  expect_lt(abs(log_density(fit, matrix(2), matrix(0.5)) - dexp(0.5, 2, log = TRUE)), 0.15)
  expect_error(small_likelihood(positive, lb = c(z = 0)), class = "amortflow_error_argument")
})

test_that("a likelihood is learned from simulations, and kept in a file", {
  simulations <- simulate(normal_model("exchangeable", 5), 2000, seed = 1)
  offline <- fit_likelihood(
    simulations = simulations, epochs = 3, seed = 1, silent = TRUE
  )
  path <- withr::local_tempfile(fileext = ".amortflow")
  save_fit(offline, path)
  again <- load_fit(path)
  y <- c(0.1, 0.4)
  expect_identical(log_lik(again, y, draws = points), log_lik(offline, y, draws = points))
  expect_error(sample_posterior(again, y), class = "amortflow_error_argument")
  draws <- sample_posterior(again, y, ndraws = 100, prior = priors(theta ~ normal(0, 1)), seed = 1)
  expect_identical(dim(draws)[[3]], 1L)
  expect_output(print(again), "Given: +theta")
})

test_that("what cannot be learned is refused", {
  arrays <- generative_model(
    priors(theta ~ normal(0, 1)), simulator(function(theta) matrix(rnorm(4, theta$theta), 2)),
    observed = "array"
  )
  expect_error(small_likelihood(arrays), class = "amortflow_error_unsupported")
  expect_error(log_density(fit, points, matrix(0, 3), type = "posterior"), class = "amortflow_error")
  expect_error(sample_likelihood(fit, c(1, 2, 3, 4)[0]), class = "amortflow_error")
  expect_error(
    fit_likelihood(normal_model(), inference = inference_mlp(), silent = TRUE),
    class = "amortflow_error_argument"
  )
})

test_that("data on bounds or beyond, and parameters out of the support, are refused", {
  expect_error(small_likelihood(normal_model(), lb = 0), class = "amortflow_error_argument")
  counts <- generative_model(
    priors(rate ~ gamma(4, 2)), simulator(function(theta) rpois(1, theta$rate))
  )
  expect_error(small_likelihood(counts, lb = 5), class = "amortflow_error_argument")
  bounded <- generative_model(
    priors(s ~ exponential(1)), simulator(function(theta) rnorm(1, 0, theta$s))
  )
  fit <- fit_likelihood(
    bounded,
    epochs = 1, batches_per_epoch = 2, validation = 20, seed = 1, silent = TRUE
  )
  expect_error(sample_likelihood(fit, c(s = -1)), class = "amortflow_error_parameters")
})
