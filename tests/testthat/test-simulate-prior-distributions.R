# Long: run by `make test`, not by R CMD check.
skip_on_cran()

# Every univariate distribution of priors against R's own functions: d, p, arguments.
by_integral <- function(density, lower = -60, upper = 60) {
  function(q) {
    vapply(q, function(x) {
      if (x <= lower) {
        return(0)
      }
      x <- min(x, upper)
      knots <- c(lower, seq(-4, 8, 0.5))
      knots <- c(sort(knots[knots >= lower & knots < x]), x)
      sum(vapply(seq_along(knots)[-1], function(i) {
        integrate(density, knots[i - 1], knots[i], rel.tol = 1e-11)$value
      }, 1))
    }, numeric(1))
  }
}

skew_normal_density <- function(xi, omega, alpha) {
  \(x) 2 / omega * dnorm((x - xi) / omega) * pnorm(alpha * (x - xi) / omega)
}

exp_mod_normal_density <- function(mu, sigma, lambda) {
  function(x) {
    exp(
      log(lambda) + lambda * (mu - x) + (lambda * sigma)^2 / 2 +
        pnorm((x - mu) / sigma - lambda * sigma, log.p = TRUE)
    )
  }
}

von_mises_density <- function(mu, kappa) {
  function(x) {
    exp(kappa * (cos(x - mu) - 1)) /
      (2 * pi * besselI(kappa, 0, expon.scaled = TRUE))
  }
}

reference_priors <- function() {
  list(
    list(priors(x ~ normal(1, 2)), dnorm, pnorm, list(1, 2)),
    list(
      priors(x ~ student_t(3, 1, 2)), \(x) dt((x - 1) / 2, 3) / 2,
      \(q) pt((q - 1) / 2, 3), list()
    ),
    list(priors(x ~ cauchy(1, 2)), dcauchy, pcauchy, list(1, 2)),
    list(priors(x ~ logistic(1, 2)), dlogis, plogis, list(1, 2)),
    list(priors(x ~ lognormal(-1, 0.5)), dlnorm, plnorm, list(-1, 0.5)),
    list(priors(x ~ exponential(3)), dexp, pexp, list(3)),
    list(priors(x ~ gamma(0.7, 2)), dgamma, pgamma, list(0.7, 2)),
    list(
      priors(x ~ inv_gamma(3, 2)), \(x) dgamma(1 / x, 3, 2) / x^2,
      \(q) pgamma(1 / pmax(q, 0), 3, 2, lower.tail = FALSE), list()
    ),
    list(priors(x ~ weibull(1.5, 2)), dweibull, pweibull, list(1.5, 2)),
    list(priors(x ~ beta(2, 0.8)), dbeta, pbeta, list(2, 0.8)),
    list(priors(x ~ uniform(-1, 3)), dunif, punif, list(-1, 3)),
    list(priors(x ~ std_normal()), dnorm, pnorm, list()),
    list(
      priors(x ~ double_exponential(1, 2)), \(x) exp(-abs(x - 1) / 2) / 4,
      \(q) ifelse(q < 1, exp((q - 1) / 2) / 2, 1 - exp((1 - q) / 2) / 2), list()
    ),
    list(
      priors(x ~ gumbel(1, 2)),
      \(x) exp(-(x - 1) / 2 - exp(-(x - 1) / 2)) / 2,
      \(q) exp(-exp(-(q - 1) / 2)), list()
    ),
    list(
      priors(x ~ skew_normal(1, 2, 3)), skew_normal_density(1, 2, 3),
      by_integral(skew_normal_density(1, 2, 3)), list()
    ),
    list(
      priors(x ~ skew_normal(0, 1, -0.5)), skew_normal_density(0, 1, -0.5),
      by_integral(skew_normal_density(0, 1, -0.5)), list()
    ),
    list(
      priors(x ~ exp_mod_normal(0, 0.7, 1.5)), exp_mod_normal_density(0, 0.7, 1.5),
      by_integral(exp_mod_normal_density(0, 0.7, 1.5)), list()
    ),
    list(priors(x ~ chi_square(3)), dchisq, pchisq, list(3)),
    list(
      priors(x ~ inv_chi_square(3)), \(x) dchisq(1 / x, 3) / x^2,
      \(q) pchisq(1 / pmax(q, 0), 3, lower.tail = FALSE), list()
    ),
    list(
      priors(x ~ scaled_inv_chi_square(3, 2)),
      \(x) dchisq(12 / x, 3) * 12 / x^2,
      \(q) pchisq(12 / pmax(q, 0), 3, lower.tail = FALSE), list()
    ),
    list(
      priors(x ~ frechet(3, 2)), \(x) 1.5 * (x / 2)^-4 * exp(-(x / 2)^-3),
      \(q) ifelse(q > 0, exp(-(pmax(q, 1e-300) / 2)^-3), 0), list()
    ),
    list(
      priors(x ~ rayleigh(2)), dweibull, pweibull, list(2, 2 * sqrt(2))
    ),
    list(
      priors(x ~ loglogistic(2, 3)),
      \(x) dlogis(3 * log(x / 2)) * 3 / x,
      \(q) plogis(3 * log(pmax(q, 0) / 2)), list()
    ),
    list(
      priors(x ~ pareto(2, 3)), \(x) 3 * 2^3 / x^4,
      \(q) 1 - pmax(q / 2, 1)^-3, list()
    ),
    list(
      priors(x ~ pareto_type_2(1, 2, 3)), \(x) 1.5 * (1 + (x - 1) / 2)^-4,
      \(q) 1 - (1 + pmax(q - 1, 0) / 2)^-3, list()
    ),
    list(priors(x ~ beta_proportion(0.3, 4)), dbeta, pbeta, list(1.2, 2.8)),
    list(
      priors(x ~ von_mises(2, 1.5)), von_mises_density(2, 1.5),
      by_integral(von_mises_density(2, 1.5), -pi, pi), list()
    )
  )
}

