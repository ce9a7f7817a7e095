# theta ~ Pareto(1, 4), x[1..10] ~ U(0, theta): the posterior is Pareto(max(1, x), 14), so that its quantile at p is
# max(1, x) (1 - p)^(-1/14) and its mean max(1, x) 14 / 13. Seeds are fixed. The error of a mean over 2000 fresh data
# sets is below 0.0002: chance moves no figure across its tolerance.
pareto_uniform <- function() {
  generative_model(
    priors(theta ~ pareto(1, 4)),
    simulator(function(theta) matrix(runif(10 * length(theta$theta), 0, theta$theta), ncol = 10), vectorized = TRUE),
    observed = "exchangeable"
  )
}

test_that("estimates of the Pareto-uniform model are within 1 % of the exact ones", {
  model <- pareto_uniform()
  fit <- fit_point(model, seed = 1, cores = 2, silent = TRUE)
  report_figure("Pareto-uniform: seconds", max(fit$history$seconds))
  fresh <- simulate(model, 2000, seed = 2)
  least <- pmax(1, apply(fresh$data, 1, max))
  p <- predict(fit, fresh)
  exact <- data.frame(
    mean = least * 14 / 13, median = least * 2^(1 / 14), q5 = least * 0.95^(-1 / 14), q95 = least * 0.05^(-1 / 14)
  )
  error <- vapply(names(exact), \(name) mean(abs(p[[name]] / exact[[name]] - 1)), 1)
  for (name in names(exact)) report_figure(sprintf("Pareto-uniform: mean relative error of %s", name), error[[name]])
  expect_lt(error[["median"]], 0.01)
  expect_lt(error[["mean"]], 0.02)
  expect_lt(error[["q5"]], 0.02)
  expect_lt(error[["q95"]], 0.04)
})
