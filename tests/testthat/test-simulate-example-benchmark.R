# The tasks of Lueckmann et al. (2021) against closed forms, and against slow
# solutions of their equations. Tests by ks.test() and chisq.test() give a false
# alarm with probability 1e-6 each, comparisons at 5 standard errors with 5.7e-7.

# 2 tests, 30 comparisons: 1.9e-5.
test_that("gaussian_linear has variances, not standard deviations, of 0.1", {
  s <- simulate(example_model("gaussian_linear"), 5000, seed = 1)
  expect_gt(ks.test(as.vector(s$data - s$parameters), "pnorm", 0, sqrt(0.1))$p.value, 1e-6)
  expect_lt(max(variance_scores(s$parameters, rep(0, 10), 0.1)), 5)
  expect_lt(max(variance_scores(s$data, rep(0, 10), 0.2)), 5)
  # The posterior is normal(x / 2, sqrt(0.05)).
  expect_lt(max(variance_scores(s$parameters - s$data / 2, rep(0, 10), 0.05)), 5)
  u <- simulate(example_model("gaussian_linear_uniform"), 5000, seed = 1)
  expect_gt(ks.test(as.vector(u$data - u$parameters), "pnorm", 0, sqrt(0.1))$p.value, 1e-6)
  expect_true(all(abs(u$parameters) < 1))
})

# 2 tests: 2e-6.
test_that("gaussian_mixture draws one component for both numbers", {
  s <- simulate(example_model("gaussian_mixture"), 20000, seed = 2)
  radius <- rowSums((s$data - s$parameters)^2)
  mixture <- function(x) (pchisq(x, 2) + pchisq(x / 0.01, 2)) / 2
  expect_gt(ks.test(radius, mixture)$p.value, 1e-6)
  expect_gt(ks.test(as.vector(s$parameters), "punif", -10, 10)$p.value, 1e-6)
})

# 2 tests: 2e-6.
test_that("two moons follow their formula", {
  s <- simulate(example_model("two_moons"), 5000, seed = 2)
  theta <- s$parameters
  u <- s$data[, 1] + abs(theta[, 1] + theta[, 2]) / sqrt(2) - 0.25
  v <- s$data[, 2] - (theta[, 2] - theta[, 1]) / sqrt(2)
  expect_gt(ks.test(sqrt(u^2 + v^2), "pnorm", 0.1, 0.01)$p.value, 1e-6)
  expect_gt(ks.test(atan2(v, u), "punif", -pi / 2, pi / 2)$p.value, 1e-6)
})

# Standard normal numbers behind slcp's eight.
slcp_residuals <- function(theta, data) {
  sd <- theta[, 3:4]^2
  covariance <- tanh(theta[, 5]) * sd[, 1] * sd[, 2]
  first <- sqrt(sd[, 1]^2 + 1e-6)
  cross <- covariance / first
  second <- sqrt(sd[, 2]^2 + 1e-6 - cross^2)
  z1 <- (data[, c(1, 3, 5, 7)] - theta[, 1]) / first
  z2 <- (data[, c(2, 4, 6, 8)] - theta[, 2] - cross * z1) / second
  cbind(z1, z2)
}

# 2 tests, 28 comparisons: 1.8e-5.
test_that("slcp is four points of a normal", {
  s <- simulate(example_model("slcp"), 5000, seed = 3)
  z <- slcp_residuals(s$parameters, s$data)
  expect_gt(ks.test(as.vector(z), "pnorm")$p.value, 1e-6)
  products <- apply(combn(8, 2), 2, function(i) z[, i[[1]]] * z[, i[[2]]])
  expect_lt(max(mean_scores(products, 0, 1)), 5)
  expect_gt(ks.test(as.vector(s$parameters), "punif", -3, 3)$p.value, 1e-6)
})

# 95 tests: 9.5e-5.
test_that("slcp_distractors hides slcp in the benchmark's mixture", {
  design <- distractor_design()
  s <- simulate(example_model("slcp_distractors"), 1000, seed = 4)
  all <- s$data
  all[, design$order] <- s$data
  signal <- slcp_residuals(s$parameters, all[, 1:8])
  expect_gt(ks.test(as.vector(signal), "pnorm")$p.value, 1e-6)
  # The component of each row is the one at which it is nearest, or nearly so:
  # seen from the others it is many orders of magnitude away.
  squares <- vapply(1:20, function(k) {
    colSums(forwardsolve(design$factors[[k]], t(all[, 9:100]) - design$location[k, ])^2)
  }, numeric(1000))
  component <- apply(squares, 1, which.min)
  expect_gt(chisq.test(tabulate(component, 20))$p.value, 1e-6)
  away <- all[, 9:100] - design$location[component, ]
  # A few numbers jointly (the factors of all 92 cannot be inverted exactly), and
  # each one alone.
  first <- vapply(1:1000, function(i) {
    sum(forwardsolve(design$factors[[component[[i]]]][1:8, 1:8], away[i, 1:8])^2)
  }, numeric(1))
  expect_gt(ks.test(first / 8, "pf", 8, 2)$p.value, 1e-6)
  scale <- t(vapply(design$factors, function(l) sqrt(rowSums(l^2)), numeric(92)))
  p <- apply(away / scale[component, ], 2, function(x) ks.test(x, "pt", 2)$p.value)
  expect_gt(min(p), 1e-6)
})

