# The exact posterior of the boarding-school model by quadrature over a grid of (beta, gamma, phi_inv), in base R and
# independent of the package: beta ~ N+(2, 1), gamma ~ N+(0.4, 0.5), phi_inv ~ Exp(5); counts are negative binomial with
# the number of ill boys as mean and size 1 / phi_inv. The mass at the edges of the grid is negligible.

sir_infected <- function(beta, gamma, days = 14, population = 763, step = 0.05) {
  s <- rep(population - 1, length(beta))
  i <- rep(1, length(beta))
  slope <- function(s, i) {
    infections <- beta * s * i / population
    list(s = -infections, i = infections - gamma * i)
  }
  infected <- matrix(0, length(beta), days)
  for (day in seq_len(days)) {
    for (k in seq_len(round(1 / step))) {
      k1 <- slope(s, i)
      k2 <- slope(s + step / 2 * k1$s, i + step / 2 * k1$i)
      k3 <- slope(s + step / 2 * k2$s, i + step / 2 * k2$i)
      k4 <- slope(s + step * k3$s, i + step * k3$i)
      s <- s + step / 6 * (k1$s + 2 * k2$s + 2 * k3$s + k4$s)
      i <- i + step / 6 * (k1$i + 2 * k2$i + 2 * k3$i + k4$i)
    }
    infected[, day] <- i
  }
  infected
}

# Data frame with one row per parameter: mean, sd, 5 %, 50 % and 95 % quantiles.
exact_boarding_school <- function(cases) {
  axes <- list(
    beta = seq(1.25, 2.5, length.out = 126),
    gamma = seq(0.25, 0.95, length.out = 106),
    phi_inv = seq(0.004, 1.4, length.out = 175)
  )
  grid <- expand.grid(beta = axes$beta, gamma = axes$gamma)
  infected <- sir_infected(grid$beta, grid$gamma)
  log_prior <- dnorm(grid$beta, 2, 1, log = TRUE) + dnorm(grid$gamma, 0.4, 0.5, log = TRUE)
  log_posterior <- vapply(axes$phi_inv, function(phi_inv) {
    log_lik <- 0
    for (day in seq_along(cases)) {
      log_lik <- log_lik + dnbinom(cases[[day]], size = 1 / phi_inv, mu = infected[, day], log = TRUE)
    }
    log_prior + log_lik + dexp(phi_inv, 5, log = TRUE)
  }, numeric(nrow(grid)))
  weights <- exp(log_posterior - max(log_posterior))
  weights <- weights / sum(weights)
  margins <- list(
    beta = tapply(rowSums(weights), grid$beta, sum),
    gamma = tapply(rowSums(weights), grid$gamma, sum),
    phi_inv = colSums(weights)
  )
  rows <- Map(function(name, at, mass) {
    mean <- sum(at * mass)
    quantile <- function(p) approx(cumsum(mass) - mass / 2, at, p, ties = "ordered")$y
    data.frame(
      variable = name, exact_mean = mean, exact_sd = sqrt(sum((at - mean)^2 * mass)),
      exact_q5 = quantile(0.05), exact_q50 = quantile(0.5), exact_q95 = quantile(0.95)
    )
  }, names(axes), axes, margins)
  do.call(rbind, unname(rows))
}
