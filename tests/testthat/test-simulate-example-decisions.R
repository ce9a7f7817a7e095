# Long: run by `make test`, not by R CMD check.
skip_on_cran()

# Models of decisions and of counts with a varying number of observations.
# Tests by ks.test() and chisq.test() give a false alarm with probability 1e-6
# each, comparisons at 5 standard errors with 5.7e-7.

trials_of <- function(n) {
  force(n)
  function(nsim) data.frame(n_obs = rep(n, nsim))
}

# All data sets below each other: trial x variable.
stacked <- function(data) {
  matrix(aperm(data, c(2, 1, 3)), ncol = dim(data)[[3]])
}

test_that("the density that tests use is that of published software", {
  # rtdists::ddiffusion (0.11-5).
  expect_equal(wiener_density(0.45, TRUE, 1, 1, 0.3, 0.5), 2.273762, tolerance = 1e-6)
  expect_equal(wiener_density(0.7, FALSE, 1, 1, 0.3, 0.5), 0.21671083, tolerance = 1e-7)
  expect_equal(wiener_density(0.7, TRUE, -2, 1.5, 0.2, 0.4), 0.025720829, tolerance = 1e-7)
  expect_equal(wiener_density(1.2, FALSE, 3, 2.5, 0.5, 0.6), 9.7325449e-05, tolerance = 1e-7)
})

# 3 tests, 6 comparisons: 6.4e-6.
test_that("drift_diffusion has its exact first-passage density", {
  for (theta in list(
    c(v = 1, a = 1, t0 = 0.3, w = 0.5), c(v = -2, a = 1.5, t0 = 0.2, w = 0.4),
    c(v = 0.5, a = 2.5, t0 = 0.5, w = 0.65)
  )) {
    trials <- stacked(simulate_at("drift_diffusion", theta, 50, seed = 1, context = trials_of(1000)))
    v <- theta[["v"]]
    a <- theta[["a"]]
    p <- expm1(-2 * v * a * theta[["w"]]) / expm1(-2 * v * a)
    mean <- theta[["t0"]] + a * (p - theta[["w"]]) / v
    expect_lt(mean_scores(trials[, 2, drop = FALSE], p, p * (1 - p)), 5)
    expect_lt(mean_scores(trials[, 1, drop = FALSE], mean, var(trials[, 1])), 5)
    # Cells: ten of time for each choice.
    edges <- c(0.012 * a^2, (mean - theta[["t0"]]) * c(0.4, 0.6, 0.8, 1, 1.2, 1.5, 2, 3))
    cell <- function(upper) {
      inner <- vapply(seq_along(edges)[-1], function(i) {
        stats::integrate(
          function(t) wiener_density(theta[["t0"]] + t, upper, v, a, theta[["t0"]], theta[["w"]]),
          edges[[i - 1]], edges[[i]], rel.tol = 1e-8
        )$value
      }, numeric(1))
      c(inner, (if (upper) p else 1 - p) - sum(inner))
    }
    expected <- c(cell(TRUE), cell(FALSE))
    bin <- function(upper) {
      t <- trials[trials[, 2] == upper, 1] - theta[["t0"]]
      inner <- tabulate(findInterval(t, edges), length(edges))
      head(inner, -1) |> (\(x) c(x, length(t) - sum(x)))()
    }
    expect_gt(chisq.test(c(bin(1), bin(0)), p = expected)$p.value, 1e-6)
  }
})

same_distribution <- function(x, y) {
  suppressWarnings(ks.test(x, y))$p.value # of ties: times are whole steps
}

same_shares <- function(x, y) {
  chisq.test(cbind(tabulate(x, 3), tabulate(y, 3)))$p.value
}

