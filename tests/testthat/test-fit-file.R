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

test_that("a folder is no file of a fit", {
  folder <- withr::local_tempdir()
  expect_refused(load_fit(folder), "format", "must be a file, not a folder")
  expect_refused(save_fit(small_fit(), folder), "format", "not a folder")
})

# Files whose hash is right, but one part of them is not.
offline_content <- function() {
  file <- withr::local_tempfile()
  fit <- fit_posterior(
    example_model("two_moons"), simulate(example_model("two_moons"), nsim = 40, seed = 1),
    epochs = 1, seed = 1, silent = TRUE,
    inference = inference_coupling_flow(depth = 1, width = 8)
  )
  save_fit(fit, file)
  core_read_fit(file)
}

crafted <- function(content, change) {
  file <- withr::local_tempfile(.local_envir = parent.frame())
  core_write_fit(file, change(content$fit), content$weights)
  file
}

test_that("the content of a file comes back whole", {
  content <- offline_content()
  fit <- load_fit(crafted(content, identity))
  expect_output(print(fit), "two_moons|none attached")
  expect_named(fit$spec$support$lower, fit$spec$variables)
  expect_type(fit$history$epoch, "integer")
})

test_that("files with parts that are odd or fit nothing else are refused", {
  content <- offline_content()
  changes <- list(
    "spec$variables <- 'theta[1]'", "spec$variables <- c('a', 'a')",
    "spec$variables <- 1:2", "spec$support <- NULL",
    "spec$support$lower <- 0", "spec$support$lower <- c(2, 2)",
    "spec$observables[[1]]$width <- 3", "spec$observables[[1]]$names <- 'x'",
    "spec$observables[[1]]$n_obs <- c(1, 9)",
    "spec$observables[[1]]$n_obs <- NULL",
    "spec$observables[[1]]$observed <- NULL",
    "spec$observables[[1]]$observed <- 'odd'", "spec$observables <- list()",
    "spec$observables[[1]]$name <- 'other'", "spec$context <- 'n'",
    paste(
      "spec$observables[[1]]$observed <- 'series';",
      "x$spec$observables[[1]]$n_obs <- c(2, 2)"
    ),
    "spec$kind <- 'likelihood'", "spec$seed <- 'one'",
    "spec$summary <- 'deep_set'", "spec$summary$kind <- 'odd'",
    "spec$summary <- list(1)", "spec$inference <- NULL",
    "spec$inference$depth <- 2", "spec$inference$odd <- 2",
    "spec$training <- NULL", "spec$training$epochs <- 'many'",
    "spec$training$average <- 'a lot'", "spec$training$average <- NaN",
    "spec$training$weight_decay <- c(1, 2)", "spec$training$until_converged <- 'yes'",
    "versions$device <- 1",
    "spec$estimator <- NULL", "spec$estimator$parameter_count <- 3",
    "spec$estimator$observables[[1]]$width <- 1",
    "spec$estimator$context_width <- 1", "spec$estimator$inference$width <- 9",
    "spec$estimator$odd <- 1",
    "adapter <- NULL", "adapter$odd <- 1", "adapter$shown <- NULL",
    "adapter$variables <- NULL", "adapter$parameters[[1]]$lower <- 0",
    "adapter$data[[1]][[1]]$mean <- 0", "adapter$data[[1]][[1]]$odd <- 0",
    "adapter$data[[1]][[1]]$kind <- 'odd'", "adapter$data <- 'odd'",
    "adapter$data[[1]][[1]]$sd <- c('a', 'b')", "adapter$keep <- 1",
    "adapter$direct <- list(9)", "adapter$shown$parameters <- 'a'",
    "adapter$may_miss <- list('a')", "adapter$statistics <- list(names = 'a')", "adapter$data <- list()",
    "history$loss <- c(1, 2)", "history$seconds <- NULL",
    "history$loss <- 'low'", "history <- 'short'",
    "outcome <- NULL", "outcome$code <- 'fine'", "outcome$best_epoch <- NULL",
    "outcome$advice <- 3", "outcome$n_weights <- 'x'", "versions$libtorch <- 1",
    "versions <- NULL", "hash <- 1", "source_hash <- list()",
    "model$prior <- 'odd'", "model <- 'odd'", "model$observed <- 'series'",
    "validation <- 'odd'", "validation$data[[1]]$lengths <- 1",
    "validation$data[[1]]$values <- 1:3", "validation$parameters <- NULL",
    "validation$data <- NULL", "validation$support <- NULL",
    "validation$context_names <- 'n'",
    "validation$variables <- 'a'"
  )
  for (change in changes) {
    file <- crafted(content, function(x) {
      eval(parse(text = paste0("x$", change)))
      x
    })
    expect_error(load_fit(file), class = "amortflow_error_format", info = change)
  }
})

test_that("a file must be named", {
  expect_refused(save_fit(small_fit()), "argument", "`path` must be given")
  expect_refused(save_fit(), "argument", "`fit` must be given")
  expect_refused(load_fit(), "argument", "`path` must be given")
})
