x <- c(2, -1)
# theta given x is normal(x / 2, sqrt(1 / 2)).
expect_exact <- function(draws, worth, mean = x / 2, sd = sqrt(0.5)) {
  flat <- matrix(draws, ncol = length(mean))
  # Five standard errors each: false alarm in 1 of 4e5 runs.
  expect_lt(max(abs(colMeans(flat) - mean) / sd), 5 / sqrt(worth))
  expect_lt(max(abs(apply(flat, 2, stats::sd) / sd - 1)), 5 / sqrt(2 * worth))
}

test_that("draws that are exact stay as they are", {
  fit <- conjugate_fit(model = known_likelihood())
  plain <- sample_posterior(fit, x, ndraws = 500, seed = 1)
  refined <- sample_posterior(fit, x, ndraws = 500, refine = "auto", seed = 1)
  found <- attr(refined, "refinement")
  expect_equal(found$step, "none")
  expect_equal(found$pareto_k, -Inf)
  expect_exact(refined, 500)
  expect_null(attr(plain, "refinement"))
  expect_length(found$log_weights[[1]], 2000)
})

test_that("draws somewhat too wide are reweighed", {
  fit <- conjugate_fit(model = known_likelihood(), scale = 1.3)
  draws <- sample_posterior(fit, x, ndraws = 4000, refine = "auto", seed = 1)
  found <- attr(draws, "refinement")
  expect_equal(found$step, "weights")
  expect_lt(found$pareto_k, 0.5)
  expect_equal(posterior::nchains(draws), 1)
  expect_exact(draws, 3000)
  # No weight is above four times the mean, so that no draw comes twice.
  expect_equal(anyDuplicated(as.vector(draws[, 1, 1])), 0)
})

test_that("draws much too narrow start chains, which are exact", {
  fit <- conjugate_fit(model = known_likelihood(), scale = 0.2)
  draws <- sample_posterior(fit, x, ndraws = 1600, refine = "auto", seed = 1)
  found <- attr(draws, "refinement")
  expect_equal(found$step, "mcmc")
  expect_equal(posterior::nchains(draws), 16)
  expect_equal(posterior::niterations(draws), 100)
  expect_lt(found$rhat, 1.03)
  expect_gt(found$ess, 600)
  expect_exact(draws, found$ess)
  # A number of draws that no number of chains divides.
  odd <- sample_posterior(fit, x, ndraws = 101, refine = "auto", seed = 1)
  expect_equal(dim(odd), c(101, 1, 2))
})

test_that("chains find a mode that no draw is near", {
  prior <- priors(theta ~ normal(0, 1, dim = 2))
  model <- generative_model(
    prior, simulator(function(theta) rnorm(2, theta$theta)),
    log_lik = function(theta, data) dnorm(data, theta$theta, 0.01, log = TRUE)
  )
  # Draws are around x / 2, the posterior around x with sd 0.01.
  fit <- conjugate_fit(model = model)
  draws <- sample_posterior(fit, c(20, -20), ndraws = 800, refine = "auto", seed = 1)
  found <- attr(draws, "refinement")
  expect_equal(found$step, "mcmc")
  expect_lt(found$rhat, 1.05)
  shrunk <- c(20, -20) / (1 + 1e-4)
  expect_exact(draws, found$ess, shrunk, 0.01 / sqrt(1 + 1e-4))
})

test_that("many data sets keep their steps, chains and labels", {
  fit <- conjugate_fit(model = known_likelihood(), scale = 0.2)
  many <- sample_posterior(
    fit, rbind(x, c(0, 0)), ndraws = 160, refine = "auto", seed = 1
  )
  expect_s3_class(many, "amortflow_draws")
  found <- attr(many, "refinement")
  expect_named(found, c(
    "data_set", "step", "pareto_k", "ess", "rhat", "chains", "log_weights"
  ))
  expect_equal(found$data_set, 1:2)
  expect_equal(posterior::nchains(many[[2]]), 16)
  expect_equal(attr(many[2], "refinement")$data_set, 2)
  expect_equal(nrow(attr(c(many, many[1]), "refinement")), 3)
  expect_equal(posterior::nchains(c(many, many[1])[[3]]), 16)
})

test_that("the seed decides refined draws, R's generator does not", {
  for (scale in c(1.3, 0.2)) {
    fit <- conjugate_fit(model = known_likelihood(), scale = scale)
    draw <- function() sample_posterior(fit, x, ndraws = 64, refine = "auto", seed = 4)
    first <- withr::with_seed(1, draw())
    expect_identical(withr::with_seed(2, draw()), first)
  }
})

test_that("another prior takes the place of that of training", {
  fit <- conjugate_fit(model = known_likelihood(), scale = 1.2)
  narrow <- priors(theta ~ normal(1, 0.5, dim = 2))
  draws <- sample_posterior(fit, x, prior = narrow, ndraws = 1000, seed = 1)
  worth <- attr(draws, "refinement")$ess
  expect_exact(draws, worth, (x + 4) / 5, sqrt(1 / 5))
})

test_that("a prior that reaches beyond the support of training needs chains", {
  model <- known_likelihood(prior = priors(theta ~ uniform(-3, 3, dim = 2)))
  fit <- conjugate_fit(model = model)
  wide <- priors(theta ~ normal(0, 1, dim = 2))
  draws <- sample_posterior(fit, x, prior = wide, ndraws = 800, seed = 1)
  expect_equal(attr(draws, "refinement")$step, "mcmc")
  expect_exact(draws, attr(draws, "refinement")$ess)
})

test_that("bounded parameters are refined within their bounds", {
  model <- generative_model(
    priors(theta ~ uniform(0, 1, dim = 2)),
    simulator(function(theta) rnorm(2, theta$theta)),
    log_lik = function(theta, data) dnorm(data, theta$theta, 0.05, log = TRUE)
  )
  fit <- conjugate_fit(model = model)
  draws <- sample_posterior(fit, c(1, 0.5), ndraws = 800, refine = "auto", seed = 1)
  flat <- matrix(draws, ncol = 2)
  expect_true(all(flat > 0 & flat < 1))
  found <- attr(draws, "refinement")
  # A normal cut at its mean, and one that the bounds hardly cut.
  expect_lt(abs(mean(flat[, 1]) - (1 - 0.05 * sqrt(2 / pi))), 5 * 0.0302 / sqrt(found$ess))
  expect_lt(abs(mean(flat[, 2]) - 0.5), 5 * 0.05 / sqrt(found$ess))
})

test_that("what cannot be refined is a classed error", {
  expect_error(
    sample_posterior(conjugate_fit(model = conjugate_model()), x, refine = "auto"),
    "must be known",
    class = "amortflow_error_unsupported"
  )
  fit <- conjugate_fit(model = known_likelihood())
  expect_error(
    sample_posterior(fit, x, prior = "normal"),
    class = "amortflow_error_argument"
  )
  expect_error(
    sample_posterior(fit, x, prior = priors(phi ~ normal(0, 1))), "of the parameters theta",
    class = "amortflow_error_argument"
  )
  impossible <- conjugate_fit(model = known_likelihood(
    prior = priors(theta ~ uniform(100, 101, dim = 2))
  ))
  expect_error(
    sample_posterior(impossible, x, refine = "auto", seed = 1),
    "nothing to refine",
    class = "amortflow_error_refinement"
  )
})