# Responses of one condition, all trials in parallel.
slow_lca <- function(n, v, a, lambda, kappa) {
  dt <- 0.001
  x <- matrix(0, n, 3)
  steps <- numeric(n)
  active <- seq_len(n)
  step <- 0
  while (length(active) > 0 && step < 10000) {
    step <- step + 1
    now <- x[active, , drop = FALSE]
    drift <- vapply(1:3, function(j) {
      v[[j]] - lambda * now[, j] - kappa * rowSums(now[, -j, drop = FALSE])
    }, numeric(length(active)))
    noise <- sqrt(dt) * matrix(rnorm(length(now)), ncol = 3)
    now <- pmax(now + drift * dt + noise, 0)
    x[active, ] <- now
    steps[active] <- step
    active <- active[apply(now, 1, max) < a]
  }
  list(rt = dt * steps, choice = max.col(x, "first"))
}

# 5 tests: 5e-6.
test_that("lca responds as a slow simulation does", {
  set.seed(1)
  v <- c(1.2, 0.8, 0.3, 0.2, 1.5, 1)
  theta <- c(v, a = 0.8, ndt = 0.25, lambda = 0.6, kappa = 0.9)
  trials <- stacked(simulate_at("lca", theta, 20, seed = 2, context = trials_of(250)))
  expect_equal(rowSums(trials[, 2:4]), rep(1, 5000))
  expect_gt(binom.test(sum(trials[, 5]), 5000)$p.value, 1e-6)
  for (condition in 0:1) {
    slow <- slow_lca(3000, v[1:3 + 3 * condition], 0.8, 0.6, 0.9)
    mine <- trials[trials[, 5] == condition, ]
    expect_gt(same_distribution(mine[, 1] - 0.25, slow$rt), 1e-6)
    expect_gt(same_shares(max.col(mine[, 2:4]), slow$choice), 1e-6)
  }
})

test_that("lca and levy_flight stop after max_time, and say which settings they take", {
  theta <- c(rep(0.01, 6), a = 100, ndt = 0.25, lambda = 0, kappa = 0)
  trials <- stacked(simulate_at("lca", theta, 1, seed = 2, context = trials_of(20)))
  expect_equal(trials[, 1], rep(10.25, 20))
  expect_equal(rowSums(trials[, 2:4]), rep(1, 20))
  file <- system.file("simulators", "levy_flight.cpp", package = "amortflow")
  expect_refused(
    cpp_simulator(file, settings = list(dt = -1)), "simulator", "0 < dt < max_time"
  )
})

slow_levy_flight <- function(n, v, a, w, alpha) {
  dt <- 0.001
  x <- rep(w * a, n)
  steps <- numeric(n)
  active <- seq_len(n)
  step <- 0
  while (length(active) > 0 && step < 10000) {
    step <- step + 1
    angle <- runif(length(active), -pi / 2, pi / 2)
    e <- rexp(length(active))
    stable <- sin(alpha * angle) / cos(angle)^(1 / alpha) *
      (cos((1 - alpha) * angle) / e)^((1 - alpha) / alpha)
    x[active] <- x[active] + v * dt + dt^(1 / alpha) / sqrt(2) * stable
    steps[active] <- step
    active <- active[x[active] > 0 & x[active] < a]
  }
  list(rt = dt * steps, choice = 1 + (x > a / 2))
}

# 4 tests: 4e-6.
test_that("levy_flight responds as a slow simulation does", {
  set.seed(3)
  theta <- c(1.5, -0.5, a = 1.2, t0 = 0.3, w = 0.4, alpha = 1.4)
  trials <- stacked(simulate_at("levy_flight", theta, 20, seed = 4, context = trials_of(300)))
  expect_equal(trials[, 3], rep(0:1, 3000))
  for (condition in 0:1) {
    slow <- slow_levy_flight(3000, theta[[1 + condition]], 1.2, 0.4, 1.4)
    mine <- trials[trials[, 3] == condition, ]
    expect_gt(same_distribution(mine[, 1] - 0.3, slow$rt), 1e-6)
    shares <- cbind(tabulate(mine[, 2] + 1, 2), tabulate(slow$choice, 2))
    expect_gt(chisq.test(shares)$p.value, 1e-6)
  }
})

