test_that("a classifier tells normals apart nearly as well as the best can", {
  set.seed(3)
  reference <- matrix(rnorm(4000), ncol = 2)
  draws <- matrix(rnorm(4000, mean = 1), ncol = 2)
  accuracy <- classifier_two_sample(reference, draws, seed = 1)
  # The best is pnorm(sqrt(2) / 2) = 0.7602; standard error 0.0068 for 4,000 rows.
  # No classifier is better in the mean: false alarms above 5 standard errors 3e-7.
  expect_lt(accuracy, 0.7602 + 5 * 0.0068)
  expect_gt(accuracy, 0.7602 - 0.03 - 5 * 0.0068)
  expect_identical(
    classifier_two_sample(reference, draws, seed = 1, cores = 2), accuracy
  )
  set.seed(4)
  drawn <- classifier_two_sample(reference, draws)
  set.seed(4)
  expect_identical(classifier_two_sample(reference, draws), drawn)
})

test_that("samples that cannot be told apart are refused", {
  x <- matrix(rnorm(40), ncol = 2)
  expect_error(classifier_two_sample(x[, 1], x), class = "amortflow_error_argument")
  expect_error(classifier_two_sample(x, cbind(x, 1)), class = "amortflow_error_shape")
  expect_error(classifier_two_sample(x, x * NA), class = "amortflow_error_numeric")
})
