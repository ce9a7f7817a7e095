# Probabilities of models against exact ones, on the same 20,000 fresh data sets, half of each model. Seeds are fixed.
# Where probabilities are exact, the mean log-score excess is 0 and its standard error below 0.0005, the accuracy loss
# that of ties: tolerances are ten times as large and more, so that chance alone fails them less than once in 1e6 runs.
# An expected calibration error over 10 bins of 20,000 exact probabilities is 0.008 on average and above 0.015 less than
# once in 1e4 runs.

# `exact`: function from data to the exact probability of the first model.
compare_with_exact <- function(name, models, exact, output = "softmax") {
  fit <- fit_comparison(models, output = output, seed = 1, cores = 2, silent = TRUE)
  seeds <- rlang::set_names(100 + seq_along(models), names(models))
  fresh <- lapply(names(models), \(model) simulate(models[[model]], 10000, seed = seeds[[model]]))
  names(fresh) <- names(models)
  data <- do.call(rbind, lapply(fresh, \(one) one$data))
  first <- rep(c(TRUE, FALSE), each = 10000)
  p <- exact(data)
  q <- compare_probabilities(fit, data)[[names(models)[[1]]]]
  of_truth <- function(x) ifelse(first, x, 1 - x)
  figures <- c(
    excess = mean(log(of_truth(p)) - log(of_truth(q))),
    accuracy_loss = mean(of_truth(p) > 0.5) - mean(of_truth(q) > 0.5),
    ece = max(summary(check_comparison(fit, fresh))$ece$ece),
    seconds = max(fit$history$seconds)
  )
  for (figure in names(figures)) {
    report_figure(sprintf("%s, %s: %s", name, output, figure), figures[[figure]])
  }
  figures
}

# h of 50 is beta-binomial with Beta(1, 10) or Beta(1, 20).
heads <- function(b) {
  generative_model(
    priors(p ~ beta(1, b)),
    simulator(function(theta) matrix(rbinom(length(theta$p), 50, theta$p)), vectorized = TRUE)
  )
}
exact_heads <- function(data) {
  log_evidence <- function(b) lbeta(1 + data[, 1], b + 50 - data[, 1]) - lbeta(1, b)
  1 / (1 + exp(log_evidence(20) - log_evidence(10)))
}

# Recognition memory, 50 old and 50 new items (Batchelder and Riefer 1999): one high threshold or two, guessing g.
threshold_model <- function(two) {
  generative_model(
    priors(d ~ beta(2, 2), g ~ beta(2, 2)),
    simulator(function(theta) {
      hit <- theta$d + (1 - theta$d) * theta$g
      false_alarm <- if (two) (1 - theta$d) * theta$g else theta$g
      n <- length(hit)
      cbind(hits = rbinom(n, 50, hit), false_alarms = rbinom(n, 50, false_alarm))
    }, vectorized = TRUE)
  )
}

# Evidences of all 51 x 51 data sets on a grid of 200 x 200 midpoints: binomials are smooth polynomials, of which the
# midpoint rule with densities that vanish at the edges leaves errors below 1e-4.
exact_thresholds <- function(data) {
  grid <- expand.grid(d = (seq_len(200) - 0.5) / 200, g = (seq_len(200) - 0.5) / 200)
  weight <- dbeta(grid$d, 2, 2) * dbeta(grid$g, 2, 2)
  binomials <- function(p) vapply(0:50, \(k) dbinom(k, 50, p), p)
  hits <- binomials(grid$d + (1 - grid$d) * grid$g) * weight
  one <- crossprod(hits, binomials(grid$g))
  two <- crossprod(hits, binomials((1 - grid$d) * grid$g))
  (one / (one + two))[data + 1]
}

expect_close_to_exact <- function(figures) {
  expect_lte(figures[["excess"]], 0.005)
  expect_lte(figures[["accuracy_loss"]], 0.004)
  expect_lte(figures[["ece"]], 0.015)
}

test_that("beta-binomial models are compared as exactly as the evidence allows", {
  expect_close_to_exact(
    compare_with_exact("beta-binomial", list(wide = heads(10), narrow = heads(20)), exact_heads)
  )
})

test_that("multinomial trees are, by probabilities and by a Dirichlet distribution", {
  models <- list(one = threshold_model(FALSE), two = threshold_model(TRUE))
  plain <- compare_with_exact("trees", models, exact_thresholds)
  evidential <- compare_with_exact("trees", models, exact_thresholds, "dirichlet")
  expect_close_to_exact(plain)
  expect_lte(abs(evidential[["excess"]] - plain[["excess"]]), 0.005)
})
