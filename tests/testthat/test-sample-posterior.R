test_that("one data set gives a draws_array with one chain", {
  draws <- sample_posterior(conjugate_fit(), c(2, -1), ndraws = 4000, seed = 3)
  expect_s3_class(draws, "draws_array")
  expect_equal(dim(draws), c(4000, 1, 2))
  expect_equal(posterior::variables(draws), c("theta[1]", "theta[2]"))
  # Standard error 0.011; 5 of them: false alarm in 1 of 1e6 runs.
  expect_equal(mean(draws[, , 1]), 1, tolerance = 0.056)
  expect_equal(mean(draws[, , 2]), -0.5, tolerance = 0.112)
})

test_that("what posterior does with draws still works", {
  draws <- sample_posterior(conjugate_fit(), c(2, -1), ndraws = 50, seed = 3)
  expect_s3_class(summarise_draws(draws), "draws_summary")
  expect_equal(ndraws(draws), 50)
  expect_equal(nrow(as_draws_df(draws)), 50)
  expect_equal(dim(as_draws_matrix(draws)), c(50, 2))
  expect_s3_class(
    posterior::subset_draws(draws, variable = "theta[2]"), "draws_array"
  )
  expect_output(print(draws), "draws_array")
})

test_that("many data sets, also one of many, give amortflow_draws", {
  fit <- conjugate_fit()
  many <- sample_posterior(fit, rbind(c(2, -1), c(0, 5)), ndraws = 30, seed = 3)
  expect_s3_class(many, "amortflow_draws")
  expect_equal(dim(many), c(30, 2, 2))
  single <- sample_posterior(fit, matrix(0, 1, 2), ndraws = 30, seed = 3)
  expect_s3_class(single, "amortflow_draws")
  expect_length(single, 1)
})

test_that("by = gives the data sets their labels", {
  fit <- conjugate_fit("exchangeable", 1, n_obs = c(1, 9))
  frame <- data.frame(school = c("b", "a", "b"), y = c(4, 0, 4))
  draws <- sample_posterior(fit, frame, by = "school", ndraws = 2000, seed = 1)
  expect_equal(dimnames(draws)[[2]], c("b", "a"))
  # Posterior mean 8 / 3, sd 0.58: standard error 0.013.
  expect_equal(mean(draws[["b"]]), 8 / 3, tolerance = 0.065 / 2.67)
})

test_that("the seed decides, and NULL takes R's generator", {
  fit <- conjugate_fit()
  draw <- function(...) sample_posterior(fit, c(0, 0), ndraws = 5, ...)
  expect_identical(draw(seed = 1), draw(seed = 1))
  expect_false(identical(draw(seed = 1), draw(seed = 2)))
  first <- withr::with_seed(9, draw())
  expect_identical(withr::with_seed(9, draw()), first)
})

test_that("wrong arguments are classed errors", {
  fit <- conjugate_fit()
  expect_error(
    sample_posterior(lm, 1), "fit_posterior()",
    class = "amortflow_error_argument"
  )
  expect_error(
    sample_posterior(fit, c(0, 0), ndraws = 0.5),
    class = "amortflow_error_argument"
  )
  expect_error(
    sample_posterior(fit, c(0, 0), refine = "auto"),
    class = "amortflow_error_unsupported"
  )
  expect_error(
    sample_posterior(fit, c(0, 0), refine = "always"),
    class = "amortflow_error_argument"
  )
  expect_error(
    sample_posterior(fit, c(0, 0), prior = 1),
    class = "amortflow_error_unsupported"
  )
  expect_error(
    sample_posterior(fit, c(0, 0), context = list(1)),
    class = "amortflow_error_context"
  )
  expect_error(sample_posterior(fit, c(0, 0), nsamples = 10), "unused argument")
})

test_that("errors from below are shown as those of the user's call", {
  fit <- small_fit()
  fit$weights <- fit$weights[1:100]
  shown <- function(code) {
    error <- expect_error(code, class = "amortflow_error_format")
    as.character(conditionCall(error)[[1]])
  }
  expect_equal(shown(sample_posterior(fit, c(0, 0))), "sample_posterior")
  expect_equal(shown(log_density(fit, c(0, 0), c(0, 0))), "log_density")
  expect_equal(shown(pp_check(fit, c(0, 0))), "pp_check")
  expect_equal(shown(check_recovery(fit, nsim = 5)), "check_recovery")
})
