mu_prior <- priors(mu ~ normal(0, 1))

# A simulator that does something else at its 500th call.
odd_at_500 <- function(odd, observed = "series") {
  calls <- 0
  f <- function(theta) {
    calls <<- calls + 1
    if (calls == 500) odd(theta) else rnorm(3, theta$mu)
  }
  generative_model(mu_prior, simulator(f), observed = observed)
}

test_that("failures at the 500th call are reported with index and parameters", {
  expect_refused(
    simulate(odd_at_500(\(theta) stop("boom")), 600, seed = 1), "simulator",
    c(
      "Simulation 500 failed: the simulator raised an error: boom.",
      "Its parameters: mu = 0.386889. `simulate(on_error = \"drop\")` leaves failed simulations out."
    )
  )
  expect_refused(
    simulate(odd_at_500(\(theta) c(1, NaN, 2)), 600, seed = 1), "simulator",
    c(
      "Simulation 500 failed: it gave NaN at position 2.",
      "Its parameters: mu = 0.386889. `simulate(on_error = \"drop\")` leaves failed simulations out."
    )
  )
  expect_refused(
    simulate(odd_at_500(\(theta) matrix(1, 3, 2)), 600, seed = 1), "simulator",
    c(
      "Simulation 500 failed: it gave 2 variables, but the first simulation gave 1.",
      "Its parameters: mu = 0.386889. `simulate(on_error = \"drop\")` leaves failed simulations out."
    )
  )
  expect_refused(
    simulate(odd_at_500(\(theta) "text"), 600, seed = 1), "simulator",
    c(
      "Simulation 500 failed: it gave \"text\", not a vector, matrix or data frame of numbers.",
      "Its parameters: mu = 0.386889. `simulate(on_error = \"drop\")` leaves failed simulations out."
    )
  )
  expect_refused(
    simulate(odd_at_500(\(theta) NULL), 600, seed = 1), "simulator",
    c(
      "Simulation 500 failed: it gave NULL, not a vector, matrix or data frame of numbers.",
      "Its parameters: mu = 0.386889. `simulate(on_error = \"drop\")` leaves failed simulations out."
    )
  )
  condition <- expect_error(
    simulate(odd_at_500(\(theta) stop("boom")), 600, seed = 1),
    class = "amortflow_error_simulator"
  )
  expect_equal(condition$index, 500)
  mu <- as.vector(sample_prior(mu_prior, 500, seed = 1))
  expect_equal(condition$parameters, c(mu = mu[[500]]))
  expect_equal(conditionMessage(condition$parent), "boom")
})

test_that("on_error = \"drop\" counts and says so", {
  model <- odd_at_500(\(theta) stop("boom"))
  condition <- expect_warning(
    kept <- simulate(model, 600, seed = 1, on_error = "drop"),
    class = "amortflow_warning_dropped"
  )
  expect_match(conditionMessage(condition), "Dropped 1 of 600 simulations")
  expect_length(kept, 599)
  expect_equal(attr(kept, "failures")$index, 500)
  expect_equal(dim(kept$data), c(599, 3, 1))
  all_fail <- generative_model(mu_prior, simulator(\(theta) stop("never")))
  expect_error(
    simulate(all_fail, 3, on_error = "drop"),
    class = "amortflow_error_simulator"
  )
})

test_that("an R simulator depends on seed and index only", {
  model <- generative_model(mu_prior, simulator(\(theta) rnorm(2, theta$mu)))
  all <- simulate(model, 60, seed = 9)
  expect_identical(simulate(model, 20, seed = 9)$data, all[1:20]$data)
  part <- draw_simulations(model, 40, 5, 9)
  expect_identical(part$data[[1]]$values, all$data[41:45, ])
  RNGkind("Wichmann-Hill", "Box-Muller", "Rounding") |> suppressWarnings()
  withr::defer(RNGkind("default", "default", "default"))
  expect_identical(simulate(model, 60, seed = 9), all)
})

