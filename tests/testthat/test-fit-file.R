new_process <- function(code) {
  file <- withr::local_tempfile(lines = code, fileext = ".R")
  out <- system2(
    file.path(R.home("bin"), "Rscript"), c("--vanilla", file),
    stdout = TRUE, stderr = TRUE
  )
  if (!is.null(attr(out, "status"))) {
    rlang::abort(out)
  }
  invisible(out)
}

test_that("saveRDS() and save_fit() give identical draws in a new process", {
  fit <- small_fit()
  folder <- withr::local_tempdir()
  saveRDS(fit, file.path(folder, "fit.rds"))
  save_fit(fit, file.path(folder, "fit.amortflow"))
  new_process(sprintf(
    "library(amortflow, lib.loc = c(%s))
    fits <- list(readRDS('%s/fit.rds'), load_fit('%s/fit.amortflow'))
    draws <- lapply(fits, sample_posterior, newdata = c(0, 0), ndraws = 50, seed = 3)
    densities <- lapply(fits, log_density, parameters = matrix(0.1, 1, 2), newdata = c(0, 0))
    saveRDS(list(draws, densities), '%s/out.rds')",
    paste(dQuote(.libPaths(), FALSE), collapse = ", "), folder, folder, folder
  ))
  out <- readRDS(file.path(folder, "out.rds"))
  draws <- sample_posterior(fit, c(0, 0), ndraws = 50, seed = 3)
  expect_identical(out[[1]][[1]], draws)
  expect_identical(out[[1]][[2]], draws)
  expect_identical(out[[2]][[1]], log_density(fit, matrix(0.1, 1, 2), c(0, 0)))
  expect_identical(out[[2]][[2]], out[[2]][[1]])
})

test_that("a file holds no code unless it is asked for", {
  file <- withr::local_tempfile()
  save_fit(small_fit(), file)
  expect_null(load_fit(file)$model)
  compiled <- load_fit(file, compile = TRUE)
  expect_s3_class(compiled$model, "amortflow_model")
  expect_identical(
    simulate(compiled$model, nsim = 5, seed = 1)$data,
    simulate(example_model("two_moons"), nsim = 5, seed = 1)$data
  )
  given <- load_fit(file, model = example_model("two_moons"))
  expect_identical(given$model, example_model("two_moons"))
})

test_that("offline fits keep their validation set in the file", {
  simulations <- simulate(example_model("two_moons"), nsim = 100, seed = 1)
  fit <- fit_posterior(
    simulations = simulations, epochs = 1, seed = 1, silent = TRUE,
    inference = inference_coupling_flow(depth = 1, width = 8)
  )
  file <- withr::local_tempfile()
  save_fit(fit, file)
  restored <- load_fit(file)
  expect_equal(restored$validation$parameters, fit$validation$parameters)
  expect_equal(restored$validation$data, fit$validation$data)
})

test_that("truncated, damaged and foreign files are refused", {
  file <- withr::local_tempfile()
  save_fit(small_fit(), file)
  bytes <- readBin(file, "raw", file.size(file))
  refused <- function(bytes) {
    broken <- withr::local_tempfile()
    writeBin(bytes, broken)
    expect_error(load_fit(broken), class = "amortflow_error_format")
  }
  refused(raw(0))
  refused(head(bytes, 5))
  refused(head(bytes, 30))
  refused(head(bytes, -1))
  refused(head(bytes, length(bytes) / 2))
  refused(charToRaw("a text file that is no fit at all, but long enough to be one"))
  flipped <- bytes
  flipped[[length(bytes) - 100]] <- xor(flipped[[length(bytes) - 100]], as.raw(1))
  refused(flipped)
  newer <- bytes
  newer[[9]] <- as.raw(99)
  broken <- withr::local_tempfile()
  writeBin(newer, broken)
  expect_error(load_fit(broken), "version 99", class = "amortflow_error_format")
  expect_error(load_fit("no such file"), class = "amortflow_error_format")
})

test_that("an unwritable path is an error and leaves nothing behind", {
  folder <- withr::local_tempdir()
  path <- file.path(folder, "missing", "fit")
  expect_error(
    save_fit(small_fit(), path),
    class = "amortflow_error_format"
  )
  expect_length(list.files(folder, recursive = TRUE), 0)
})
