# `n` data sets of an example at one parameter vector (named as in its prior).
simulate_at <- function(name, theta, n, seed, context = NULL) {
  columns <- make.names(names(theta) %||% seq_along(theta), unique = TRUE)
  prior <- prior_function(function(n) {
    matrix(theta, n, length(theta), byrow = TRUE, dimnames = list(NULL, columns))
  })
  entry <- example_table()[[name]]
  arguments <- list(prior, example_simulator(name), observed = entry$observed)
  if (!is.null(context)) {
    arguments$context <- context
  }
  simulate(do.call(generative_model, arguments), n, seed = seed)$data
}

# Distances of sample means from `mean` (one column, one mean) in standard errors.
mean_scores <- function(x, mean, variance) {
  abs(colMeans(x) - mean) / sqrt(variance / nrow(x))
}

# The same for the variance around a known mean; standard errors from the sample.
variance_scores <- function(x, mean, variance) {
  squares <- sweep(x, 2, mean)^2
  abs(colMeans(squares) - variance) / (apply(squares, 2, sd) / sqrt(nrow(x)))
}

# States of y' = f(y) after each of `times`, by steps of at most `h` of the
# classical Runge-Kutta method: rows are times.
follow_ode <- function(f, y, times, h) {
  t <- 0
  out <- matrix(0, length(times), length(y))
  for (i in seq_along(times)) {
    steps <- max(1, ceiling((times[[i]] - t) / h))
    step <- (times[[i]] - t) / steps
    for (j in seq_len(steps)) {
      k1 <- f(y)
      k2 <- f(y + step / 2 * k1)
      k3 <- f(y + step / 2 * k2)
      k4 <- f(y + step * k3)
      y <- y + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    }
    t <- times[[i]]
    out[i, ] <- y
  }
  out
}

# The generator of numpy.random.RandomState(seed) by R's own Mersenne twister,
# which is started as numpy does: `words` are 32-bit numbers.
numpy_words <- function(seed, count) {
  old <- get0(".Random.seed", globalenv(), inherits = FALSE)
  on.exit(if (is.null(old)) {
    rm(".Random.seed", envir = globalenv())
  } else {
    assign(".Random.seed", old, globalenv())
  })
  # Products of 32-bit numbers modulo 2^32, in doubles.
  times <- function(a, b) {
    (((a %/% 65536) * b %% 65536) * 65536 + (a %% 65536) * b) %% 2^32
  }
  state <- numeric(624)
  state[[1]] <- seed
  for (i in 1:623) {
    high <- state[[i]] %/% 2^30
    mixed <- bitwXor(state[[i]] %% 2^30 %/% 1, high) + high * 2^30
    state[[i + 1]] <- (times(1812433253, mixed) + i) %% 2^32
  }
  signed <- as.integer(ifelse(state >= 2^31, state - 2^32, state))
  assign(".Random.seed", c(10403L, 624L, signed), globalenv())
  floor(stats::runif(count) * 2^32)
}

# `count` normal numbers (an even number) by the polar method, and how many
# words they took.
numpy_normals <- function(words, count) {
  odd <- seq(1, length(words) - 1, by = 2)
  uniform <- ((words[odd] %/% 32) * 2^26 + words[odd + 1] %/% 64) / 2^53
  x <- 2 * uniform[c(TRUE, FALSE)] - 1
  y <- 2 * uniform[c(FALSE, TRUE)] - 1
  square <- x^2 + y^2
  accepted <- which(square < 1 & square > 0)[seq_len(count / 2)]
  scale <- sqrt(-2 * log(square[accepted]) / square[accepted])
  list(
    normals = as.vector(rbind(scale * y[accepted], scale * x[accepted])),
    used = 4 * max(accepted)
  )
}

# The benchmark's mixture and permutation.
distractor_design <- function() {
  words <- numpy_words(42, 5e5)
  drawn <- numpy_normals(words, 20 * 92 + 20 * (92 * 92 + 92))
  normals <- drawn$normals
  take <- function(n) {
    taken <- normals[seq_len(n)]
    normals <<- normals[-seq_len(n)]
    taken
  }
  location <- 15 * matrix(take(20 * 92), 20, byrow = TRUE)
  factors <- lapply(1:20, function(k) {
    full <- matrix(take(92 * 92), 92, byrow = TRUE)
    full[upper.tri(full)] <- 0
    3 * (full + diag(exp(take(92))))
  })
  at <- drawn$used
  order <- 0:99
  for (i in 99:1) {
    mask <- 2^ceiling(log2(i + 1)) - 1
    repeat {
      at <- at + 1
      j <- bitwAnd(words[[at]] %% 2^30, mask)
      if (j <= i) break
    }
    order[c(i, j) + 1] <- order[c(j, i) + 1]
  }
  list(location = location, factors = factors, order = order + 1)
}

# The design matrix of bernoulli_glm.
glm_matrix <- function() {
  # The benchmark keeps the stimulus in single precision.
  exact <- numpy_normals(numpy_words(42, 1000), 100)$normals
  stimulus <- readBin(writeBin(exact, raw(), size = 4), "numeric", 100, size = 4)
  lags <- vapply(0:8, function(lag) c(rep(0, lag), stimulus)[1:100], numeric(100))
  cbind(1, lags)
}

# Density of the response time at the lower boundary, drift v, separation a,
# start w: eigenfunction expansion (Ratcliff, 1978, eq. A12), with enough terms
# for times from 0.01 a^2 on.
lower_density <- function(t, v, a, w) {
  k <- 1:40
  series <- vapply(t, function(t) {
    sum(k * exp(-k^2 * pi^2 * t / (2 * a^2)) * sin(k * pi * w))
  }, numeric(1))
  pi / a^2 * exp(-v * a * w - v^2 * t / 2) * series
}

wiener_density <- function(rt, upper, v, a, t0, w) {
  if (upper) lower_density(rt - t0, -v, a, 1 - w) else lower_density(rt - t0, v, a, w)
}

# Log likelihood of an example: parameter vector x position. `theta`: matrix, or
# one vector; `data`: one data set, position x variable.
example_log_lik <- function(name, theta, data, context = NULL) {
  if (!is.matrix(theta)) {
    theta <- matrix(theta, 1)
  }
  core_log_lik(
    simulator_spec(example_simulator(name)), unname(theta),
    matrix(as.double(context), 1), names(context) %||% character(), list(data)
  )
}
