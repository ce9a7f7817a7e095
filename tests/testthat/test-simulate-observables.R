diary <- function(f = NULL, ...) {
  if (is.null(f)) {
    f <- function(theta) {
      n <- 2 + rpois(1, 3)
      list(
        survey = c(mood = rnorm(1, theta$mu), age = 40),
        times = cbind(rt = rexp(n, exp(theta$mu)), choice = rbinom(n, 1, 0.5))
      )
    }
  }
  generative_model(
    priors(mu ~ normal(0, 1)), simulator(f, ...),
    observed = c(times = "exchangeable", survey = "vector")
  )
}

test_that("several observables come back as a named list, ragged where they are", {
  s <- simulate(diary(), 20, seed = 1)
  expect_named(s$data, c("times", "survey"))
  expect_equal(dim(s$data$survey), c(20, 2))
  expect_length(s$data$times, 20)
  expect_equal(colnames(s$data$times[[3]]), c("rt", "choice"))
  expect_identical(s[3:5]$data$times, s$data$times[3:5])
  expect_output(print(s), "times: exchangeable, .* positions x 2 variables; survey: vector of length 2")
  frame <- as.data.frame(s)
  expect_equal(dim(frame), c(20, 4))
  expect_equal(frame$age, rep(40, 20))
  again <- simulations(s$parameters, s$data, observed = attr(s, "observed"))
  expect_equal(again$data, s$data)
})

test_that("compiled simulators give several observables with names", {
  simulator <- cpp_simulator(code = "
    #include <amortflow/simulator.hpp>
    void both(const amortflow::input& in, amortflow::output& out, amortflow::rng& random) {
      double* a = out.observable(0);
      for (int i = 0; i < 3; ++i) a[i] = in.theta[0];
      out.observable(1)[0] = random.normal();
    }
    AMORTFLOW_SIMULATOR(both, amortflow::sizes().parameters(1).observable(\"a\").positions(3)
      .names({\"level\"}).observable(\"b\"))
  ")
  expect_output(print(simulator), "a: 3 positions x 1 variable; b: 1 position x 1 variable")
  model <- generative_model(
    priors(mu ~ normal(0, 1)), simulator, c(a = "series", b = "vector")
  )
  s <- simulate(model, 5, seed = 1)
  expect_equal(s$data$a[, 2, 1], unname(s$parameters[, 1]))
  expect_equal(dimnames(s$data$a)[[3]], "level")
  expect_equal(dim(s$data$b), c(5, 1))
  expect_refused(
    generative_model(priors(mu ~ normal(0, 1)), simulator), "config",
    "`observed` must say what each observable of simulator `both` is: \"a\", \"b\"."
  )
})

test_that("failures in one observable are failures of the simulation", {
  calls <- 0
  odd <- function(theta) {
    calls <<- calls + 1
    list(times = if (calls == 3) c(1, NaN) else 1:2, survey = if (calls == 5) 1:3 else 1:2)
  }
  condition <- expect_error(
    simulate(diary(odd), 10, seed = 1),
    "Simulation 3 failed: it gave NaN at position 2 in `times`",
    class = "amortflow_error_simulator"
  )
  calls <- 0
  s <- suppressWarnings(simulate(diary(odd), 10, seed = 1, on_error = "drop"))
  expect_length(s, 8)
  expect_equal(attr(s, "failures")$index, c(3, 5))
  expect_equal(names(attr(s, "failures")), c("index", "message", "kind", "mu"))
  calls <- 0
  kept <- simulate(diary(odd), 10, seed = 1, on_error = "keep")
  expect_length(kept, 10)
  expect_true(all(is.nan(kept$data$survey[c(3, 5), ])))
  expect_false(anyNA(kept$data$survey[-c(3, 5), ]))
  expect_error(
    simulate(diary(\(theta) list(times = 1)), 2, seed = 1),
    "not a list of the observables times, survey",
    class = "amortflow_error_simulator"
  )
})

test_that("vectorized simulators give lists of data sets that differ in length", {
  f <- function(theta) {
    list(
      times = lapply(theta$mu, function(mu) rep(mu, 1 + (mu > 0))),
      survey = cbind(theta$mu, 1)
    )
  }
  s <- simulate(diary(f, vectorized = TRUE), 50, seed = 1)
  expect_equal(vapply(s$data$times, nrow, 1L), 1L + (s$parameters[, 1] > 0))
  expect_equal(s$data$survey[, 1], unname(s$parameters[, 1]))
})

test_that("a fit learns from several observables and reads them by name", {
  model <- diary()
  fit <- fit_posterior(
    model,
    summary = list(times = summary_deep_set(width = 16)),
    inference = inference_coupling_flow(depth = 2, width = 16),
    epochs = 2, batches_per_epoch = 20, validation = 50, seed = 1, silent = TRUE
  )
  expect_named(fit$spec$summary, c("times", "survey"))
  expect_equal(fit$spec$summary$survey$kind, "identity")
  one <- list(survey = c(mood = 0.1, age = 40), times = cbind(rt = 1:3, choice = 0))
  draws <- sample_posterior(fit, one, ndraws = 20, seed = 1)
  swapped <- one[c("times", "survey")]
  swapped$times <- swapped$times[, c("choice", "rt")]
  expect_identical(sample_posterior(fit, swapped, ndraws = 20, seed = 1), draws)
  many <- sample_posterior(fit, list(one, one), ndraws = 20, seed = 1)
  expect_length(many, 2)
  s <- simulate(model, 6, seed = 3)
  expect_length(sample_posterior(fit, s, ndraws = 5, seed = 1), 6)
  expect_error(
    sample_posterior(fit, one["times"]), "named list with the observables times, survey",
    class = "amortflow_error_newdata"
  )
  expect_error(
    sample_posterior(fit, list(times = one$times, survey = c(mood = NA, age = 1))),
    "`newdata$survey` must be finite",
    fixed = TRUE, class = "amortflow_error_newdata"
  )
  file <- withr::local_tempfile()
  save_fit(fit, file)
  loaded <- load_fit(file, model = model)
  expect_identical(sample_posterior(loaded, one, ndraws = 20, seed = 1), draws)
  offline <- fit_posterior(
    simulations = s, epochs = 1, seed = 1, silent = TRUE,
    inference = inference_coupling_flow(depth = 1, width = 8)
  )
  save_fit(offline, file)
  blocks_of <- function(fit) {
    data_blocks(fit$validation$data, attr(fit$validation, "observed"))
  }
  expect_equal(blocks_of(load_fit(file)), blocks_of(offline))
})

test_that("data sets of one vectorized call are bound by name", {
  f <- function(theta) {
    lapply(theta$mu, function(mu) {
      frame <- data.frame(p = c(1, 1), q = 2)
      if (mu > 0) frame[c("q", "p")] else frame
    })
  }
  model <- generative_model(
    priors(mu ~ normal(0, 1)), simulator(f, vectorized = TRUE), "exchangeable"
  )
  s <- simulate(model, 20, seed = 1)
  expect_true(all(s$data[, , "p"] == 1) && all(s$data[, , "q"] == 2))
  odd <- simulator(function(theta) {
    lapply(theta$mu, function(mu) if (mu > 0) data.frame(p = 1) else data.frame(z = 1))
  }, vectorized = TRUE)
  expect_error(
    simulate(generative_model(priors(mu ~ normal(0, 1)), odd, "exchangeable"), 20, seed = 1),
    "the same variables in each",
    class = "amortflow_error_simulator"
  )
})
