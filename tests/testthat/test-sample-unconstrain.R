# Integrals over the real line of exp(unconstrained density) are one where the density is normalised.
line_integral <- function(prior, lower, upper) {
  steps <- unconstraining_steps(prior_support(prior))
  variables <- prior_variables(prior)
  density <- unconstrained_density(\(x) prior_log_density(prior, x), steps, variables)
  stats::integrate(\(z) exp(density(cbind(z))), lower, upper, rel.tol = 1e-7)$value
}

test_that("bounds are taken away with their Jacobian", {
  expect_equal(line_integral(priors(a ~ gamma(2, 3)), -40, 10), 1, tolerance = 1e-6)
  expect_equal(line_integral(priors(a ~ beta(2, 3)), -40, 40), 1, tolerance = 1e-6)
  expect_equal(line_integral(priors(a ~ normal(1, 2)), -40, 40), 1, tolerance = 1e-6)
  expect_equal(line_integral(priors(a ~ normal(1, 2, ub = 3)), -40, 40), 1, tolerance = 1e-6)
})

test_that("a simplex and its companions become free numbers and come back", {
  prior <- priors(
    s ~ exponential(1), p ~ dirichlet(c(2, 1, 1)), O ~ lkj_corr(2, dim = 3),
    m ~ normal(0, 1)
  )
  draws <- matrix(
    sample_prior(prior, 50, seed = 1), 50,
    dimnames = list(NULL, prior_variables(prior))
  )
  steps <- unconstraining_steps(prior_support(prior))
  free <- forward_density_steps(steps, draws)$z
  expect_equal(ncol(free), 1 + 2 + 3 + 1)
  expect_equal(inverse_steps(steps, free), unname(draws), tolerance = 1e-10)
})

test_that("another order of parameters moves bounds and shapes along", {
  prior <- priors(s ~ exponential(1), p ~ dirichlet(c(2, 1, 1)))
  moved <- support_in_order(prior_support(prior), c("p[1]", "p[2]", "p[3]", "s"))
  expect_equal(unname(moved$lower[4]), 0)
  expect_equal(moved$shapes[[1]]$columns, 1:3)
  back <- support_in_order(moved, prior_variables(prior))
  expect_equal(unconstraining_steps(back), unconstraining_steps(prior_support(prior)))
})
