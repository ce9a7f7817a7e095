test_that("backend_info() names LibTorch, its library and the BLAS", {
  info <- backend_info()
  expect_s3_class(info, "amortflow_backend")
  expect_match(info$libtorch, "^[0-9]+[.][0-9]+")
  expect_true(file.exists(info$libtorch_path))
  expect_true(file.exists(info$blas))
  expect_gte(info$cores, 1)
  expect_identical(info$cuda_devices > 0, info$cuda)
})

test_that("beside a fit it says how the training ran", {
  fit <- small_fit()
  run <- backend_info(fit)$run
  expect_identical(run$shards, fit$spec$training$shards)
  expect_identical(run$steps, 60)
  expect_identical(run$simulations, 60 * fit$spec$training$batch_size)
  expect_identical(run$threads, 1)
  expect_identical(run$device, "cpu")
  expect_gte(run$seconds, run$waiting)
  shown <- paste(capture.output(print(backend_info(fit))), collapse = "\n")
  expect_match(shown, paste0("cpu, ", run$instruction_set, ", 4 shards"), fixed = TRUE)
  expect_match(shown, "1 thread; [0-9.,]+ steps and [0-9.,]+ data sets a second")
  expect_null(backend_info()$run)
  fit["speed"] <- list(NULL)
  expect_null(backend_info(fit)$run)
  expect_error(backend_info(1), class = "amortflow_error_argument")
})

test_that("an instruction set that does not exist is an error with a class", {
  # In a process of its own: kernels are chosen once in each.
  code <- paste(
    "tryCatch(amortflow::backend_info(),",
    "error = function(e) cat(class(e)[[1]]))"
  )
  said <- system2(
    file.path(R.home("bin"), "Rscript"), c("-e", shQuote(code)),
    stdout = TRUE, stderr = FALSE,
    env = c("AMORTFLOW_ISA=avx1024", paste0(
      "R_LIBS=", paste(.libPaths(), collapse = .Platform$path.sep)
    ))
  )
  expect_identical(said, "amortflow_error_config")
})

test_that("the version is read off the file name, else off build-version", {
  expect_identical(libtorch_version("/usr/lib/libtorch_cpu.so.2.6", "9"), "2.6")
  expect_identical(libtorch_version("/a/libtorch_cpu.so", "2.7.1"), "2.7.1")
  root <- tempfile()
  dir.create(file.path(root, "lib"), recursive = TRUE)
  writeLines("2.8.0+cpu", file.path(root, "build-version"))
  path <- file.path(root, "lib", "libtorch_cpu.so")
  expect_identical(libtorch_version(path, "9"), "2.8.0+cpu")
})

test_that("the reference BLAS is told from OpenBLAS", {
  triplet <- "/usr/lib/x86_64-linux-gnu"
  expect_true(is_reference_blas(file.path(triplet, "blas/libblas.so.3.11.0")))
  expect_true(is_reference_blas("/opt/R/lib/libRblas.so"))
  expect_false(is_reference_blas(file.path(triplet, "openblas/libblas.so.3")))
})

test_that("print says what to mend", {
  info <- backend_info()
  info$blas_reference <- TRUE
  info$libtorch <- "2.6.0"
  info$libtorch_compiled <- "1.13.0"
  expect_output(print(info), "reinstall amortflow")
  expect_output(print(info), "reference BLAS is many times slower")
  info$blas_reference <- FALSE
  info$libtorch_compiled <- "2.6.1"
  expect_length(backend_hints(info), 0)
})
