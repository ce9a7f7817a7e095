scheduled <- function(...) {
  arguments <- list(
    model = example_model("two_moons"),
    inference = inference_coupling_flow(depth = 2, width = 16),
    epochs = 8, batches_per_epoch = 10, batch_size = 32, validation = 100,
    seed = 5, silent = TRUE, learning_rate = 5e-4
  )
  given <- list(...)
  arguments[names(given)] <- given
  do.call(fit_posterior, arguments)
}

test_that("the schedule is a cosine for a number of epochs, else one that needs no number", {
  expect_equal(choose_schedule("auto", 10), "cosine")
  expect_equal(choose_schedule("auto", "auto"), "stable_decay")
  expect_equal(choose_schedule("plateau", "auto"), "plateau")
  expect_identical(scheduled()$weights, scheduled(schedule = "cosine")$weights)
})

test_that("rates follow the schedule", {
  rates <- lapply(
    rlang::set_names(setdiff(schedules, "auto")),
    \(schedule) scheduled(schedule = schedule)$history$learning_rate
  )
  expect_equal(vapply(rates, length, 1L), rep(8L, 5), ignore_attr = TRUE)
  expect_true(all(diff(rates$cosine) < 0))
  peak <- which.max(rates$one_cycle)
  expect_true(peak %in% 4:5)
  expect_lt(rates$one_cycle[[8]], 0.1 * 5e-4)
  expect_equal(rates$constant, rep(5e-4, 8))
  expect_equal(rates$stable_decay[1:6], rep(5e-4, 6))
  expect_true(all(diff(rates$stable_decay[6:8]) < 0))
  expect_true(all(rates$plateau %in% (5e-4 / 2^(0:10))))
})

test_that("a plateau is halved where validation no longer improves", {
  # So small a network and so few data soon learn all that they can.
  fit <- scheduled(
    schedule = "plateau", epochs = "auto", patience = 2, learning_rate = 0.01,
    batches_per_epoch = 2
  )
  expect_equal(fit$outcome$code, "converged")
  expect_lt(nrow(fit$history), fit$spec$training$epochs)
  expect_equal(min(fit$history$learning_rate), 0.01 / 2^9)
  rates <- fit$history$learning_rate
  expect_true(all(diff(rates[which.max(rates):length(rates)]) <= 0))
})

test_that("training until convergence ends by itself, at the latest at its most epochs", {
  fit <- scheduled(epochs = "auto", learning_rate = 5e-3, validation = 500)
  expect_equal(fit$spec$training$schedule, "stable_decay")
  expect_equal(fit$spec$training$epochs, default_networks(example_model("two_moons"))$epochs)
  n <- nrow(fit$history)
  expect_true(fit$outcome$code == "converged" || n == fit$spec$training$epochs)
  rates <- fit$history$learning_rate
  # The last record of an epoch is that of its last step, which is not quite zero.
  expect_lt(rates[[n]], 0.03 * 5e-3)
  stable <- max(which(rates == 5e-3))
  expect_equal(n - stable, ceiling(stable / 3))
  shown <- paste(capture.output(print(fit)), collapse = "\n")
  expect_match(shown, sprintf("%d epochs \\(at most %d\\)", n, fit$spec$training$epochs))
  expect_match(shown, "schedule \"stable_decay\"")
})

test_that("an average of the weights is kept, and said", {
  plain <- scheduled(schedule = "constant", average = FALSE)
  averaged <- scheduled(schedule = "constant", average = 0.95)
  expect_identical(plain$history$loss, averaged$history$loss)
  expect_false(identical(plain$weights, averaged$weights))
  expect_output(print(averaged), "average of weights \\(decay 0.95\\)")
  expect_equal(scheduled(average = TRUE, epochs = 1)$spec$training$average, 0.999)
})

test_that("schedules and averages are refused by name and range", {
  expect_refused(scheduled(schedule = "cosin"), "argument", "`schedule` must be one of")
  for (average in list(1, 0, -0.5, NA, "yes", c(0.9, 0.99), NULL)) {
    expect_error(scheduled(average = average), class = "amortflow_error_argument")
  }
})
