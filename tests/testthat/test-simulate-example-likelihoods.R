# Log likelihoods of examples against R's density functions.

test_that("normal examples have their likelihoods", {
  theta <- rbind(1:10 / 10, -(1:10) / 5)
  x <- matrix(c(0.3, -0.1, 0.5, 0.2, 0.9, 0, 1.1, -0.4, 0.8, 0.6), 1)
  exact <- apply(theta, 1, function(m) sum(dnorm(x, m, sqrt(0.1), log = TRUE)))
  expect_equal(example_log_lik("gaussian_linear", theta, x), matrix(exact))
  expect_equal(example_log_lik("gaussian_linear_uniform", theta, x), matrix(exact))

  data <- matrix(seq(-2, 2, length.out = 200), 50)
  mu <- c(0.1, -0.2, 0.3, 0)
  exact <- apply(data, 1, function(row) sum(dnorm(row, mu, log = TRUE)))
  expect_equal(as.vector(example_log_lik("gaussian_mean", mu, data)), exact)

  theta <- c(1, -2)
  for (x in list(c(1.05, -2.1), c(3, 1), c(60, -70))) {
    exact <- log(prod(dnorm(x, theta)) + prod(dnorm(x, theta, 0.1))) - log(2)
    ours <- example_log_lik("gaussian_mixture", theta, matrix(x, 1))
    if (is.finite(exact)) expect_equal(as.vector(ours), exact) else expect_true(is.finite(ours))
  }
})

test_that("slcp has the likelihood of a bivariate normal", {
  theta <- c(0.7, -2, 1.2, -0.4, 0.8)
  x <- matrix(c(1, -1.9, 0.2, -2.2, 2.5, -2, 0.6, -1.8), 1)
  sd <- theta[3:4]^2
  sigma <- diag(sd^2 + 1e-6)
  sigma[1, 2] <- sigma[2, 1] <- tanh(theta[5]) * prod(sd)
  exact <- sum(apply(matrix(x, 2), 2, function(point) {
    away <- point - theta[1:2]
    -log(2 * pi) - log(det(sigma)) / 2 - sum(away * solve(sigma, away)) / 2
  }))
  expect_equal(as.vector(example_log_lik("slcp", theta, x)), exact)
  flipped <- theta * c(1, 1, -1, 1, 1)
  expect_equal(as.vector(example_log_lik("slcp", flipped, x)), exact)
})

# Over theta, the density is that of two crescents, each with an integral of 1:
# the map from theta to the centre keeps areas.
test_that("two_moons has a density that integrates to 1 over each crescent", {
  axis <- seq(-1, 1, length.out = 1201)
  theta <- as.matrix(expand.grid(axis, axis))
  density <- exp(example_log_lik("two_moons", theta, matrix(c(0, 0), 1)))
  first <- rowSums(theta) > 0
  expect_equal(sum(density[first]) * (2 / 1200)^2, 1, tolerance = 1e-2)
  expect_equal(sum(density[!first]) * (2 / 1200)^2, 1, tolerance = 1e-2)
})

test_that("bernoulli_glm_raw has the likelihood of a logistic regression", {
  theta <- c(-0.5, 0.8, -0.4, 0.3, 0.6, -0.2, 0.1, -0.7, 0.4, 0.2)
  y <- rep(c(0, 1, 1, 0, 1), 20)
  exact <- sum(dbinom(y, 1, plogis(glm_matrix() %*% theta), log = TRUE))
  expect_equal(as.vector(example_log_lik("bernoulli_glm_raw", theta, matrix(y, 1))), exact)
})

test_that("epidemics and populations have likelihoods around slow solutions", {
  theta <- c(0.6, 0.15)
  flow <- function(y) {
    infections <- theta[[1]] * y[[1]] * y[[2]]
    c(-infections, infections - theta[[2]] * y[[2]])
  }
  share <- follow_ode(flow, c(1 - 1e-6, 1e-6), 17 * 0:9, 0.02)[, 2]
  counts <- c(0, 2, 150, 300, 60, 10, 1, 0, 0, 0)
  exact <- sum(dbinom(counts, 1000, share, log = TRUE))
  expect_equal(as.vector(example_log_lik("sir", theta, matrix(counts, 1))), exact, tolerance = 1e-5)

  theta <- c(0.8, 0.05, 0.9, 0.05)
  flow <- function(y) {
    c(
      theta[[1]] * y[[1]] - theta[[2]] * y[[1]] * y[[2]],
      theta[[4]] * y[[1]] * y[[2]] - theta[[3]] * y[[2]]
    )
  }
  numbers <- as.vector(follow_ode(flow, c(30, 1), 2.1 * 0:9, 0.002))
  x <- numbers * rep(c(0.9, 1.2), 10)
  exact <- sum(dlnorm(x, log(numbers), 0.1, log = TRUE))
  expect_equal(as.vector(example_log_lik("lotka_volterra", theta, matrix(x, 1))), exact, tolerance = 1e-5)

  flow <- function(y) {
    infections <- 1.7 * y[[1]] * y[[2]] / 763
    c(-infections, infections - 0.5 * y[[2]])
  }
  infected <- follow_ode(flow, c(762, 1), 1:14, 0.01)[, 2]
  exact <- dnbinom(boarding_school, mu = infected, size = 10, log = TRUE)
  ours <- example_log_lik("sir_school", c(1.7, 0.5, 0.1), matrix(boarding_school))
  expect_equal(as.vector(ours), exact, tolerance = 1e-5)

  infected <- 5
  susceptible <- 83e6 - 5
  new <- 5
  for (day in 1:20) {
    new[[day + 1]] <- 0.6 * infected * susceptible / 83e6
    susceptible <- susceptible - new[[day + 1]]
    infected <- infected + new[[day + 1]] - 0.1 * infected
  }
  exact <- dnbinom(1:14, mu = new[4 + 1:14] + 1e-5, size = 2, log = TRUE)
  ours <- example_log_lik("sir_delay", c(0.6, 0.1, 3.7, 4.2, 2), matrix(1:14))
  expect_equal(as.vector(ours), exact)
})

test_that("decision examples have their likelihoods", {
  items <- cbind(c(1, 1, 0, 0), c(1, 0, 1, 0))
  items <- items[rep(1:4, 25), ]
  for (name in c("mpt_1ht", "mpt_2ht")) {
    hit <- 0.6 + 0.4 * 0.3
    alarm <- if (name == "mpt_1ht") 0.3 else 0.4 * 0.3
    exact <- dbinom(items[, 2], 1, ifelse(items[, 1] == 1, hit, alarm), log = TRUE)
    expect_equal(as.vector(example_log_lik(name, c(0.6, 0.3), items)), exact)
  }
  trials <- cbind(c(0.45, 0.7, 1.2, 3), c(1, 0, 1, 0))
  exact <- log(mapply(
    wiener_density, trials[, 1], trials[, 2] == 1,
    MoreArgs = list(v = -1.3, a = 1.5, t0 = 0.2, w = 0.45)
  ))
  ours <- example_log_lik("drift_diffusion", c(-1.3, 1.5, 0.2, 0.45), trials, c(n_obs = 4))
  expect_equal(as.vector(ours), exact)
  early <- example_log_lik("drift_diffusion", c(-1.3, 1.5, 0.5, 0.45), trials, c(n_obs = 4))
  expect_equal(early[[1]], -Inf)
})
