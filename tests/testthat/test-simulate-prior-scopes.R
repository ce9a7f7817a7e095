# Names given from outside, and parameters local to a plate.
hierarchical <- function() {
  priors(
    mu ~ normal(0, 1), tau ~ exponential(1),
    theta ~ normal(mu + scale, tau, plate = "subject"),
    beta ~ normal(theta, 0.1, dim = 2, plate = "subject"),
    given = "scale"
  )
}

test_that("a prior describes shared and local parameters apart", {
  prior <- hierarchical()
  expect_equal(prior$variables, c("mu", "tau"))
  expect_equal(prior$local$plate, "subject")
  expect_equal(prior$local$variables, c("theta", "beta[1]", "beta[2]"))
  expect_equal(prior$local$support$lower, c(theta = -Inf, "beta[1]" = -Inf, "beta[2]" = -Inf))
  expect_equal(names(prior_dims(prior)), c("mu", "tau"))
  expect_equal(prior_local_dims(prior), list(theta = NULL, beta = 2))
  expect_equal(
    capture.output(print(prior)),
    c(
      "<prior of 2 parameters and 3 per subject>", "  given scale",
      "  mu    ~ normal(0, 1)", "  tau   ~ exponential(1)",
      "  theta ~ normal(mu + scale, tau, plate = \"subject\")",
      "  beta  ~ normal(theta, 0.1, dim = 2, plate = \"subject\")"
    )
  )
  summary <- prior_summary(prior)
  expect_equal(summary$variable, c("mu", "tau", "theta", "beta[1]", "beta[2]"))
  expect_equal(summary$plate, c("", "", "subject", "subject", "subject"))
  expect_identical(unserialize(serialize(prior, NULL)), prior)
})

# 3 KS tests at 1e-6.
test_that("groups are drawn given shared parameters and the context", {
  prior <- hierarchical()
  x <- sample_prior(prior, 1500, seed = 2, context = list(scale = 5, subject = 3))
  expect_s3_class(x, "draws_array")
  x <- unclass(posterior::as_draws_matrix(x))
  expect_equal(colnames(x), c(
    "mu", "tau", sprintf("theta[%d]", 1:3), sprintf("beta[%d,1]", 1:3),
    sprintf("beta[%d,2]", 1:3)
  ))
  z <- (x[, 3:5] - x[, "mu"] - 5) / x[, "tau"]
  expect_gt(ks.test(as.vector(z), pnorm)$p.value, 1e-6)
  expect_gt(ks.test(rowSums(z) / sqrt(3), pnorm)$p.value, 1e-6)
  expect_gt(ks.test((x[, "beta[3,2]"] - x[, "theta[3]"]) / 0.1, pnorm)$p.value, 1e-6)
  # Shared parameters do not depend on how many groups there are.
  alone <- sample_prior(prior, 1500, seed = 2, context = list(scale = 5))
  expect_equal(unname(x[, 1:2]), unname(unclass(alone)[, 1, ]))
})

test_that("local log densities are conditional on shared ones and the context", {
  prior <- hierarchical()
  shared <- cbind(c(0.3, -1), c(0.5, 2))
  local <- rbind(c(5.1, 5, 5.2), c(4, 4.1, 4))
  given <- matrix(5)
  exact <- dnorm(local[, 1], shared[, 1] + 5, shared[, 2], log = TRUE) +
    dnorm(local[, 2], local[, 1], 0.1, log = TRUE) +
    dnorm(local[, 3], local[, 1], 0.1, log = TRUE)
  expect_equal(prior_local_log_density(prior, shared, local, given), exact)
  expect_equal(
    prior_log_density(prior, shared, given),
    dnorm(shared[, 1], log = TRUE) + dexp(shared[, 2], log = TRUE)
  )
})

