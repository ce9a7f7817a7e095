# Long: run by `make test`, not by R CMD check.
skip_on_cran()

# The models of tutorials against closed forms and slow solutions. Comparisons at
# 5 standard errors give a false alarm with probability 5.7e-7 each.

# One test at 1e-6.
test_that("gaussian_mean is normal around mu", {
  s <- simulate(example_model("gaussian_mean"), 200, seed = 2)
  expect_equal(dim(s$data), c(200, 50, 4))
  error <- aperm(s$data, c(1, 3, 2)) - as.vector(s$parameters)
  expect_gt(ks.test(as.vector(error), "pnorm")$p.value, 1e-6)
})

# 2 comparisons: 1.1e-6.
test_that("inverse_kinematics puts the hand where the angles say", {
  s <- simulate(example_model("inverse_kinematics"), 20000, seed = 1)
  theta <- s$parameters
  angles <- cbind(theta[, 2], theta[, 2] + theta[, 3], rowSums(theta[, 2:4]))
  hand <- cbind(
    cos(angles) %*% c(0.5, 0.5, 1), theta[, 1] + sin(angles) %*% c(0.5, 0.5, 1)
  )
  expect_equal(unname(s$data), hand, tolerance = 1e-14)
  # E cos(s Z) = exp(-s^2 / 2), with s^2 = 1/4, 1/2 and 3/4.
  exact <- c(sum(c(0.5, 0.5, 1) * exp(-(1:3) / 8)), 0)
  expect_lt(max(mean_scores(s$data, exact, apply(s$data, 2, var))), 5)
})

# 3 comparisons: 1.7e-6.
test_that("linear_ode follows its equations from a uniform prior", {
  model <- example_model("linear_ode")
  s <- simulate(model, 200, seed = 1)
  times <- seq(0, 1, length.out = 32)
  for (i in 1:20) {
    m <- matrix(s$parameters[i, 1:4], 2, byrow = TRUE)
    exact <- follow_ode(function(y) as.vector(m %*% y), s$parameters[i, 5:6], times, 0.002)
    expect_equal(s$data[i, , ], exact, tolerance = 1e-8, ignore_attr = TRUE)
  }
  theta <- sample_prior(model$prior, ndraws = 4000, seed = 2)
  theta <- as.matrix(posterior::as_draws_matrix(theta))
  for (i in 1:100) {
    values <- eigen(matrix(theta[i, 1:4], 2, byrow = TRUE))$values
    expect_true(all(Re(values) <= 0))
  }
  # By the symmetries of that region b, c, u0 and v0 have mean 0.
  expect_lt(max(mean_scores(theta[, c("b", "c")], 0, 100 / 3)), 5)
  expect_lt(max(variance_scores(theta[, "u0", drop = FALSE], 0, 100 / 3)), 5)
  grid <- as.matrix(expand.grid(rep(list(seq(-9.5, 9.5)), 4)))
  inside <- grid[, 1] + grid[, 4] <= 0 & grid[, 1] * grid[, 4] >= grid[, 2] * grid[, 3]
  expect_equal(mean(inside), 0.25, tolerance = 0.05)
  expect_equal(
    model$prior$log_density(list(a = -1, b = 2, c = 1, d = -3, u0 = 1, v0 = 1)),
    -log(20^6 / 4)
  )
  expect_equal(
    model$prior$log_density(list(a = 1, b = 2, c = 1, d = -3, u0 = 1, v0 = 1)), -Inf
  )
})

# 28 comparisons: 1.6e-5.
test_that("boarding-school counts have the moments of the model", {
  flow <- function(y) {
    infections <- 1.7 * y[[1]] * y[[2]] / 763
    c(-infections, infections - 0.5 * y[[2]])
  }
  counts <- simulate_at("sir_school", c(beta = 1.7, gamma = 0.5, phi_inv = 0.1), 20000, seed = 1)
  mean <- follow_ode(flow, c(762, 1), 1:14, 0.01)[, 2]
  variance <- mean + 0.1 * mean^2
  expect_lt(max(mean_scores(counts[, , 1], mean, variance)), 5)
  expect_lt(max(variance_scores(counts[, , 1], mean, variance)), 5)
})

# 56 comparisons: 3.2e-5.
test_that("sir_delay reports new cases late", {
  for (theta in list(c(0.5, 0.125, 7.6, 20.3, 3), c(0.9, 0.1, 2.2, 1e5, 8))) {
    infected <- ceiling(theta[[4]])
    susceptible <- 83e6 - infected
    new <- infected
    for (day in 1:30) {
      new[[day + 1]] <- theta[[1]] * infected * susceptible / 83e6
      susceptible <- susceptible - new[[day + 1]]
      infected <- infected + new[[day + 1]] - theta[[2]] * infected
    }
    mean <- new[round(theta[[3]]) + 1:14] + 1e-5
    variance <- mean + mean^2 / theta[[5]]
    counts <- simulate_at("sir_delay", theta, 20000, seed = 2)[, , 1]
    expect_lt(max(mean_scores(counts, mean, variance)), 5)
    expect_lt(max(variance_scores(counts, mean, variance)), 5)
  }
})

# 8 comparisons: 4.6e-6.
test_that("answers of the processing trees have the probabilities of their leaves", {
  theta <- c(d = 0.6, g = 0.3)
  for (name in c("mpt_1ht", "mpt_2ht")) {
    items <- simulate_at(name, theta, 2000, seed = 3)
    expect_true(all(items[, 1:50, 1] == 1) && all(items[, 51:100, 1] == 0))
    hit <- 0.6 + 0.4 * 0.3
    alarm <- if (name == "mpt_1ht") 0.3 else 0.4 * 0.3
    counts <- cbind(rowSums(items[, 1:50, 2]), rowSums(items[, 51:100, 2]))
    mean <- 50 * c(hit, alarm)
    variance <- mean * (1 - c(hit, alarm))
    expect_lt(max(mean_scores(counts, mean, variance)), 5)
    expect_lt(max(variance_scores(counts, mean, variance)), 5)
  }
})

# One comparison at 5 standard errors: 5.7e-7. The best possible classifier
# compares evidences, which two-dimensional quadrature gives; 0.73591 is its
# exact accuracy.
test_that("the two processing trees can be told apart as well as theory says", {
  node <- (seq_len(200) - 0.5) / 200
  grid <- expand.grid(d = node, g = node)
  weight <- dbeta(grid$d, 2, 2) * dbeta(grid$g, 2, 2) / nrow(grid)
  hit <- grid$d + (1 - grid$d) * grid$g
  evidence <- function(alarm) {
    outer(0:50, 0:50, Vectorize(function(h, f) {
      sum(weight * dbinom(h, 50, hit) * dbinom(f, 50, alarm))
    }))
  }
  one <- evidence(grid$g)
  two <- evidence((1 - grid$d) * grid$g)
  expect_equal(sum(pmax(one, two)) / 2, 0.73591, tolerance = 2e-4)
  right <- vapply(c("mpt_1ht", "mpt_2ht"), function(name) {
    items <- simulate(example_model(name), 2000, seed = 4)$data[, , 2]
    at <- cbind(rowSums(items[, 1:50]), rowSums(items[, 51:100])) + 1
    mean((one[at] > two[at]) == (name == "mpt_1ht"))
  }, numeric(1))
  accuracy <- mean(right)
  expect_lt(abs(accuracy - 0.73591) / sqrt(0.25 / 4000), 5)
})