test_that("the user's generator is put back, also after an error", {
  model <- generative_model(mu_prior, simulator(\(theta) stop(rnorm(1))))
  set.seed(1)
  before <- .Random.seed
  expect_error(simulate(model, 1, seed = 1))
  expect_identical(.Random.seed, before)
  expect_identical(RNGkind()[[1]], "Mersenne-Twister")
})

test_that("theta comes in natural shapes", {
  prior <- priors(
    a ~ normal(0, 1), b ~ normal(0, 1, dim = 3), m ~ normal(0, 1, dim = c(2, 2))
  )
  seen <- NULL
  one <- simulator(function(theta) {
    seen <<- theta
    1
  })
  drawn <- simulate(generative_model(prior, one), 1, seed = 1)$parameters
  expect_equal(seen$a, drawn[[1, "a"]])
  expect_equal(seen$b, unname(drawn[1, 2:4]))
  expect_equal(seen$m, matrix(drawn[1, 5:8], 2))
  many <- simulator(function(theta) {
    seen <<- theta
    theta$a
  }, vectorized = TRUE)
  drawn <- simulate(generative_model(prior, many), 4, seed = 1)$parameters
  expect_equal(seen$a, unname(drawn[, "a"]))
  expect_equal(dim(seen$b), c(4, 3))
  expect_equal(dim(seen$m), c(4, 2, 2))
  expect_equal(seen$m[3, 2, 1], drawn[[3, "m[2,1]"]])
})

test_that("vectorized simulators run in pieces of a fixed grid", {
  sizes <- NULL
  f <- simulator(function(theta) {
    sizes <<- c(sizes, length(theta$mu))
    array(rnorm(6 * length(theta$mu), theta$mu), c(length(theta$mu), 3, 2))
  }, vectorized = TRUE)
  model <- generative_model(mu_prior, f, observed = "series")
  all <- simulate(model, 2500, seed = 1)
  expect_equal(sizes, c(1000, 1000, 500))
  expect_equal(dim(all$data), c(2500, 3, 2))
  part <- draw_simulations(model, 1000, 1000, 1)
  expect_equal(rows_data(part$data[[1]], "series"), all$data[1001:2000, , ])
  short <- simulator(\(theta) 1:3, vectorized = TRUE)
  expect_error(
    simulate(generative_model(mu_prior, short), 5), "leading dimension of 5",
    class = "amortflow_error_simulator"
  )
})

test_that("names of variables come back", {
  framed <- simulator(\(theta) data.frame(x = rnorm(2, theta$mu), y = 1:2))
  model <- generative_model(mu_prior, framed, observed = "exchangeable")
  expect_equal(dimnames(simulate(model, 3)$data)[[3]], c("x", "y"))
  vector <- generative_model(mu_prior, simulator(\(theta) c(mean = theta$mu, sd = 1)))
  expect_equal(colnames(simulate(vector, 3)$data), c("mean", "sd"))
})

test_that("R priors and C++ simulators go together", {
  prior <- prior_function(function() list(theta = runif(2, -1, 1)), lb = -1, ub = 1)
  model <- generative_model(prior, example_simulator("two_moons"))
  expect_null(model_spec(model))
  s <- simulate(model, 200, seed = 1)
  compiled <- simulations(s$parameters, s$data, prior = prior)
  expect_equal(compiled$data, s$data)
  expect_identical(simulate(model, 50, seed = 1)$data, s[1:50]$data)
})

test_that("arguments are checked", {
  model <- generative_model(mu_prior, simulator(\(theta) theta$mu))
  expect_error(simulate(model, 0), class = "amortflow_error_argument")
  expect_error(simulate(model, 2.5), class = "amortflow_error_argument")
  expect_error(simulate(model, 2, sead = 1), "sead")
  expect_error(simulate(model, 2, on_error = "skip"), class = "amortflow_error_argument")
})

test_that("seed = NULL lets set.seed() govern and is stored", {
  model <- example_model("two_moons")
  set.seed(2)
  first <- simulate(model, 5)
  set.seed(2)
  expect_identical(simulate(model, 5), first)
  expect_identical(simulate(model, 5, seed = attr(first, "seed")), first)
})