test_that("the stimulus of bernoulli_glm is the benchmark's", {
  # numpy.random.RandomState(42).randn(3).
  expect_equal(
    numpy_normals(numpy_words(42, 100), 4)$normals[1:3],
    c(0.4967141530112327, -0.13826430117118466, 0.6476885381006925),
    tolerance = 1e-15
  )
  x <- glm_matrix()
  # Filters so strong that nothing is left to chance show the design matrix.
  set.seed(5)
  for (i in 1:20) {
    theta <- 1e6 * rnorm(10)
    y <- simulate_at("bernoulli_glm_raw", theta, 1, seed = i)
    expect_equal(as.vector(y), as.numeric(x %*% theta > 0))
    sums <- simulate_at("bernoulli_glm", theta, 1, seed = i)
    expect_equal(as.vector(sums), as.vector(crossprod(x, as.vector(y))))
  }
})

# 100 comparisons: 5.7e-5.
test_that("bernoulli_glm spikes with the probabilities of a logistic regression", {
  x <- glm_matrix()
  theta <- c(-0.5, 0.8, -0.4, 0.3, 0.6, -0.2, 0.1, -0.7, 0.4, 0.2)
  p <- as.vector(plogis(x %*% theta))
  y <- simulate_at("bernoulli_glm_raw", theta, 20000, seed = 1)
  expect_lt(max(mean_scores(y, p, p * (1 - p))), 5)
  # Both tasks draw the same spikes.
  raw <- simulate(example_model("bernoulli_glm_raw"), 100, seed = 3)
  sums <- simulate(example_model("bernoulli_glm"), 100, seed = 3)
  expect_equal(unname(raw$data %*% x), unname(sums$data))
})

# 55 comparisons: 3.1e-5.
test_that("the prior of bernoulli_glm has the benchmark's precision", {
  difference <- diag(9)
  difference[cbind(2:9, 1:8)] <- -1
  factor <- difference %*% difference + diag(sqrt((0:8) / 9))
  covariance <- rbind(c(2, rep(0, 9)), cbind(0, solve(crossprod(factor))))
  theta <- simulate(example_model("bernoulli_glm"), 20000, seed = 6)$parameters
  pairs <- rbind(t(combn(10, 2)), cbind(1:10, 1:10))
  products <- theta[, pairs[, 1]] * theta[, pairs[, 2]]
  spread <- covariance[cbind(pairs[, 1], pairs[, 1])] *
    covariance[cbind(pairs[, 2], pairs[, 2])] + covariance[pairs]^2
  expect_lt(max(mean_scores(products, covariance[pairs], spread)), 5)
})

# 38 comparisons, of which two of counts that are nearly always 0: 2.2e-5.
test_that("sir counts are binomial around a slow solution of its equations", {
  for (theta in list(c(0.4, 0.125), c(0.9, 0.15))) {
    flow <- function(y) {
      infections <- theta[[1]] * y[[1]] * y[[2]]
      c(-infections, infections - theta[[2]] * y[[2]])
    }
    share <- follow_ode(flow, c(1 - 1e-6, 1e-6), 17 * 0:9, 0.02)[, 2]
    counts <- simulate_at("sir", theta, 20000, seed = 7)
    seen <- 1000 * share * (1 - share) > 1e-3
    variance <- 1000 * share * (1 - share)
    expect_lt(max(mean_scores(counts, 1000 * share, variance)[seen]), 5)
    expect_lt(max(variance_scores(counts, 1000 * share, variance)[seen]), 5)
  }
})

# 80 comparisons: 4.6e-5.
test_that("lotka_volterra is log-normal around a slow solution of its equations", {
  for (theta in list(c(0.8, 0.05, 0.9, 0.05), c(1.5, 0.02, 0.5, 0.1))) {
    flow <- function(y) {
      c(
        theta[[1]] * y[[1]] - theta[[2]] * y[[1]] * y[[2]],
        theta[[4]] * y[[1]] * y[[2]] - theta[[3]] * y[[2]]
      )
    }
    exact <- log(as.vector(follow_ode(flow, c(30, 1), 2.1 * 0:9, 0.002)))
    logs <- log(simulate_at("lotka_volterra", theta, 5000, seed = 8))
    expect_lt(max(mean_scores(logs, exact, 0.01)), 5)
    expect_lt(max(variance_scores(logs, exact, 0.01)), 5)
  }
})
