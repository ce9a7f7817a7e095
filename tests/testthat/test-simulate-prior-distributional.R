skip_if_not_installed("distributional")

test_that("distributional objects are translated to our distributions", {
  d <- asNamespace("distributional")
  text <- function(x) {
    object <- x
    sub("^x ~ ", "", format(priors(x ~ object)))
  }
  expect_equal(text(d$dist_normal(1, 2)), "normal(1, 2)")
  expect_equal(text(d$dist_student_t(3, 1, 2)), "student_t(3, 1, 2)")
  expect_equal(text(d$dist_cauchy(1, 2)), "cauchy(1, 2)")
  expect_equal(text(d$dist_logistic(1, 2)), "logistic(1, 2)")
  expect_equal(text(d$dist_lognormal(1, 2)), "lognormal(1, 2)")
  expect_equal(text(d$dist_gamma(3, 2)), "gamma(3, 2)")
  expect_equal(text(d$dist_inverse_gamma(3, 2)), "inv_gamma(3, 0.5)")
  expect_equal(text(d$dist_exponential(2)), "exponential(2)")
  expect_equal(text(d$dist_beta(1, 2)), "beta(1, 2)")
  expect_equal(text(d$dist_uniform(1, 2)), "uniform(1, 2)")
  expect_equal(text(d$dist_weibull(1.5, 2)), "weibull(1.5, 2)")
  expect_equal(text(d$dist_chisq(3)), "chi_square(3)")
  expect_equal(text(d$dist_gumbel(1, 2)), "gumbel(1, 2)")
  expect_equal(text(d$dist_pareto(3, 2)), "pareto_type_2(0, 2, 3)")
  expect_equal(text(d$dist_bernoulli(0.2)), "bernoulli(0.2)")
  expect_equal(text(d$dist_binomial(3, 0.2)), "binomial(3, 0.2)")
  expect_equal(text(d$dist_poisson(2)), "poisson(2)")
  expect_equal(text(d$dist_geometric(0.2)), "geometric(0.2)")
  expect_equal(text(d$dist_negative_binomial(3, 0.2)), "neg_binomial_2(12, 3)")
  expect_equal(
    text(d$dist_truncated(d$dist_normal(0, 1), 0, Inf)), "normal(0, 1, lb = 0)"
  )
  expect_equal(
    text(d$dist_multivariate_normal(list(c(1, 2)), list(diag(2)))),
    "multi_normal(c(1, 2), c(1, 0, 0, 1))"
  )
})

test_that("their densities are distributional's own", {
  d <- asNamespace("distributional")
  x <- c(0.4, 1.3, 2)
  cases <- list(
    d$dist_normal(1, 2), d$dist_gamma(3, 2), d$dist_weibull(1.5, 2),
    d$dist_student_t(3, 1, 2), d$dist_chisq(3), d$dist_beta(2, 3)
  )
  for (object in cases) {
    expect_equal(
      exp(prior_log_density(priors(x ~ object), cbind(x))),
      stats::density(object, x)[[1]]
    )
  }
  counts <- d$dist_negative_binomial(3, 0.2)
  expect_equal(
    exp(prior_log_density(priors(x ~ counts), cbind(0:5))),
    stats::density(counts, 0:5)[[1]]
  )
})

test_that("calls and namespaces are read, no environment is kept", {
  expect_equal(
    format(priors(x ~ distributional::dist_normal(0, 1))), "x ~ normal(0, 1)"
  )
  dist_normal <- distributional::dist_normal
  expect_equal(format(priors(x ~ dist_normal(0, 1))), "x ~ normal(0, 1)")
})

test_that("what cannot be translated is refused", {
  several <- distributional::dist_normal(c(0, 1), 1)
  expect_refused(
    priors(x ~ several), "prior", "there must be one distribution, not 2."
  )
  other <- distributional::dist_burr(1, 2)
  expect_refused(priors(x ~ other), "prior", "`dist_burr` cannot be translated.")
  expect_refused(
    priors(mu ~ normal(0, 1), x ~ distributional::dist_normal(mu, 1)), "prior",
    "`distributional::dist_normal(mu, 1)` cannot be evaluated."
  )
  expect_refused(
    priors(x ~ nothing), "prior", "the right side must be a distribution."
  )
})
