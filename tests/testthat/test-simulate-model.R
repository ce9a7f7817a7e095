mu_prior <- priors(mu ~ normal(0, 1))

test_that("models print prior, simulator and what is observed", {
  expect_equal(
    capture.output(print(example_model("sir_school"))),
    c(
      "<generative model: sir_school>",
      "prior",
      "  beta    ~ normal(2, 1, lb = 0)",
      "  gamma   ~ normal(0.4, 0.5, lb = 0)",
      "  phi_inv ~ exponential(5)",
      "simulator",
      "  C++",
      "observed",
      "  a series, 14 positions x 1 variable",
      "log likelihood",
      "  known"
    )
  )
  expect_equal(
    capture.output(print(generative_model(mu_prior, simulator(\(theta) theta$mu)))),
    c(
      "<generative model: R function>",
      "prior",
      "  mu ~ normal(0, 1)",
      "simulator",
      "  R function",
      "observed",
      "  a vector"
    )
  )
})

test_that("what does not fit together is refused", {
  moons <- example_simulator("two_moons")
  expect_refused(
    generative_model(mu_prior, moons), "config",
    c(
      "Simulator `two_moons` takes 2 parameters, but the prior has 1.",
      "They are: mu."
    )
  )
  expect_refused(
    generative_model(mu_prior, \(theta) 1), "argument",
    "`simulator` must be made by `simulator()` or `cpp_simulator()`, not a function of length 1."
  )
  expect_refused(
    generative_model("mu", moons), "argument",
    "`prior` must be made by `priors()` or `prior_function()`, not \"mu\"."
  )
  expect_refused(
    generative_model(mu_prior, moons, observed = "set"), "argument",
    "`observed` must be one of \"vector\", \"exchangeable\", \"series\", \"array\", not \"set\"."
  )
  expect_refused(
    generative_model(mu_prior, moons, context = 1), "argument",
    "`context` must be `priors()`, `per_batch()`, a function, or a list of these, not 1."
  )
  expect_refused(
    generative_model(
    priors(theta ~ uniform(-1, 1, dim = 2)), moons,
    observed = "series"
  ), "config",
    c(
      "A series must have several positions, but simulator `two_moons` gives 1 position of 2 variables.",
      "Declare it as `amortflow::sizes().positions(2)`."
    )
  )
  expect_refused(
    generative_model(mu_prior, simulator(function(beta, gamma) 1)), "config",
    c(
      "The simulator asks for argument `gamma`, which is not in the model's context (there is none).",
      "Give `context = priors(gamma ~ ...)`."
    )
  )
  two <- priors(beta ~ normal(0, 1), gamma ~ normal(0, 1))
  expect_refused(
    generative_model(two, simulator(function(beta, gamma) 1)), "config",
    c("argument `gamma`", "in the simulator's first argument: function(theta) ... theta$gamma.")
  )
  expect_refused(
    simulator(function() 1), "argument",
    "`f` must be a function of `theta`, not a function of length 1."
  )
})

test_that("the core's specification exists where both are compiled", {
  spec <- model_spec(example_model("two_moons"))
  expect_equal(spec$kind, "compiled")
  expect_true(file.exists(spec$simulator$library))
  expect_null(model_spec(generative_model(mu_prior, simulator(\(theta) 1))))
})

test_that("the hash follows code and values of free variables", {
  hash_of <- function(f, ...) model_hash(generative_model(mu_prior, simulator(f), ...))
  k <- 2
  f <- function(theta) k * theta$mu
  first <- hash_of(f)
  expect_identical(hash_of(function(theta) k * theta$mu), first)
  expect_false(hash_of(f, observed = "series") == first)
  k <- 3
  expect_false(hash_of(f) == first)
  g <- function(x) x + k
  h <- function(theta) g(theta$mu)
  second <- hash_of(h)
  k <- 4
  expect_false(hash_of(h) == second)
  other <- generative_model(priors(mu ~ normal(0, 2)), simulator(f))
  expect_false(model_hash(other) == hash_of(f))
})

test_that("what must be given is asked for by name", {
  prior <- priors(theta ~ normal(0, 1))
  expect_refused(generative_model(), "argument", "`prior` must be given: made by")
  expect_refused(generative_model(prior), "argument", "`simulator` must be given: made by")
  expect_refused(simulator(), "argument", "`f` must be given: a function")
  expect_refused(sample_prior(), "argument", "`x` must be given: made by")
  expect_refused(simulations(), "argument", "`parameters` must be given")
  expect_refused(simulations(cbind(1:3)), "argument", "`data` must be given")
})