# The same, each cut at its 20 % and 70 % points and far out in the upper tail.
truncated_prior <- function(prior, lb, ub) {
  line <- prior$parameters[[1]]
  line$lb <- lb
  line$ub <- ub
  new_prior(list(line), NULL, environment())
}

bounds_of <- function(case, low, high) {
  draws <- as.vector(sample_prior(case[[1]], 20000, seed = 1))
  quantile(draws, c(low, high), names = FALSE)
}

# 3 x 29 tests at 1e-6 each: a false alarm with probability 9e-5.
test_that("draws and log densities agree with R, with and without bounds", {
  for (case in reference_priors()) {
    density <- \(x) do.call(case[[2]], c(list(x), case[[4]]))
    cdf <- \(q) do.call(case[[3]], c(list(q), case[[4]]))
    ranges <- list(c(-Inf, Inf), bounds_of(case, 0.2, 0.7), bounds_of(case, 0.98, 0.99))
    for (range in ranges) {
      prior <- if (is.finite(range[[1]])) {
        truncated_prior(case[[1]], range[[1]], range[[2]])
      } else {
        case[[1]]
      }
      x <- as.vector(sample_prior(prior, 2000, seed = 7))
      mass <- diff(cdf(pmin(pmax(range, -1e300), 1e300)))
      expect_true(all(x > range[[1]] & x < range[[2]]))
      test <- ks.test(x, \(q) (cdf(q) - cdf(max(range[[1]], -1e300))) / mass)
      expect_gt(test$p.value, 1e-6, label = prior$parameters[[1]]$text)
      expect_equal(
        prior_log_density(prior, cbind(x[1:50])), log(density(x[1:50]) / mass),
        tolerance = 1e-9, info = prior$parameters[[1]]$text
      )
    }
  }
})

# 3 tests at 1e-6.
test_that("lower tails that cancel are still exact", {
  cases <- list(
    list(priors(x ~ skew_normal(0, 1, 4, ub = -1)), skew_normal_density(0, 1, 4), -1),
    list(
      priors(x ~ exp_mod_normal(0, 1, 0.5, ub = -5)),
      exp_mod_normal_density(0, 1, 0.5), -5
    ),
    list(
      priors(x ~ exp_mod_normal(0, 1, 1e-6, ub = -2)),
      exp_mod_normal_density(0, 1, 1e-6), -2
    )
  )
  for (case in cases) {
    density <- case[[2]]
    below <- Vectorize(\(q) integrate(density, q - 8, q, rel.tol = 1e-12, abs.tol = 0)$value)
    mass <- below(case[[3]])
    x <- as.vector(sample_prior(case[[1]], 500, seed = 3))
    expect_equal(
      prior_log_density(case[[1]], cbind(x)), log(density(x) / mass),
      tolerance = 1e-9
    )
    expect_gt(ks.test(x, \(q) below(q) / mass)$p.value, 1e-6)
  }
})

expect_frequencies <- function(prior, values, mass) {
  expect_equal(
    exp(prior_log_density(prior, cbind(values))), mass,
    tolerance = 1e-10
  )
  x <- as.vector(sample_prior(prior, 5000, seed = 11))
  expect_true(all(x %in% values[mass > 0]))
  if (sum(mass > 0) > 1) {
    # Values that are expected less than 5 times count as the most frequent one.
    group <- ifelse(5000 * mass >= 5, values, values[which.max(mass)])
    expected <- tapply(mass, group, sum)
    found <- table(factor(group[match(x, values)], levels = names(expected)))
    test <- chisq.test(found, p = expected, rescale.p = TRUE)
    expect_gt(test$p.value, 1e-6, label = prior$parameters[[1]]$text)
  }
}

