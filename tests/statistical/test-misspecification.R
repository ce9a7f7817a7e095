# Two-dimensional Gaussian means, 100 observations a data set, 10 data sets a test (Schmitt et al. 2023; tutorial
# Model_Misspecification of BayesFlow). Seeds are fixed. Of 1,000 tests at level 0.05, the share that rejects has a
# standard error of 0.0069 where the model is right: outside 0.05 +- 0.02 in 0.4 % of runs. A test of power 0.98 would
# be found below 0.95 less than once in 1e8 runs.

# `sd`: of the prior.
means_model <- function(sd) {
  generative_model(
    rlang::inject(priors(mu ~ normal(0, !!sd, dim = 2))),
    simulator(function(theta) {
      n <- nrow(theta$mu)
      centre <- aperm(array(theta$mu, c(n, 2, 100)), c(1, 3, 2))
      centre + array(rnorm(n * 200), c(n, 100, 2))
    }, vectorized = TRUE),
    observed = "exchangeable"
  )
}

fit_means <- function(...) {
  fit_posterior(
    means_model(1),
    summary = summary_deep_set(summary_dim = 2),
    inference = inference_coupling_flow(depth = 2),
    epochs = 15, batches_per_epoch = 500, batch_size = 32, seed = 1, cores = 2, silent = TRUE, ...
  )
}

# Share of tests that reject, each with data sets and simulations of its own.
rejections <- function(fit, model, repetitions = 1000) {
  p_values <- vapply(seq_len(repetitions), function(i) {
    observed <- simulate(model, nsim = 10, seed = 20000 + i)
    summary(check_misspecification(fit, observed, nnull = 199, seed = i, cores = 2))$p_value
  }, 1)
  mean(p_values <= 0.05)
}

fit <- fit_means()

test_that("right models are rejected in 5 % of tests, wrong ones nearly always", {
  level <- rejections(fit, means_model(1))
  power <- rejections(fit, means_model(4))
  report_figure("misspecification: level", level)
  report_figure("misspecification: power at prior sd 4", power)
  expect_lte(abs(level - 0.05), 0.02)
  expect_gte(power, 0.95)
})

# One number of ten is an outlier, off by normal(0, 10): beyond the prior predictive, and of another shape than the
# slab. 1,000 data sets: the largest standard errors, of plain training with outliers, are 0.42 nats and 2 % of the root
# mean squared error; the gaps found are 11 nats and a factor of 3, so that chance fails a bound less than once in 1e9.
test_that("robust training bears outliers, and costs little where there are none", {
  robust <- fit_means(noise = spike_and_slab(probability = 0.1, slab = 2))
  fits <- list(plain = fit, robust = robust)
  clean <- simulate(means_model(1), nsim = 1000, seed = 5)
  outliers <- clean
  outliers$data <- withr::with_seed(6, {
    off <- runif(length(clean$data)) < 0.1
    clean$data + off * rnorm(length(clean$data), 0, 10)
  })
  figures <- list()
  for (data in c("clean", "outliers")) {
    sets <- get(data)
    for (name in names(fits)) {
      means <- apply(unclass(sample_posterior(fits[[name]], sets, ndraws = 200, seed = 1)), c(2, 3), mean)
      one <- c(
        rmse = sqrt(mean((means - sets$parameters)^2)),
        log_density = mean(log_density(fits[[name]], sets$parameters, sets))
      )
      figures[[data]][[name]] <- one
      report_figure(sprintf("%s data, %s training: RMSE", data, name), one[["rmse"]])
      report_figure(sprintf("%s data, %s training: log density", data, name), one[["log_density"]])
    }
  }
  expect_lte(figures$outliers$robust[["rmse"]], 0.5 * figures$outliers$plain[["rmse"]])
  expect_gte(figures$outliers$robust[["log_density"]], figures$outliers$plain[["log_density"]] + 5)
  expect_lte(figures$clean$robust[["rmse"]], 1.1 * figures$clean$plain[["rmse"]])
})
