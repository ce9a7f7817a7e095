small <- function(...) {
  fit_posterior(
    example_model("two_moons"),
    inference = inference_coupling_flow(depth = 1, width = 16),
    epochs = 1, batches_per_epoch = 5, batch_size = 32, validation = 50,
    seed = 5, silent = TRUE, ...
  )
}

test_that("without CUDA \"cuda\" is refused at once, with what was found and how to mend it", {
  skip_if(backend_info()$cuda, "a CUDA device is there")
  error <- expect_error(small(device = "cuda"), class = "amortflow_error_device")
  expect_match(conditionMessage(error), "needs a CUDA device")
  if (!backend_info()$cuda_built) {
    expect_match(conditionMessage(error), basename(backend_info()$libtorch_path), fixed = TRUE)
  }
  expect_match(conditionMessage(error), "device = \"auto\"", fixed = TRUE)
  expect_error(small(device = "gpu"), class = "amortflow_error_argument")
})

test_that("without CUDA \"auto\" is the CPU, and print says so", {
  skip_if(backend_info()$cuda, "a CUDA device is there")
  fit <- small(device = "auto")
  expect_identical(fit$versions$device, "cpu")
  expect_identical(fit$weights, small()$weights)
  expect_match(capture.output(print(fit)), "on the CPU \\(instruction set", all = FALSE)
})

test_that("a fit that a CUDA device trained says so, and is as good as the CPU's", {
  skip_if_not(backend_info()$cuda, "no CUDA device")
  train <- function(device) {
    fit_posterior(
      conjugate_model(),
      inference = inference_coupling_flow(depth = 2, width = 32),
      epochs = 10, batches_per_epoch = 100, seed = 1, silent = TRUE, device = device
    )
  }
  cuda <- train("cuda")
  expect_identical(cuda$versions$device, "cuda")
  expect_match(capture.output(print(cuda)), "on a CUDA device", all = FALSE)
  # Losses of the same validation set; 1,000 steps from one start leave less than this between them.
  expect_lt(
    abs(cuda$outcome$best_validation_loss - train("cpu")$outcome$best_validation_loss), 0.05
  )
})

test_that("fits without a device in their versions were made on the CPU", {
  expect_identical(
    describe_device(list(instruction_set = "sse2")), "the CPU (instruction set sse2)"
  )
})