test_that("variables are bound by name, not by their order", {
  calls <- 0
  alternate <- simulator(function(theta) {
    calls <<- calls + 1
    if (calls %% 2 == 1) c(a = 1, b = 2) else c(b = 2, a = 1)
  })
  data <- simulate(generative_model(mu_prior, alternate), 4, seed = 1)$data
  expect_equal(data, cbind(a = rep(1, 4), b = rep(2, 4)))
  calls <- 0
  framed <- simulator(function(theta) {
    calls <<- calls + 1
    frame <- data.frame(x = 1:3, y = 4:6)
    if (calls %% 2 == 1) frame else frame[c("y", "x")]
  })
  data <- simulate(generative_model(mu_prior, framed, "series"), 2, seed = 1)$data
  expect_equal(data[2, , ], cbind(x = 1:3, y = 4:6))
  # Of later runs too, where the names are known from the first.
  calls <- 1
  run <- draw_simulations(
    generative_model(mu_prior, alternate), 0, 1, 1,
    variables = list(c("a", "b"))
  )
  expect_equal(run$data[[1]]$values, cbind(a = 1, b = 2))
})

test_that("other names of variables are a failure that names them", {
  renamed <- odd_at_500(\(theta) c(c = 1, d = 2), "vector")
  renamed$simulator$f <- local({
    calls <- 0
    function(theta) {
      calls <<- calls + 1
      if (calls == 3) c(c = 1, d = 2) else c(a = 1, b = 2)
    }
  })
  expect_refused(
    simulate(renamed, 5, seed = 1), "simulator",
    "Simulation 3 failed: it gave the variables c, d, but the first simulation gave a, b."
  )
  pieces <- 0
  many <- simulator(function(theta) {
    pieces <<- pieces + 1
    n <- length(theta$mu)
    if (pieces == 1) cbind(a = rep(1, n), b = 2) else cbind(b = rep(2, n), a = 1)
  }, vectorized = TRUE)
  data <- simulate(generative_model(mu_prior, many), 1500, seed = 1)$data
  expect_true(all(data[, "a"] == 1))
})

test_that("columns that are not numbers are failures, vectorized or not", {
  one <- simulator(\(theta) data.frame(x = theta$mu, group = "u"))
  many <- simulator(
    \(theta) data.frame(x = theta$mu, group = factor("u")),
    vectorized = TRUE
  )
  expect_refused(
    simulate(generative_model(mu_prior, one), 3, seed = 1), "simulator",
    "it gave a data frame whose column `group` is \"u\", not numbers."
  )
  expect_refused(
    simulate(generative_model(mu_prior, many), 3, seed = 1), "simulator",
    "it gave a data frame whose column `group` is a factor of length 3, not numbers."
  )
})

test_that("table() of one factor is a vector, and no numbers are a failure", {
  counts <- simulator(\(theta) table(factor(c("u", "v", "v"))))
  for (observed in c("vector", "series")) {
    s <- simulate(generative_model(mu_prior, counts, observed), 2, seed = 1)
    expect_equal(as.vector(s$data), c(1, 1, 2, 2))
  }
  none <- simulator(\(theta) array(0, c(length(theta$mu), 0, 2)), vectorized = TRUE)
  expect_refused(
    simulate(generative_model(mu_prior, none, "series"), 3), "simulator",
    "it gave an array of 3 x 0 x 2, not an array of numbers."
  )
})

test_that("hints fit what was asked for", {
  never <- generative_model(mu_prior, simulator(\(theta) stop("never")))
  condition <- expect_refused(
    simulate(never, 3, seed = 1, on_error = "drop"), "simulator",
    "All simulations (3) failed; simulation 1: the simulator raised an error: never."
  )
  expect_false(grepl("on_error", conditionMessage(condition), fixed = TRUE))
  condition <- expect_error(
    draw_simulations(never, 0, 3, 1),
    class = "amortflow_error_simulator"
  )
  expect_false(grepl("on_error", conditionMessage(condition), fixed = TRUE))
  expect_match(conditionMessage(condition), "gives NaN instead", fixed = TRUE)
})