test_that("given vectors and matrices are used as a whole and by element", {
  prior <- priors(
    x ~ normal(d[2, 1], 1e-9), y ~ normal(sum(v) + min(v) + max(v[2], 0), 1e-9),
    z ~ normal(v, 1e-9, dim = 3),
    given = list(d = c(2, 2), v = 3)
  )
  context <- list(d = matrix(1:4, 2), v = c(1, -2, 3))
  x <- as.vector(sample_prior(prior, 1, seed = 1, context = context))
  expect_equal(x, c(2, 0, 1, -2, 3), tolerance = 1e-6)
  expect_refused(
    sample_prior(prior, 1, context = list(d = diag(2))), "context",
    c("`context$v` must be 3 numbers, not NULL.", "The prior uses it: it is `given`.")
  )
  expect_refused(
    sample_prior(prior, 1, context = c(context, list(w = 1))), "context",
    c("The prior does not use `w` of `context`.", "Known: `d`, `v`.")
  )
})

test_that("a prior with a context goes through a file as data", {
  prior <- priors(
    x ~ normal(n + d[2], 1), y ~ normal(0, 1, plate = "g"),
    given = list(n = NULL, d = 2)
  )
  restored <- new_prior(
    prior$parameters, restore_given(prior_spec(prior)$given), environment()
  )
  expect_equal(restored, prior)
  plain <- priors(x ~ normal(0, 1))
  expect_equal(new_prior(plain$parameters, restore_given(NULL), environment()), plain)
})

test_that("scopes that cannot be are refused, quoting the line", {
  expect_refused(
    priors(theta ~ normal(0, 1, plate = "subject"), mu ~ normal(theta, 1)),
    "prior",
    c(
      "In `mu ~ normal(theta, 1)`: `theta` is local to plate \"subject\", but this line is not.",
      "Say `plate = \"subject\"` here too."
    )
  )
  expect_refused(
    priors(a ~ normal(0, 1), b ~ normal(0, 1, plate = "x"), c ~ normal(0, 1, plate = "y")),
    "prior",
    "In `c ~ normal(0, 1, plate = \"y\")`: a prior has one plate, which is \"x\" already."
  )
  expect_refused(
    priors(b ~ normal(0, 1, plate = "x")), "prior",
    "`priors()` must have a parameter that is shared by all groups."
  )
  expect_refused(
    priors(a ~ normal(0, 1, plate = 3)), "prior",
    c("`plate` must be the name of a context variable.", "As in `plate = \"subject\"`.")
  )
  expect_refused(
    priors(n ~ normal(0, 1), given = "n"), "prior",
    "`n` is given and cannot be a parameter too."
  )
  expect_refused(priors(a ~ normal(0, 1), given = 3), "argument", "`given` must be names")
})

test_that("functions of parameters give what R's give", {
  inverse <- function(x) 1 / (1 + exp(-x))
  a <- 0.3
  b <- c(0.2, 0.9)
  value_of <- function(...) {
    lines <- c(
      list(a ~ uniform(0.3 - 1e-12, 0.3 + 1e-12), b ~ normal(c(0.2, 0.9), 1e-12, dim = 2)),
      list(...)
    )
    x <- sample_prior(do.call(priors, lines), 1, seed = 1)
    as.vector(x)[-(1:3)]
  }
  expect_equal(
    value_of(
      c ~ normal(abs(-a), 1e-12), d ~ normal(pow(a, 2) + a^3, 1e-12),
      e ~ normal(logit(a) + inv_logit(a) + Phi(a), 1e-12),
      f ~ normal(log1p(a) + expm1(a) + square(a) + sqrt(a) + log(a) + exp(a), 1e-12),
      g ~ normal(min(a, b[2]) + max(a, b[2]), 1e-12),
      h ~ normal(sum(b) + mean(b) + min(b) + max(b), 1e-12),
      i ~ normal(2 * b + a, 1e-12, dim = 2),
      j ~ normal(diag_matrix(b), 1e-12, dim = c(2, 2))
    ),
    c(
      a, a^2 + a^3, qlogis(a) + plogis(a) + pnorm(a),
      log1p(a) + expm1(a) + a^2 + sqrt(a) + log(a) + exp(a), a + 0.9,
      1.1 + 0.55 + 0.2 + 0.9, 2 * b + a, diag(b)
    ),
    tolerance = 1e-8
  )
})
