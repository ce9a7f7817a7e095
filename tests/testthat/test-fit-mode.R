# Few steps with small networks, two rounds long.
in_mode <- function(mode, ..., model = example_model("two_moons")) {
  arguments <- list(
    model = model, mode = mode, bank = 128, reuse = 4,
    inference = inference_coupling_flow(depth = 2, width = 16),
    epochs = 2, batches_per_epoch = 8, batch_size = 64, validation = 100,
    seed = 5, silent = TRUE
  )
  given <- list(...)
  arguments[names(given)] <- given
  do.call(fit_posterior, arguments)
}

# A simulator of R that counts its calls.
counting_model <- function() {
  calls <- new.env()
  calls$n <- 0
  model <- generative_model(
    priors(theta ~ normal(0, 1)),
    simulator(function(theta) {
      calls$n <- calls$n + 1
      rnorm(1, theta$theta)
    })
  )
  list(model = model, calls = calls)
}

test_that("rounds and replay give the same fit for one core and two, in C++ and in R", {
  for (mode in c("rounds", "replay")) {
    fits <- lapply(1:2, \(cores) in_mode(mode, cores = cores))
    expect_identical(fits[[1]]$weights, fits[[2]]$weights)
    hosted <- lapply(1:2, \(cores) {
      in_mode(mode, model = counting_model()$model, cores = cores)
    })
    expect_identical(hosted[[1]]$weights, hosted[[2]]$weights)
  }
})

test_that("modes, banks and how they are used change the fit", {
  weights <- list(
    in_mode("online", bank = "auto", reuse = "auto")$weights,
    in_mode("rounds")$weights,
    in_mode("rounds", accumulate = FALSE)$weights,
    in_mode("rounds", bank = 256)$weights,
    in_mode("rounds", reuse = 2)$weights,
    in_mode("replay")$weights,
    in_mode("replay", bank = 256)$weights
  )
  expect_identical(anyDuplicated(weights), 0L)
})

test_that("a posterior is learned from fewer simulations than batches hold", {
  for (mode in c("rounds", "replay")) {
    counted <- counting_model()
    fit <- in_mode(
      mode, model = counted$model, bank = 1000, reuse = 10, epochs = 10,
      batches_per_epoch = 100, batch_size = 50, validation = 200,
      inference = inference_coupling_flow(depth = 2, width = 32)
    )
    # 50,000 places in batches; 5,000 simulations fill them, and those of the
    # pilot, of validation, of a round that comes and of requests ahead are more.
    expect_lt(counted$calls$n, 5000 + 1000 + 200 + 1000 + 9 * 50 + 100)
    draws <- sample_posterior(fit, matrix(c(-1, 1)), ndraws = 4000, seed = 2)
    # The posterior is N(x / 2, 1 / 2); Monte-Carlo errors are 0.011 (mean) and
    # 0.008 (sd), the rest is left to training.
    for (i in 1:2) {
      theta <- as.numeric(draws[[i]])
      expect_lt(abs(mean(theta) - c(-0.5, 0.5)[[i]]), 0.15)
      expect_lt(abs(sd(theta) - sqrt(0.5)), 0.1)
    }
  }
})

test_that("\"auto\" is a bank of an epoch, used ten times, with weight decay", {
  fit <- in_mode("rounds", bank = "auto", reuse = "auto")
  expect_identical(
    fit$spec$mode,
    list(kind = "rounds", bank = 8 * 64, reuse = 10, accumulate = TRUE)
  )
  expect_identical(fit$spec$training$weight_decay, 0.01)
  online <- in_mode("online", bank = "auto", reuse = "auto")
  expect_identical(online$spec$mode, list(kind = "online"))
  expect_identical(online$spec$training$weight_decay, 0)
})

test_that("the mode is shown, kept in files, and changes what on_change compares", {
  expect_output(
    print(in_mode("rounds")), "rounds of 128 simulations, 4 times over, in a growing bank",
    fixed = TRUE
  )
  file <- withr::local_tempfile(fileext = ".amortflow")
  fit <- in_mode("replay", file = file)
  expect_output(print(fit), "replay of the last 128 simulations, each about 4 times")
  kept <- load_fit(file)
  expect_equal(kept$spec$mode, fit$spec$mode)
  again <- in_mode("replay", reuse = 2, file = file, file_refit = "on_change")
  expect_equal(again$spec$mode$reuse, 2)
  fit$spec$mode$bank <- 0.5
  save_fit(fit, file)
  expect_refused(load_fit(file), "format", "`mode`")
  fit$spec$mode <- NULL  # as before there were modes
  expect_output(print(fit), "Training: +online")
})

test_that("what a mode does not take is refused", {
  expect_refused(in_mode("offline"), "argument", c("`mode`", "replay"))
  expect_refused(in_mode("online"), "argument", c("`bank`", "online"))
  expect_refused(
    in_mode("replay", accumulate = FALSE), "argument", c("`accumulate`", "replay")
  )
  expect_refused(in_mode("replay", bank = 63), "argument", c("`bank`", "64", "63"))
  expect_refused(in_mode("rounds", reuse = 0), "argument", "`reuse`")
  expect_refused(in_mode("rounds", accumulate = NA), "argument", "`accumulate`")
  simulations <- simulate(example_model("two_moons"), 100, seed = 1)
  expect_refused(
    in_mode("rounds", model = NULL, simulations = simulations), "argument",
    "`simulations` were given"
  )
  expect_refused(
    in_mode("online", model = NULL, simulations = simulations, bank = "auto"),
    "argument", c("`reuse`", "beside `simulations`")
  )
})

test_that("what the core would refuse is refused before anything is simulated", {
  counted <- counting_model()
  expect_refused(
    in_mode("replay", model = counted$model, bank = 63, batch_size = "auto"),
    "argument", c("`bank`", "64", "63")
  )
  expect_refused(
    in_mode("replay", model = counted$model, learning_rate = 2e6), "argument",
    "`learning_rate`"
  )
  expect_identical(counted$calls$n, 0)
})

test_that("a simulator that fails in a later round leaves the best fit so far", {
  calls <- 0
  model <- generative_model(
    priors(theta ~ normal(0, 1)),
    simulator(function(theta) {
      calls <<- calls + 1
      if (calls > 1500) stop("out of paper")
      rnorm(1, theta$theta)
    })
  )
  for (mode in c("rounds", "replay")) {
    calls <- 0
    condition <- expect_error(
      in_mode(mode, model = model, epochs = 40),
      class = "amortflow_error_simulator"
    )
    expect_gt(nrow(condition$fit$history), 0)
    expect_identical(condition$fit$outcome$code, "simulator_failed")
  }
})

test_that("workers give the fit of a run without them", {
  skip_if_not_installed("mirai")
  skip_on_cran()
  f <- function(theta) rnorm(3, theta$theta)
  environment(f) <- globalenv()
  model <- generative_model(priors(theta ~ normal(0, 1)), simulator(f))
  train <- function(mode) {
    auto <- if (mode == "online") "auto" else 128
    in_mode(mode, model = model, bank = auto, reuse = "auto")$weights
  }
  here <- lapply(c("online", "replay"), train)
  mirai::daemons(3)
  withr::defer(mirai::daemons(0))
  expect_identical(lapply(c("online", "replay"), train), here)
})
