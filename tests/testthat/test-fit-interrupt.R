# An interrupt is felt within half a second. Each phase runs in a process of its own, to which a shell sends SIGINT when
# the phase is under way; the process tells how long after that it had its thread back. The bound is five seconds,
# because the machine that runs the tests may be busy: without an interrupt each phase would take minutes.
seconds_after_interrupt <- function(setup, phase) {
  script <- withr::local_tempfile(fileext = ".R", lines = c(
    sprintf("library(amortflow, lib.loc = c(%s))", paste(dQuote(.libPaths(), FALSE), collapse = ", ")),
    setup,
    "stamp <- tempfile()",
    "system(sprintf('(sleep 1.5; date +%%s.%%N > %s; kill -INT %d) &', stamp, Sys.getpid()))",
    "code <- tryCatch({",
    phase,
    "}, interrupt = function(e) 'interrupt')",
    "seconds <- as.numeric(Sys.time()) - as.numeric(readLines(stamp))",
    "cat('\\n', code, seconds, '\\n')"
  ))
  output <- system2(
    file.path(R.home("bin"), "Rscript"), c("--vanilla", script),
    stdout = TRUE, stderr = TRUE
  )
  said <- strsplit(trimws(utils::tail(output[nzchar(trimws(output))], 1)), " ")[[1]]
  list(code = said[[1]], seconds = as.numeric(said[[2]]))
}

expect_interrupted <- function(phase, code, setup = "") {
  said <- seconds_after_interrupt(setup, phase)
  expect_equal(said$code, code)
  expect_gte(said$seconds, 0)
  expect_lt(said$seconds, 5)
}

# A network so wide that ten million draws take minutes.
wide_fit <- "fit <- fit_posterior(
    example_model('two_moons'), inference = inference_coupling_flow(depth = 8, width = 256),
    epochs = 1, batches_per_epoch = 5, validation = 50, seed = 1, silent = TRUE
  )"

test_that("training with a compiled simulator obeys an interrupt, and keeps the best fit", {
  skip_on_os("windows")
  skip_on_cran()
  # Compiled before, if it was not in the cache: the interrupt is for training.
  expect_interrupted(
    "fit_posterior(model, epochs = 1e6, seed = 1, silent = TRUE)$outcome$code", "interrupted",
    "model <- example_model('two_moons'); invisible(simulate(model, 2))"
  )
})

test_that("pilot simulations in R and compiled ones obey an interrupt", {
  skip_on_os("windows")
  skip_on_cran()
  expect_interrupted(
    "fit_posterior(generative_model(
      priors(theta ~ normal(0, 1)), simulator(function(theta) { Sys.sleep(0.1); theta$theta })
    ), seed = 1, silent = TRUE)",
    "interrupt"
  )
  # Compiled before, if it was not in the cache.
  expect_interrupted(
    "simulate(model, 2e6, seed = 1)", "interrupt",
    "model <- example_model('sir_school'); invisible(simulate(model, 2))"
  )
})

test_that("sampling and densities obey an interrupt", {
  skip_on_os("windows")
  skip_on_cran()
  expect_interrupted(
    "sample_posterior(fit, matrix(rnorm(2000), 1000), ndraws = 10000, seed = 1)",
    "interrupt", wide_fit
  )
  expect_interrupted(
    "log_density(fit, matrix(0, 3e6, 2), c(0, 0))", "interrupt", wide_fit
  )
})
