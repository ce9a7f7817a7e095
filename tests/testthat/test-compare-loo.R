# theta ~ normal(0, 1), 20 observations of sd 1: without one of them the predictive is normal.
one_mean <- function(prior_sd, scale) {
  model <- generative_model(
    priors(theta ~ normal(0, prior_sd, dim = 1)),
    simulator(function(theta) rnorm(20, theta$theta)),
    observed = "exchangeable",
    log_lik = function(theta, data) dnorm(data, theta$theta, 1, log = TRUE)
  )
  conjugate_fit("exchangeable", 1, n_obs = c(1, 20), model = model, scale = scale)
}
x <- withr::with_seed(1, rnorm(20, 0.5))
exact <- function(x, prior_sd) {
  precision <- length(x) - 1 + 1 / prior_sd^2
  means <- (sum(x) - x) / precision
  sum(dnorm(x, means, sqrt(1 + 1 / precision), log = TRUE))
}

test_that("leave-one-out corrects for draws that are not of the posterior", {
  # Standard deviations over ten seeds: 0.0134 (from draws of the posterior itself), 0.0309 and 0.0055. Five of each:
  # false alarm in 1 of 6e5 runs.
  bounds <- c("1" = 0.07, "0.8" = 0.16, "1.4" = 0.03)
  for (scale in names(bounds)) {
    found <- loo::loo(one_mean(1, as.numeric(scale)), x, ndraws = 10000, seed = 1) |>
      suppressWarnings()
    expect_s3_class(found, c("psis_loo_ap", "psis_loo"))
    expect_true(all(is.finite(found$diagnostics$pareto_k)))
    expect_lt(abs(found$estimates["elpd_loo", "Estimate"] - exact(x, 1)), bounds[[scale]])
  }
})

test_that("loo_compare() works, and many data sets are a list", {
  found <- list(
    near = loo::loo(one_mean(1, 1), x, ndraws = 4000, seed = 1),
    narrow = loo::loo(one_mean(0.05, 0.8), x, ndraws = 4000, seed = 1)
  ) |> suppressWarnings()
  expect_gt(exact(x, 1), exact(x, 0.05))
  compared <- loo::loo_compare(found)
  expect_equal(rownames(compared)[[1]], "near")
  many <- loo::loo(one_mean(1, 1), list(x, x[1:10]), ndraws = 500, seed = 1, save_psis = TRUE)
  expect_length(many, 2)
  expect_s3_class(many[[2]]$psis_object, "psis")
  expect_equal(nrow(many[[2]]$pointwise), 10)
})

test_that("a fit without likelihood is a classed error", {
  expect_error(loo::loo(conjugate_fit(), 1:2), class = "amortflow_error_unsupported")
})