# Without heavy tails it is the drift diffusion model, but for steps of time: a
# path is seen beyond a boundary later than it was there, as if the boundaries
# stood 0.5826 sqrt(dt) farther out (Siegmund, 1979). 4 comparisons: 2.3e-6.
test_that("levy_flight with alpha = 2 is drift diffusion", {
  theta <- c(1, -1, a = 1, t0 = 0, w = 0.5, alpha = 2)
  trials <- stacked(simulate_at("levy_flight", theta, 40, seed = 5, context = trials_of(500)))
  a <- 1 + 2 * 0.5826 * sqrt(0.001)
  p <- expm1(-a) / expm1(-2 * a)
  for (condition in 0:1) {
    mine <- trials[trials[, 3] == condition, 1:2]
    up <- if (condition == 0) p else 1 - p
    expect_lt(mean_scores(mine[, 2, drop = FALSE], up, p * (1 - p)), 5)
    expect_lt(mean_scores(mine[, 1, drop = FALSE], a * (p - 0.5), var(mine[, 1])), 5)
  }
})

# 4 comparisons, 4 tests: 6.3e-6.
test_that("ricker counts start exactly, and go on as in a slow simulation", {
  set.seed(6)
  theta <- c(r = 44.7, sigma = 0.3, rho = 10)
  n <- 5000
  counts <- simulate_at("ricker", theta, n, seed = 7, context = trials_of(100))[, , 1]
  expect_equal(dim(counts), c(n, 100))
  # The first is poisson with a log-normal mean.
  mean <- 10 * 44.7 * 10 * exp(-10) * exp(0.3^2 / 2)
  variance <- mean + mean^2 * expm1(0.3^2)
  first <- counts[, 1, drop = FALSE]
  expect_lt(mean_scores(first, mean, variance), 5)
  expect_lt(variance_scores(first, mean, variance), 5)
  size <- rep(10, n)
  for (t in 1:100) {
    size <- 44.7 * size * exp(-size + rnorm(n, 0, 0.3))
    if (t %in% c(2, 3, 10, 100)) {
      expect_gt(same_distribution(counts[, t], rpois(n, 10 * size)), 1e-6)
    }
  }
})

# 8 comparisons: 4.6e-6.
test_that("hierarchical processing trees have the moments of their mixture", {
  sigma <- diag(c(1.5, 0.5)) %*% matrix(c(0.2, 0.05, 0.05, 0.3), 2) %*% diag(c(1.5, 0.5))
  theta <- c(0.2, -0.3, 1.5, 0.5, 0.2, 0.05, 0.05, 0.3)
  z <- seq(-8, 8, length.out = 321)
  grid <- as.matrix(expand.grid(z, z))
  weight <- dnorm(grid[, 1]) * dnorm(grid[, 2])
  weight <- weight / sum(weight)
  traits <- pnorm(t(c(0.2, -0.3) + t(chol(sigma)) %*% t(grid)))
  hit <- traits[, 1] + (1 - traits[, 1]) * traits[, 2]
  for (name in c("mpt_1ht_hierarchical", "mpt_2ht_hierarchical")) {
    alarm <- if (name == "mpt_1ht_hierarchical") traits[, 2] else (1 - traits[, 1]) * traits[, 2]
    p <- cbind(hit, alarm)
    mean <- as.vector(50 * crossprod(p, weight))
    variance <- as.vector(50 * crossprod(p * (1 - p), weight) + 2500 * crossprod(p^2, weight)) - mean^2
    counts <- stacked(simulate_at(name, theta, 400, seed = 8))
    expect_lt(max(mean_scores(counts, mean, variance)), 5)
    expect_lt(max(variance_scores(counts, mean, variance)), 5)
  }
})
