# Every distribution of priors against R's own functions: d, p, arguments.
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
    list(priors(x ~ uniform(-1, 3)), dunif, punif, list(-1, 3))
  )
}

# The same, each cut at its 20 % and 70 % points and far out in the upper tail.
truncated_prior <- function(prior, lb, ub) {
  line <- prior$parameters[[1]]
  line$lb <- lb
  line$ub <- ub
  new_prior(list(line), environment())
}

bounds_of <- function(case, low, high) {
  draws <- as.vector(sample_prior(case[[1]], 20000, seed = 1))
  quantile(draws, c(low, high), names = FALSE)
}

# 3 x 11 tests at 1e-6 each: a false alarm with probability 3e-5.
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
      mass <- diff(cdf(range))
      expect_true(all(x > range[[1]] & x < range[[2]]))
      test <- ks.test(x, \(q) (cdf(q) - cdf(range[[1]])) / mass)
      expect_gt(test$p.value, 1e-6, label = prior$parameters[[1]]$text)
      expect_equal(
        prior_log_density(prior, cbind(x[1:50])), log(density(x[1:50]) / mass),
        tolerance = 1e-9, info = prior$parameters[[1]]$text
      )
    }
  }
})

test_that("density outside the bounds is zero", {
  prior <- priors(x ~ normal(0, 1, lb = 1))
  expect_equal(prior_log_density(prior, cbind(0.5)), -Inf)
})

test_that("later lines use earlier parameters", {
  prior <- priors(
    mu ~ normal(0, 1, dim = c(2, 2)),
    x ~ normal(2 * mu[1, 2] - exp(mu[2, 1]), 1e-6),
    y ~ uniform(x, x + 1)
  )
  draws <- posterior::as_draws_matrix(sample_prior(prior, 5, seed = 1))
  expect_equal(
    colnames(draws),
    c("mu[1,1]", "mu[2,1]", "mu[1,2]", "mu[2,2]", "x", "y")
  )
  exact <- 2 * draws[, "mu[1,2]"] - exp(draws[, "mu[2,1]"])
  expect_equal(as.vector(draws[, "x"]), as.vector(exact), tolerance = 1e-4)
  joint <- sum(dnorm(draws[1, 1:4], log = TRUE)) +
    dnorm(draws[1, "x"], exact[[1]], 1e-6, log = TRUE)
  expect_equal(
    prior_log_density(prior, unclass(draws)[1, , drop = FALSE]),
    as.vector(joint),
    tolerance = 1e-6
  )
})

test_that("constants are evaluated at once and no environment is kept", {
  m <- 3
  prior <- priors(x ~ normal(m + 1, inv_logit(0), lb = m))
  expect_equal(format(prior), "x ~ normal(4, 0.5, lb = 3)")
  m <- 10
  expect_equal(prior_support(prior)$lower, c(x = 3))
  holds_environment <- function(x) {
    is.environment(x) || is.function(x) ||
      (is.list(x) && any(vapply(x, holds_environment, logical(1))))
  }
  expect_false(holds_environment(unclass(prior)))
  expect_identical(unserialize(serialize(prior, NULL)), prior)
})

test_that("arguments are matched by name and order", {
  expect_equal(
    format(priors(x ~ normal(sigma = 2, 1))), format(priors(x ~ normal(1, 2)))
  )
})

test_that("print shows the notation back", {
  expect_equal(
    capture.output(print(priors(
    beta ~ normal(2, 1, lb = 0),
    tau ~ student_t(3, 0, 2.5, lb = 0, ub = 100),
    theta ~ normal(beta, tau / 2, dim = 3),
    z ~ normal(-theta[2], exp((1 + tau)^2))
  ))),
    c(
      "<prior of 6 parameters>",
      "  beta  ~ normal(2, 1, lb = 0)",
      "  tau   ~ student_t(3, 0, 2.5, lb = 0, ub = 100)",
      "  theta ~ normal(beta, tau/2, dim = 3)",
      "  z     ~ normal(-theta[2], exp((1 + tau)^2))"
    )
  )
})

