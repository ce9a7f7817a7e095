# Probabilities that are right, of data sets whose truth follows them.
calibrated <- function(n, seed) {
  withr::with_seed(seed, {
    p <- rbeta(n, 1, 1)
    truth <- ifelse(runif(n) < p, "a", "b")
    new_check(
      data.frame(
        sim_id = rep(seq_len(n), 2), true_model = rep(truth, 2),
        model = rep(c("a", "b"), each = n), probability = c(p, 1 - p),
        log_probability = log(c(p, 1 - p))
      ),
      "comparison",
      models = c("a", "b")
    )
  })
}

# False-alarm rate: 20 bins at 95 % bands, half of them mirrored: more than four of ten outside has probability 6e-5.
test_that("right probabilities are found right, wrong ones wrong", {
  right <- summary(calibrated(2000, 1))
  outside <- with(right$calibration, sum(frequency < lower | frequency > upper))
  expect_lte(outside, 8)
  expect_lt(max(right$ece$ece), 0.05)
  sure <- calibrated(2000, 1)
  sure$probability <- sure$probability^3 / (sure$probability^3 + (1 - sure$probability)^3)
  sure$log_probability <- log(sure$probability)
  wrong <- summary(sure)
  expect_gt(max(wrong$ece$ece), 0.08)
  expect_gt(wrong$scores$log_score, right$scores$log_score)
})

test_that("scores are what they are defined as", {
  table <- new_check(
    data.frame(
      sim_id = rep(1:4, 2), true_model = rep(c("a", "a", "b", "b"), 2),
      model = rep(c("a", "b"), each = 4),
      probability = c(0.9, 0.4, 0.2, 0.7, 0.1, 0.6, 0.8, 0.3)
    ),
    "comparison",
    models = c("a", "b")
  )
  table$log_probability <- log(table$probability)
  scores <- summary(table)$scores
  expect_equal(scores$accuracy, 0.5)
  expect_equal(scores$log_score, -mean(log(c(0.9, 0.4, 0.8, 0.3))))
  expect_equal(scores$brier_score, mean(2 * c(0.1, 0.6, 0.2, 0.7)^2))
  expect_equal(
    unname(summary(table)$confusion), matrix(0.5, 2, 2)
  )
  expect_equal(unname(rowSums(summary(table)$confusion)), c(1, 1))
})

test_that("a comparison is checked on fresh and on given simulations", {
  heads <- function(a, b) {
    generative_model(
      prior_function(function() c(p = rbeta(1, a, b))),
      simulator(function(theta) rbinom(1, 50, theta$p))
    )
  }
  models <- list(low = heads(1, 10), high = heads(10, 1))
  fit <- fit_comparison(
    models,
    epochs = 4, batches_per_epoch = 20, batch_size = 64, validation = 100,
    seed = 1, silent = TRUE
  )
  check <- check_comparison(fit, nsim = 200, seed = 2)
  expect_equal(nrow(check), 400)
  expect_gt(summary(check)$scores$accuracy, 0.9)
  expect_output(print(check), "most probable model is the true one")
  expect_s3_class(plot(check), "ggplot")
  expect_s3_class(plot(check, type = "confusion"), "ggplot")
  given <- check_comparison(fit, lapply(models, simulate, nsim = 50, seed = 3))
  expect_equal(length(unique(given$sim_id)), 100)
  expect_error(
    check_comparison(fit, list(a = given, b = given)),
    class = "amortflow_error_argument"
  )
})