# 2 x 6 tests at 1e-6: a false alarm with probability 1.2e-5.
test_that("whole numbers agree with R, with and without bounds", {
  cases <- list(
    list(priors(x ~ bernoulli(0.3)), \(x) dbinom(x, 1, 0.3)),
    list(priors(x ~ binomial(12, 0.3)), \(x) dbinom(x, 12, 0.3)),
    list(priors(x ~ poisson(4.5)), \(x) dpois(x, 4.5)),
    list(
      priors(x ~ neg_binomial_2(4, 1.5)),
      \(x) dnbinom(x, mu = 4, size = 1.5)
    ),
    list(priors(x ~ geometric(0.3)), \(x) dgeom(x, 0.3)),
    list(
      priors(x ~ discrete_uniform(-2, 5)),
      \(x) (x >= -2 & x <= 5) / 8
    )
  )
  bounded <- list(
    priors(x ~ bernoulli(0.3, lb = 0.5)), priors(x ~ binomial(12, 0.3, lb = 7)),
    priors(x ~ poisson(4.5, lb = 1.5, ub = 4)),
    priors(x ~ neg_binomial_2(4, 1.5, lb = 20)),
    priors(x ~ geometric(0.3, lb = 12, ub = 14)),
    priors(x ~ discrete_uniform(-2, 5, lb = 3))
  )
  least <- c(0.5, 7, 1.5, 20, 12, 3)
  most <- c(Inf, Inf, 4, Inf, 14, Inf)
  values <- -3:400
  for (i in seq_along(cases)) {
    mass <- cases[[i]][[2]](values)
    expect_frequencies(cases[[i]][[1]], values, mass)
    inside <- values >= least[[i]] & values <= most[[i]]
    expect_frequencies(bounded[[i]], values, mass * inside / sum(mass * inside))
    expect_true(prior_discrete(bounded[[i]])[["x"]])
  }
  expect_equal(prior_log_density(priors(x ~ poisson(2)), cbind(0.5)), -Inf)
})

test_that("categorical draws its values with their probabilities", {
  prior <- priors(x ~ categorical(c(0.2, 0, 0.5, 0.3)))
  expect_frequencies(prior, 1:4, c(0.2, 0, 0.5, 0.3))
  many <- priors(x ~ categorical(c(0.2, 0.8), dim = 3))
  expect_equal(many$variables, c("x[1]", "x[2]", "x[3]"))
  expect_equal(
    prior_log_density(many, rbind(c(1, 2, 2))), log(0.2 * 0.8 * 0.8)
  )
})

test_that("arguments out of range are refused by every distribution", {
  bad <- list(
    \() priors(x ~ skew_normal(0, 0, 1)), \() priors(x ~ exp_mod_normal(0, 1, 0)),
    \() priors(x ~ gumbel(0, -1)), \() priors(x ~ double_exponential(0, 0)),
    \() priors(x ~ chi_square(0)), \() priors(x ~ inv_chi_square(-1)),
    \() priors(x ~ scaled_inv_chi_square(1, 0)), \() priors(x ~ frechet(0, 1)),
    \() priors(x ~ rayleigh(0)), \() priors(x ~ loglogistic(0, 1)),
    \() priors(x ~ pareto(0, 1)), \() priors(x ~ pareto_type_2(0, 0, 1)),
    \() priors(x ~ beta_proportion(1, 2)), \() priors(x ~ von_mises(0, -1)),
    \() priors(x ~ bernoulli(1.1)), \() priors(x ~ binomial(1.5, 0.5)),
    \() priors(x ~ poisson(-1)), \() priors(x ~ neg_binomial_2(0, 1)),
    \() priors(x ~ geometric(0)), \() priors(x ~ discrete_uniform(2, 1)),
    \() priors(x ~ categorical(c(0.5, 0.6))), \() priors(x ~ dirichlet(c(1, 0))),
    \() priors(x ~ lkj_corr(0, dim = 2)), \() priors(x ~ wishart(1, diag(2))),
    \() priors(x ~ multi_normal(0, matrix(1, 2, 2))),
    \() priors(x ~ multi_normal(0, matrix(c(1, 0, 0.5, 1), 2))),
    \() priors(x ~ multi_normal_cholesky(0, matrix(c(1, 0, 0.5, 1), 2))),
    \() priors(x ~ multi_student_t(0, 0, diag(2))),
    \() priors(x ~ poisson(3, lb = 4.2, ub = 4.8))
  )
  for (make in bad) {
    expect_error(make(), "^In `x ~ ", class = "amortflow_error_prior")
  }
})
