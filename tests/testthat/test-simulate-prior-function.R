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
