test_that("draws come as a draws_array with one chain, the same for one seed", {
  prior <- priors(mu ~ normal(0, 1), theta ~ normal(mu, 1, dim = 2))
  draws <- sample_prior(prior, 7, seed = 3)
  expect_s3_class(draws, "draws_array")
  expect_equal(dim(draws), c(7, 1, 3))
  expect_equal(posterior::variables(draws), c("mu", "theta[1]", "theta[2]"))
  expect_identical(sample_prior(prior, 7, seed = 3), draws)
  expect_false(identical(sample_prior(prior, 7, seed = 4), draws))
})

test_that("without a seed, set.seed() governs", {
  prior <- priors(mu ~ normal(0, 1))
  set.seed(5)
  first <- sample_prior(prior, 3)
  set.seed(5)
  expect_identical(sample_prior(prior, 3), first)
})

test_that("a draw that cannot be made is an error with its index", {
  prior <- priors(x ~ normal(0, 1), y ~ normal(0, x))
  condition <- expect_error(
    sample_prior(prior, 100, seed = 1),
    class = "amortflow_error_simulator"
  )
  expect_match(conditionMessage(condition), "In `y ~ normal(0, x)`: `sigma` must be positive", fixed = TRUE)
  expect_true(condition$index >= 1)
})

test_that("prior_summary() has a row per scalar parameter", {
  summary <- prior_summary(priors(mu ~ normal(0, 1), theta ~ beta(1, 2, dim = 2)))
  expect_equal(summary$variable, c("mu", "theta[1]", "theta[2]"))
  expect_equal(summary$prior, c("normal(0, 1)", rep("beta(1, 2, dim = 2)", 2)))
  expect_equal(summary$upper, c(Inf, 1, 1))
})
