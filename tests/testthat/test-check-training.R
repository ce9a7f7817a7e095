trained <- function(code = "converged") {
  fit <- conjugate_fit()
  fit$history <- data.frame(
    epoch = 1:3, loss = c(3, 2, 1.5), validation_loss = c(2.9, 2.1, 2.3),
    learning_rate = 1e-3, seconds = c(1, 2, 3)
  )
  fit$outcome <- list(code = code, advice = "Look closer.", best_epoch = 2)
  fit
}

test_that("history and outcome become a table and a sentence", {
  check <- check_training(trained())
  expect_equal(check$best, c(FALSE, TRUE, FALSE))
  expect_match(sentence(check), "Training converged after 3 epochs and 3.0 s")
  expect_match(sentence(check), "epoch 2: loss 2.000, validation loss 2.100")
  expect_match(sentence(check), "Look closer")
  expect_match(sentence(check_training(trained("diverged"))), "Training diverged")
  expect_match(sentence(check_training(trained("tired"))), "ended as \"tired\"")
  expect_error(check_training(1), class = "amortflow_error_argument")
})

test_that("a loss that is not finite leaves a gap, not an error", {
  fit <- trained()
  fit$history$loss[[3]] <- NaN
  plot <- plot(check_training(fit))
  expect_equal(nrow(plot$data), 5)
  expect_error(ggplot2::ggplot_build(plot), NA)
})

test_that("without a finished epoch there is nothing to draw", {
  fit <- trained("interrupted")
  fit$history <- fit$history[0, ]
  expect_refused(
    plot(check_training(fit)), "argument", "at least one finished epoch"
  )
  expect_refused(plot(fit), "argument", "at least one finished epoch")
  expect_refused(
    plot(check_training(trained())[, 1:2]), "argument", "it lacks validation_loss"
  )
})
