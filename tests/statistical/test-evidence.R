# Evidence and leave-one-out of models whose marginal likelihood is known, data set by data set. The bound of 0.02 on
# every data set is what is asked for; `mc_error` over 10,000 draws is below 0.01, mostly 0.004, and seeds are fixed.

log_evidence_regression <- function(design, y, a = 3, b = 2) {
  precision <- crossprod(design) + diag(ncol(design))
  mean <- solve(precision, crossprod(design, y))
  a_n <- a + length(y) / 2
  b_n <- b + (sum(y^2) - sum(mean * (precision %*% mean))) / 2
  -length(y) / 2 * log(2 * pi) - as.double(determinant(precision)$modulus) / 2 +
    a * log(b) - a_n * log(b_n) + lgamma(a_n) - lgamma(a)
}

# beta ~ normal(0, sigma), sigma2 ~ inv_gamma(3, 2), 50 observations, the design as context.
regression <- generative_model(
  priors(sigma2 ~ inv_gamma(3, 2), beta ~ normal(0, sqrt(sigma2), dim = 2)),
  simulator(function(theta, x) {
    y <- rnorm(length(x), theta$beta[, 1] + theta$beta[, 2] * x, sqrt(theta$sigma2))
    array(c(x, y), c(dim(x), 2), list(NULL, NULL, c("x", "y")))
  }, vectorized = TRUE),
  observed = "exchangeable", context = priors(x ~ normal(0, 1, dim = 50)),
  log_lik = function(theta, data, context) {
    center <- theta$beta[[1]] + theta$beta[[2]] * context$x
    dnorm(data[, "y"], center, sqrt(theta$sigma2), log = TRUE)
  }
)
# The design reaches the networks beside each observation; a second time it would only be noise.
fit <- fit_posterior(
  regression,
  adapter = adapter() |> adapt_select("context:x[1]"),
  inference = inference_coupling_flow(base = base_student()),
  epochs = 5, batches_per_epoch = 1000, batch_size = 64, seed = 1, cores = 2, silent = TRUE
)

report_evidence <- function(model, found, exact) {
  report_figure(sprintf("%s: largest error of log evidence", model), max(abs(found$log_evidence - exact)))
  report_figure(sprintf("%s: median error", model), median(abs(found$log_evidence - exact)))
  report_figure(sprintf("%s: largest Pareto k", model), max(found$pareto_k))
}

test_that("evidence of 50 regressions is exact to 0.02", {
  fresh <- simulate(regression, 50, seed = 99)
  exact <- vapply(1:50, function(i) {
    log_evidence_regression(cbind(1, fresh$data[i, , 1]), fresh$data[i, , 2])
  }, numeric(1))
  found <- compare_evidence(fit, fresh, seed = 5, cores = 2)
  report_evidence("regression", found, exact)
  expect_lte(max(abs(found$log_evidence - exact)), 0.02)
})

test_that("evidence of 50 Gaussian linear data sets is exact to 0.02", {
  model <- example_model("gaussian_linear")
  linear <- fit_posterior(
    model,
    epochs = 2, batches_per_epoch = 500, batch_size = 64, seed = 1, cores = 2, silent = TRUE
  )
  fresh <- simulate(model, 50, seed = 99)
  exact <- rowSums(dnorm(fresh$data, 0, sqrt(0.2), log = TRUE))
  found <- compare_evidence(linear, fresh, seed = 5, cores = 2)
  report_evidence("gaussian_linear", found, exact)
  expect_lte(max(abs(found$log_evidence - exact)), 0.02)
})

test_that("cars have their exact evidence and predictive performance", {
  standard <- scale(cars)
  data <- cbind(x = standard[, 1], y = standard[, 2])
  context <- list(x = standard[, 1])
  design <- cbind(1, standard[, 1])
  whole <- log_evidence_regression(design, standard[, 2])
  left_out <- vapply(1:50, \(i) log_evidence_regression(design[-i, ], standard[-i, 2]), 1)
  expect_equal(whole, -50.7270, tolerance = 1e-6)
  expect_equal(sum(whole - left_out), -47.2937, tolerance = 1e-5)
  found <- compare_evidence(fit, data, context, seed = 5, cores = 2)
  report_evidence("cars", found, whole)
  expect_lte(abs(found$log_evidence - whole), 0.02)
  left <- suppressWarnings(loo::loo(fit, data, context, ndraws = 10000, seed = 5, cores = 2))
  error <- left$estimates["elpd_loo", "Estimate"] - sum(whole - left_out)
  report_figure("cars: error of elpd_loo", error)
  report_figure("cars: largest Pareto k of leave-one-out", max(left$diagnostics$pareto_k))
  expect_lte(abs(error), 0.2)
})

test_that("evidence comes from a learned likelihood", {
  model <- example_model("gaussian_linear")
  joint <- fit_joint(model, seed = 1, silent = TRUE)
  # A model of the same prior that knows no likelihood.
  joint$model <- generative_model(model$prior, simulator(function(theta) rnorm(10)))
  data <- simulate(model, 50, seed = 77)$data
  learned <- compare_evidence(joint, data, seed = 1)
  error <- abs(learned$log_evidence - rowSums(dnorm(data, 0, sqrt(0.2), log = TRUE)))
  # Fixed seeds; measured .026 and .089.
  expect_lte(median(error), 0.05)
  expect_lte(quantile(error, 0.9), 0.15)
})
