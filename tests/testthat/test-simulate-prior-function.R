one_draw <- function() {
  mu <- rnorm(1)
  list(mu = mu, sigma = rexp(1), theta = rnorm(3, mu), m = matrix(rnorm(4), 2))
}

test_that("draws have names and shapes of the function's", {
  prior <- prior_function(one_draw, lb = c(sigma = 0))
  expect_equal(
    prior_variables(prior),
    c("mu", "sigma", "theta[1]", "theta[2]", "theta[3]", "m[1,1]", "m[2,1]", "m[1,2]", "m[2,2]")
  )
  expect_equal(unname(prior_support(prior)$lower), c(-Inf, 0, rep(-Inf, 7)))
  draws <- sample_prior(prior, 10, seed = 1)
  expect_equal(dim(draws), c(10, 1, 9))
  # Each draw has a generator of its own.
  expect_identical(sample_prior(prior, 4, seed = 1), draws[1:4, , ])
})

test_that("a function of n draws many at once", {
  prior <- prior_function(function(n) {
    list(mu = rnorm(n), theta = matrix(rnorm(2 * n), n))
  })
  expect_equal(prior_variables(prior), c("mu", "theta[1]", "theta[2]"))
  expect_equal(dim(sample_prior(prior, 2500, seed = 1)), c(2500, 1, 3))
  named <- prior_function(function(n) cbind(a = rnorm(n), b = runif(n)))
  expect_equal(prior_variables(named), c("a", "b"))
})

test_that("making it leaves the user's generator alone", {
  set.seed(1)
  before <- .Random.seed
  prior_function(one_draw)
  expect_identical(.Random.seed, before)
})

test_that("its log density is known if given, and -Inf outside the support", {
  prior <- prior_function(
    function() list(a = rexp(1), b = rnorm(2)),
    log_density = function(theta) {
      dexp(theta$a, log = TRUE) + sum(dnorm(theta$b, log = TRUE))
    },
    lb = c(a = 0)
  )
  x <- rbind(c(1, 0, 1), c(-1, 0, 0))
  expect_equal(
    prior_log_density(prior, x),
    c(-1 + sum(dnorm(c(0, 1), log = TRUE)), -Inf)
  )
  expect_error(
    prior_log_density(prior_function(one_draw), x),
    class = "amortflow_error_prior"
  )
})

test_that("bad functions and bounds are refused", {
  expect_refused(
    prior_function(function() rnorm(2)), "prior",
    "Draws of a prior must be a named list of numbers, not a list of length 2."
  )
  expect_refused(
    prior_function(function() list(a = "x")), "prior",
    "Draws of a prior must be a named list of numbers, not a list of length 1."
  )
  expect_refused(
    prior_function(function(a, b) 1), "argument",
    "`f` must be a function of no argument or of `n` alone, not a function of length 1."
  )
  expect_refused(
    prior_function(one_draw, lb = c(sigmma = 0)), "prior",
    c(
      "`lb` names `sigmma`, which is no parameter.",
      "Did you mean `sigma`?"
    )
  )
  calls <- 0
  prior <- prior_function(function() {
    calls <<- calls + 1
    if (calls > 3) stop("no more") else list(a = 1)
  })
  expect_refused(
    sample_prior(prior, 5, seed = 1), "simulator",
    "Draw 3 failed: the prior raised an error: no more"
  )
})

test_that("bounds must leave something and hold for draws", {
  expect_refused(
    prior_function(one_draw, lb = c(mu = 1), ub = c(mu = 0)), "prior",
    "`lb` must be below `ub`: for `mu` they are 1 and 0."
  )
  expect_refused(
    prior_function(one_draw, ub = -Inf), "prior",
    "`lb` must be below `ub`: for `mu` they are -Inf and -Inf."
  )
  expect_refused(
    prior_function(function() c(mu = -1), lb = 0), "prior",
    "Draws must lie within `lb` and `ub`, but the prior gave `mu` = -1, outside its bounds [0, Inf]."
  )
  expect_refused(
    prior_function(function() c(mu = NaN)), "prior",
    "Draws of a prior must be finite, but `f` gave `mu` = NaN."
  )
  condition <- expect_refused(
    prior_function(function() stop("boom")), "prior",
    "`f()` must give a draw, but it raised an error."
  )
  expect_equal(conditionMessage(condition$parent), "boom")
})

test_that("draws outside the bounds are raised wherever they are made", {
  calls <- 0
  f <- function() {
    calls <<- calls + 1
    c(mu = 0, sigma = if (calls == 4) -0.25 else 0)
  }
  prior <- prior_function(f, lb = c(sigma = 0))
  problem <- "the prior gave `sigma` = -0.25, outside its bounds [0, Inf]"
  expect_refused(sample_prior(prior, 5, seed = 1), "simulator", c("Draw 3 failed", problem))
  model <- generative_model(prior, simulator(\(theta) theta$mu))
  calls <- 1
  expect_refused(simulate(model, 5, seed = 1), "simulator", c("Simulation 3 failed", problem))
  # Training leaves out what is not finite; this it must not.
  calls <- 1
  expect_refused(draw_simulations(model, 0, 5, 1), "simulator", problem)
  calls <- 1
  kept <- suppressWarnings(simulate(model, 5, seed = 1, on_error = "drop"))
  expect_equal(attr(kept, "failures")$index, 3)
})

test_that("a vectorized function that ignores its `n` is found out", {
  expect_refused(
    prior_function(\(n) list(mu = rnorm(n), sigma = rexp(1))), "prior",
    c("`f(3)` must give 3 draws", "`sigma` is")
  )
  vectors <- prior_function(\(n) list(mu = rnorm(n), theta = matrix(rnorm(2 * n), n)))
  expect_identical(vectors$variables, c("mu", "theta[1]", "theta[2]"))
})

test_that("a log density must be one number", {
  model <- function(log_density) {
    prior_function(\() list(mu = rnorm(1)), log_density = log_density)
  }
  at <- cbind(mu = c(0, 1))
  density <- \(f) function_log_density(model(f), at, rlang::current_env())
  expect_equal(density(\(x) dnorm(x$mu, log = TRUE)), dnorm(0:1, log = TRUE))
  error <- expect_refused(
    density(\(x) if (x$mu > 0) stop("far") else 0), "prior",
    "of draw 2, but it raised an error"
  )
  expect_identical(error$index, 2L)
  expect_match(conditionMessage(error$parent), "far")
  expect_refused(density(\(x) NaN), "prior", "one number, not NaN")
  expect_refused(density(\(x) c(0, 0)), "prior", "one number, not a numeric of length 2")
})
