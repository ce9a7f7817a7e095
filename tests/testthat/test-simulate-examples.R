test_that("all examples simulate, the same for one and two cores", {
  table <- example_models()
  for (i in seq_len(nrow(table))) {
    model <- example_model(table$name[[i]])
    one <- simulate(model, 300, seed = 1, cores = 1)
    expect_identical(simulate(model, 300, seed = 1, cores = 2), one)
    expect_identical(simulate(model, 50, seed = 1)$data, one[1:50]$data)
    expect_equal(ncol(one$parameters), table$parameters[[i]])
    expect_equal(attr(one, "observed"), table$observed[[i]])
    expect_true(all(is.finite(one$data)))
  }
})

sir_curve <- function(beta, gamma, h = 0.01) {
  flow <- function(y) {
    infections <- beta * y[[1]] * y[[2]] / 763
    c(-infections, infections - gamma * y[[2]])
  }
  y <- c(762, 1)
  vapply(1:14, function(day) {
    for (step in seq_len(round(1 / h))) {
      k1 <- flow(y)
      k2 <- flow(y + h / 2 * k1)
      k3 <- flow(y + h / 2 * k2)
      k4 <- flow(y + h * k3)
      y <<- y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    }
    y[[2]]
  }, numeric(1))
}

# 28 comparisons at 5 standard errors: a false alarm with probability 1.6e-5.
test_that("boarding-school counts have the moments of the model", {
  fixed <- priors(
    beta ~ uniform(1.7, 1.7 + 1e-9), gamma ~ uniform(0.5, 0.5 + 1e-9),
    phi_inv ~ uniform(0.1, 0.1 + 1e-9)
  )
  model <- generative_model(fixed, example_simulator("sir_school"), observed = "series")
  counts <- simulate(model, 20000, seed = 1)$data[, , 1]
  mean <- sir_curve(1.7, 0.5)
  variance <- mean + 0.1 * mean^2
  expect_lt(max(abs(colMeans(counts) - mean) / sqrt(variance / 20000)), 5)
  squares <- sweep(counts, 2, mean)^2
  error <- apply(squares, 2, sd) / sqrt(20000)
  expect_lt(max(abs(colMeans(squares) - variance) / error), 5)
})

# Two tests at 1e-6: a false alarm with probability 2e-6.
test_that("two moons follow their formula", {
  s <- simulate(example_model("two_moons"), 5000, seed = 2)
  theta <- s$parameters
  u <- s$data[, 1] + abs(theta[, 1] + theta[, 2]) / sqrt(2) - 0.25
  v <- s$data[, 2] - (theta[, 2] - theta[, 1]) / sqrt(2)
  expect_gt(ks.test(sqrt(u^2 + v^2), "pnorm", 0.1, 0.01)$p.value, 1e-6)
  expect_gt(ks.test(atan2(v, u), "punif", -pi / 2, pi / 2)$p.value, 1e-6)
})

# One test at 1e-6.
test_that("gaussian_mean is normal around mu", {
  s <- simulate(example_model("gaussian_mean"), 200, seed = 2)
  expect_equal(dim(s$data), c(200, 50, 4))
  error <- aperm(s$data, c(1, 3, 2)) - as.vector(s$parameters)
  expect_gt(ks.test(as.vector(error), "pnorm")$p.value, 1e-6)
})

test_that("an unknown example is refused", {
  expect_refused(
    example_model("two_moon"), "argument",
    c(
      "`name` must be one of \"gaussian_mean\", \"sir_school\", \"two_moons\", not \"two_moon\".",
      "Did you mean `two_moons`?"
    )
  )
})

test_that("the boarding school's data are 14 counts", {
  expect_equal(sum(boarding_school), 1559)
  expect_length(boarding_school, 14)
})