test_that("errors quote the line", {
  expect_refused(
    priors(), "prior",
    "`priors()` must have at least one line."
  )
  expect_refused(
    priors(x ~ normall(0, 1)), "prior",
    c(
      "In `x ~ normall(0, 1)`: there is no distribution `normall`.",
      "Did you mean `normal`?"
    )
  )
  expect_refused(
    priors(x ~ foo(0, 1)), "prior",
    c(
      "In `x ~ foo(0, 1)`: there is no distribution `foo`.",
      "There are beta(), cauchy(), exponential(), gamma(), inv_gamma(), logistic(), lognormal(), normal(), student_t(), uniform(), weibull()."
    )
  )
  expect_refused(
    priors(x ~ normal(0, 1, lower = 0)), "prior",
    c(
      "In `x ~ normal(0, 1, lower = 0)`: normal() has no argument `lower`.",
      "It has `mu`, `sigma`, `lb`, `ub`, `dim`."
    )
  )
  expect_refused(
    priors(x ~ normal(0)), "prior",
    "In `x ~ normal(0)`: normal(mu, sigma) must have 2 arguments, not 1."
  )
  expect_refused(
    priors(x ~ normal(0, 1, mu = 2)), "prior",
    "In `x ~ normal(0, 1, mu = 2)`: normal(mu, sigma) must have 2 arguments, not 3."
  )
  expect_refused(
    priors(tau ~ exponential(1), x ~ normal(0, tua)), "prior",
    c(
      "In `x ~ normal(0, tua)`: `tua` is neither an earlier parameter nor a variable.",
      "Did you mean `tau`?"
    )
  )
  expect_refused(
    priors(x ~ normal(0, y), y ~ exponential(1)), "prior",
    c(
      "In `x ~ normal(0, y)`: `y` is defined by a later line.",
      "Move the line of `y` up."
    )
  )
  expect_refused(
    priors(x ~ normal(0, x)), "prior",
    "In `x ~ normal(0, x)`: `x` is defined by itself."
  )
  expect_refused(
    priors(x ~ normal(0, -1)), "prior",
    "In `x ~ normal(0, -1)`: `sigma` must be positive."
  )
  expect_refused(
    priors(x ~ beta(1, 1, lb = 2)), "prior",
    "In `x ~ beta(1, 1, lb = 2)`: the bounds leave nothing of the support."
  )
  expect_refused(
    priors(x ~ normal(c(0, 1), 1)), "prior",
    c(
      "In `x ~ normal(c(0, 1), 1)`: an argument has 2 elements, but the parameter has 1.",
      "Say `dim = 2`."
    )
  )
  expect_refused(
    priors(x ~ normal("a", 1)), "prior",
    "In `x ~ normal(\"a\", 1)`: `\"a\"` must be numbers, not \"a\"."
  )
  expect_refused(
    priors(m ~ normal(0, 1), x ~ normal(sin(m), 1)), "prior",
    c(
      "In `x ~ normal(sin(m), 1)`: `sin(m)` cannot be calculated from parameters.",
      "With parameters, + - * / ^, exp(), log(), sqrt(), inv_logit() and brackets may be used."
    )
  )
  expect_refused(
    priors(m ~ normal(0, 1, dim = 2), x ~ normal(m[3], 1)), "prior",
    "In `x ~ normal(m[3], 1)`: `m` has no element `m[3]`: its `dim` is 2."
  )
  expect_refused(
    priors(x = 3), "prior",
    c(
      "Line 1 of `priors()` must be `name ~ distribution(...)`, not `3`.",
      "Write `x ~ ...`, not `x = ...`."
    )
  )
  expect_refused(
    priors(~ normal(0, 1)), "prior",
    "Line 1 of `priors()` must be `name ~ distribution(...)`, not `~normal(0, 1)`."
  )
  expect_refused(
    priors(log(x) ~ normal(0, 1)), "prior",
    c(
      "In `log(x) ~ normal(0, 1)`: the left side must be a name.",
      "Vectors are declared by `dim`: `theta ~ normal(0, 1, dim = 3)`."
    )
  )
  expect_refused(
    priors(x ~ normal(0, 1), x ~ normal(0, 1)), "prior",
    "Parameter `x` must have one line, not several."
  )
  expect_refused(
    priors(x ~ normal(0, 1, dim = 0)), "prior",
    "In `x ~ normal(0, 1, dim = 0)`: `dim` must hold positive whole numbers."
  )
  expect_refused(
    priors(.draw ~ normal(0, 1)), "prior",
    "A parameter cannot be called `.draw`."
  )
  expect_error(priors(x ~ normal(0)), class = "amortflow_error_prior")
  expect_error(priors(x ~ normal(0, -1)), class = "amortflow_error_prior")
})

test_that("lines that are no formulas are named, and so is a comma too many", {
  condition <- expect_refused(
    priors(a ~ normal(0, 1), mu = normal(0, 1)), "prior",
    c(
      "Line 2 of `priors()` must be `name ~ distribution(...)`, not `normal(0, 1)`.",
      "Write `mu ~ ...`, not `mu = ...`."
    )
  )
  expect_s3_class(condition$parent, "error")
  expect_refused(
    priors(a ~ normal(0, 1), ), "prior",
    c("Line 2 of `priors()` must not be empty.", "Is there a comma too many?")
  )
  lines <- list(a ~ normal(0, 1), b ~ normal(a, 1))
  expect_equal(do.call(priors, lines)$variables, c("a", "b"))
  wrapped <- function(...) priors(...)
  expect_equal(wrapped(a ~ normal(0, 1))$variables, "a")
})

test_that("arguments must be finite, and numbers in all a bounded number", {
  expect_refused(
    priors(mu ~ normal(0, Inf)), "prior",
    "In `mu ~ normal(0, Inf)`: `sigma` must be finite, not Inf."
  )
  expect_refused(
    priors(mu ~ normal(0, 1, dim = 1e9)), "prior",
    "a prior must have at most 100,000 numbers in all, not 1,000,000,000."
  )
  expect_refused(
    priors(a ~ normal(0, 1, dim = c(300, 300)), b ~ normal(0, 1, dim = 10001)), "prior",
    "a prior must have at most 100,000 numbers in all, not 100,001."
  )
})
