# Summaries that are the data themselves: x ~ normal(0, sqrt(2)) in two dimensions.
identity_fit <- function() {
  if (is.null(fitted_once$identity)) {
    fitted_once$identity <- fit_posterior(
      generative_model(
        priors(mu ~ normal(0, 1, dim = 2)),
        simulator(\(theta) matrix(rnorm(length(theta$mu), theta$mu), ncol = 2), vectorized = TRUE)
      ),
      inference = inference_coupling_flow(depth = 2, width = 16),
      epochs = 1, batches_per_epoch = 5, validation = 50, seed = 1, silent = TRUE
    )
  }
  fitted_once$identity
}

marginal_data <- function(n, sd = sqrt(2), seed = 1) {
  withr::with_seed(seed, matrix(rnorm(2 * n, 0, sd), n))
}

test_that("the discrepancy is that of its definition", {
  withr::local_seed(1)
  reference <- matrix(rnorm(14), 7)
  pool <- matrix(rnorm(10), 5)
  kernel <- scale_kernel("gaussian", 2)
  k <- function(a, b) mean(exp(-sum((a - b)^2) / (2 * c(0.25, 0.5, 1, 2, 4))))
  pairs <- function(x, y, same) {
    all <- outer(seq_len(nrow(x)), seq_len(nrow(y)), Vectorize(\(i, j) k(x[i, ], y[j, ])))
    if (same) mean(all[row(all) != col(all)]) else mean(all)
  }
  set <- pool[c(2, 5, 3), ]
  biased <- pairs(reference, reference, FALSE) + pairs(set, set, FALSE) - 2 * pairs(reference, set, FALSE)
  unbiased <- pairs(reference, reference, TRUE) + pairs(set, set, TRUE) - 2 * pairs(reference, set, FALSE)
  expect_equal(kernel_discrepancy(reference, pool, kernel, FALSE)(c(2, 5, 3)), biased)
  expect_equal(kernel_discrepancy(reference, pool, kernel, TRUE)(c(2, 5, 3)), unbiased)
  # In a set of one point, the pair with itself, whose kernel is 1.
  alone <- 1 - 2 * pairs(reference, pool[4, , drop = FALSE], FALSE)
  expect_equal(
    kernel_discrepancy(reference, pool, kernel, TRUE)(4), alone + pairs(reference, reference, TRUE)
  )
  expect_equal(scale_kernel("inverse_multiquadric", 1)(3), mean(kernel_multiples / (kernel_multiples + 3)))
})

# The mean of 4,000 discrepancies of sets from the same distribution given one reference is 0 only over references too:
# hence a fresh reference each time. Standard error 0.0012; a bound of 5 of them is exceeded with probability 6e-7.
test_that("the U-statistic is unbiased, the V-statistic is not", {
  withr::local_seed(2)
  kernel <- scale_kernel("gaussian", 2)
  values <- replicate(4000, {
    reference <- matrix(rnorm(20))
    pool <- matrix(rnorm(5))
    c(
      kernel_discrepancy(reference, pool, kernel, TRUE)(1:5),
      kernel_discrepancy(reference, pool, kernel, FALSE)(1:5)
    )
  })
  error <- apply(values, 1, sd) / sqrt(4000)
  expect_lt(abs(mean(values[1, ])), 5 * error[[1]])
  expect_gt(mean(values[2, ]), 20 * error[[2]])
})

# 400 tests at level 0.05 on 40 simulations each: 20 +- 4.4 reject; fewer than 4 or more than 40 in 1e-5 of runs.
test_that("the test has its level with few simulations, and so have p-values of single data sets", {
  found <- withr::with_seed(3, replicate(400, {
    check <- compare_summaries(
      matrix(rexp(6), 3), matrix(rexp(80), 40), "gaussian", "unbiased", 99, "given"
    )
    c(summary(check)$p_value, check$p_value[[1]])
  }))
  expect_true(all(rowSums(found <= 0.05) %in% 4:40))
})

test_that("p-values of single data sets are shares that are at least as far", {
  expect_equal(conformal_p_values(c(0, 2, 2.5, 9), c(1, 2, 3, 4)), c(5, 4, 3, 1) / 5)
})

test_that("whitening takes correlation and scale away, and bears constants", {
  withr::local_seed(4)
  x <- matrix(rnorm(6000), 2000) %*% matrix(c(5, 1, 0, 0, 1, 3, 0, 0, 1e-3), 3)
  white <- whitening(x)(x)
  # Shrinking leaves a part of the correlation of 0.95.
  expect_equal(cov(white), diag(3), tolerance = 0.1)
  expect_equal(colMeans(white), rep(0, 3), tolerance = 1e-6)
  constant <- whitening(cbind(x[, 1], 7))(cbind(x[, 1], 7))
  expect_true(all(is.finite(constant)))
  expect_equal(constant[, 2], rep(0, 2000))
  expect_true(all(is.finite(whitening(x[1:3, ])(x))))
})

