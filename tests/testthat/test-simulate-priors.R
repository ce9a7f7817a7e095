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
      paste0("There are ", paste0(names(core_distributions()), "()", collapse = ", "), ".")
    )
  )
  expect_refused(
    priors(x ~ normal(0, 1, lower = 0)), "prior",
    c(
      "In `x ~ normal(0, 1, lower = 0)`: normal() has no argument `lower`.",
      "It has `mu`, `sigma`, `lb`, `ub`, `dim`, `ordered`, `plate`."
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
      sprintf(
        "With parameters, + - * / ^, %s and brackets may be used.",
        paste0(core_prior_functions(), "()", collapse = ", ")
      )
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

test_that("`dim` cannot be random", {
  expect_refused(
    priors(n ~ poisson(3), theta ~ normal(0, 1, dim = n)), "prior",
    "`dim` must be a constant, but `n` is a parameter"
  )
})

test_that("brackets take one number each", {
  expect_error(
    priors(x ~ normal(0, 1, dim = 3), y ~ normal(x[1:2], 1, dim = 2)),
    "brackets must take one number each",
    class = "amortflow_error_prior"
  )
  expect_error(
    priors(x ~ normal(0, 1, dim = c(2, 2)), y ~ normal(x[1, ], 1)),
    "brackets must take one number each",
    class = "amortflow_error_prior"
  )
})
