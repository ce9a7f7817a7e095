# Data whose mean is 4 prior standard deviations out: the networks have not seen the like, the likelihood is known. The
# posterior is normal(50 / 51 * mean, 1 / sqrt(51)).

model <- example_model("gaussian_mean")
fit <- fit_posterior(
  model,
  epochs = 2, batches_per_epoch = 500, batch_size = 64, seed = 1, cores = 2, silent = TRUE
)
far <- withr::with_seed(1, {
  x <- matrix(rnorm(200), 50, 4)
  sweep(x, 2, colMeans(x) - 4)
})
exact <- withr::with_seed(2, matrix(rnorm(40000, 200 / 51, 1 / sqrt(51)), 10000))
two_sample <- function(draws) {
  amortflow:::classifier_two_sample(exact, matrix(draws, ncol = 4), seed = 3, cores = 2)
}

# Of equal distributions the accuracy is 0.5 with a standard deviation of 0.0035 (20,000 draws): 0.55 by chance alone
# is 14 of them.
test_that("refined draws of data far out are those of the exact posterior", {
  plain <- sample_posterior(fit, far, ndraws = 10000, seed = 4, cores = 2)
  seconds <- system.time(
    refined <- sample_posterior(
      fit, far, ndraws = 10000, refine = "auto", seed = 4, cores = 2
    )
  )[["elapsed"]]
  found <- attr(refined, "refinement")
  accuracy <- two_sample(refined)
  report_figure("refinement: C2ST of plain draws", two_sample(plain))
  report_figure("refinement: C2ST of refined draws", accuracy)
  report_figure("refinement: Pareto k", found$pareto_k)
  report_figure("refinement: rhat", found$rhat)
  report_figure("refinement: effective draws of 10,000", found$ess)
  report_figure("refinement: seconds", seconds)
  expect_equal(found$step, "mcmc")
  expect_lte(accuracy, 0.55)
})

test_that("data as in training need weights at most, and are exact, too", {
  near <- far - 3.5
  refined <- sample_posterior(fit, near, ndraws = 10000, refine = "auto", seed = 4, cores = 2)
  found <- attr(refined, "refinement")
  report_figure(sprintf("refinement of usual data (%s): k", found$step), found$pareto_k)
  accuracy <- two_sample(refined + 50 / 51 * 3.5)
  report_figure("refinement of usual data: C2ST", accuracy)
  expect_lte(accuracy, 0.55)
})