test_that("data of the model are found right, others wrong", {
  fit <- identity_fit()
  right <- check_misspecification(fit, marginal_data(20), nnull = 199, seed = 2)
  expect_s3_class(right, "amortflow_check")
  expect_named(right, c("data_set", "distance", "p_value"))
  expect_equal(nrow(right), 20)
  all <- summary(right)
  expect_gt(all$p_value, 0.05)
  expect_equal(c(all$n_sets, all$n_null, all$n_sim), c(20, 199, 1000))
  expect_match(sentence(right), "No misspecification found.*20 data sets are distributed")
  wide <- check_misspecification(fit, marginal_data(20, 6), nnull = 199, seed = 2)
  expect_equal(summary(wide)$p_value, 1 / 200)
  expect_gt(summary(wide)$mmd_squared, summary(wide)$critical)
  expect_gt(summary(wide)$n_atypical, 5)
  expect_match(sentence(wide), "Misspecified.*not distributed as simulations.*data sets are atypical")
  for (kernel in c("gaussian", "inverse_multiquadric")) {
    for (statistic in c("unbiased", "biased")) {
      check <- check_misspecification(
        fit, marginal_data(20, 6),
        nnull = 99, kernel = kernel, statistic = statistic, seed = 2
      )
      expect_equal(summary(check)$p_value, 0.01)
    }
  }
})

test_that("one data set is a set of one", {
  fit <- identity_fit()
  check <- check_misspecification(fit, c(9, -9), nnull = 99, seed = 1)
  expect_equal(nrow(check), 1)
  # A null set may be the observed point itself.
  expect_lte(summary(check)$p_value, 0.04)
  expect_match(sentence(check), "the data set is not where simulations are")
  expect_no_match(sentence(check), "For itself")
})

test_that("the same seed gives the same check, and R's generator is left alone", {
  fit <- identity_fit()
  set.seed(1)
  before <- .Random.seed
  first <- check_misspecification(fit, marginal_data(5), nsim = 100, nnull = 20, seed = 3)
  expect_identical(.Random.seed, before)
  expect_identical(first, check_misspecification(fit, marginal_data(5), nsim = 100, nnull = 20, seed = 3))
  given <- simulate(fit$model, nsim = 60, seed = 8)
  check <- check_misspecification(fit, marginal_data(5), simulations = given, nnull = 20, seed = 3)
  expect_equal(summary(check)$n_sim, 60)
  expect_match(sentence(check), "60 given simulations")
})

test_that("summaries of a network and labels of data sets are taken", {
  fit <- fit_posterior(
    example_model("gaussian_mean"),
    summary = summary_deep_set(summary_dim = 3, width = 16),
    inference = inference_coupling_flow(depth = 2, width = 16),
    epochs = 1, batches_per_epoch = 5, validation = 50, seed = 1, silent = TRUE
  )
  data <- data.frame(withr::with_seed(1, matrix(rnorm(400), 100)), g = rep(c("a", "b"), each = 50))
  check <- check_misspecification(fit, data, by = "g", nsim = 100, nnull = 20, seed = 1)
  expect_identical(check$data_set, c("a", "b"))
})

test_that("plots are drawn, of one summary too", {
  check <- check_misspecification(identity_fit(), marginal_data(5), nsim = 100, nnull = 50, seed = 3)
  for (type in c("null", "summaries")) {
    expect_error(ggplot2::ggplot_build(plot(check, type = type)), NA)
  }
  one <- summary_map(matrix(1:2), matrix(rnorm(10)))
  expect_equal(one$second, rep(0, 12))
  attr(check, "test") <- NULL
  expect_error(plot(check), class = "amortflow_error_argument")
  expect_null(check_sentences(check))
})

test_that("what cannot be checked is refused", {
  fit <- identity_fit()
  expect_error(check_misspecification(fit), class = "amortflow_error_argument")
  expect_error(check_misspecification(1, marginal_data(5)), class = "amortflow_error_argument")
  expect_error(check_misspecification(fit, "a"), class = "amortflow_error_newdata")
  expect_error(check_misspecification(fit, marginal_data(5), nsim = 19, seed = 1), "at least 20 simulations, not 19")
  expect_error(check_misspecification(fit, marginal_data(5), nnull = 0), class = "amortflow_error_argument")
  expect_error(check_misspecification(fit, marginal_data(5), kernel = "box"), class = "amortflow_error_argument")
})
