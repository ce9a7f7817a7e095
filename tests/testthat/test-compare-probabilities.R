heads <- function(a, b) {
  generative_model(
    prior_function(function() c(p = rbeta(1, a, b))),
    simulator(function(theta) rbinom(1, 50, theta$p))
  )
}

fit <- fit_comparison(
  list(low = heads(1, 10), high = heads(10, 1), any = heads(1, 1)),
  prior_prob = c(0.5, 0.25, 0.25),
  epochs = 4, batches_per_epoch = 20, batch_size = 64, validation = 100,
  seed = 1, silent = TRUE
)
p <- compare_probabilities(fit, rbind(2, 25, 48))

test_that("bridgesampling's generics agree with the probabilities", {
  skip_if_not_installed("bridgesampling")
  table <- as.matrix(as.data.frame(p)[c("low", "high", "any")])
  expect_equal(unname(bridgesampling::post_prob(p)), unname(table), tolerance = 1e-8)
  odds <- (table[, "low"] / table[, "any"]) / (0.5 / 0.25)
  expect_equal(
    unname(bridgesampling::bayes_factor(p, models = c("low", "any"))), unname(odds),
    tolerance = 1e-8
  )
  one <- compare_probabilities(fit, 25)
  expect_equal(bridgesampling::bayes_factor(one, models = c(1, 3))$bf, odds[[2]], tolerance = 1e-6)
  other <- bridgesampling::post_prob(one, prior_prob = c(0.1, 0.1, 0.8))
  weight <- table[2, ] / c(0.5, 0.25, 0.25) * c(0.1, 0.1, 0.8)
  expect_equal(unname(other), unname(weight / sum(weight)), tolerance = 1e-6)
})

test_that("rows may be taken away before they are compared", {
  skip_if_not_installed("bridgesampling")
  expect_equal(
    unname(bridgesampling::post_prob(p[3, ])), unname(bridgesampling::post_prob(p)[3, ])
  )
})

test_that("probabilities print with the odds before the data", {
  expect_output(print(p), "3 models for 3 data sets; before the data they were 0.50")
})

test_that("data sets of another kind are refused", {
  expect_error(compare_probabilities(fit, list(1:3, 1:4)), class = "amortflow_error_newdata")
  expect_error(compare_probabilities(lm(dist ~ speed, cars), 1), class = "amortflow_error_argument")
})
