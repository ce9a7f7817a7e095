# Slice sampling of many chains in step: the density is asked for a matrix with one row per chain, so that one call
# serves all. Any density will do: nothing is tuned by hand, no gradient is needed.

# Chains of one run; enough to see whether they agree, and to learn their covariance from.
slice_chains <- 16

# In standard deviations along the line: a normal slice is 2.5 wide on average, and few are wider than this.
slice_width <- 3.5

# Stepping out goes at most so far; a chain that has further to go does so by several updates.
most_steps_out <- 50

# An interval shrinks to less than the spacing of doubles in fewer.
most_shrinks <- 200

# Warm-up goes on in rounds of so many sweeps until the chains of a round's second half agree.
warmup_sweeps <- 60
most_warmup_rounds <- 25
largest_warmup_rhat <- 1.1

# Sweeps from one draw that is kept to the next.
sweeps_per_draw <- 2

#' Draw by slice sampling
#'
#' Updates of single lines (Neal 2003, stepping out and shrinkage, Figures 3 and 5) in random directions. Directions are
#' those of the standard normal after whitening by the covariance of all chains, which is learned in warm-up and then
#' left alone.
#'
#' @param log_density Function of a numeric matrix, one row per point: a log density each, up to a
#'   constant; `-Inf` where it is zero.
#' @param initial Numeric matrix (chain, variable): where chains start. Their densities must not be zero.
#' @param iterations Draws of each chain.
#' @param seed Whole number: R's generator is set from it and put back.
#' @param thin Sweeps from one draw to the next.
#' @return List of `draws` (array iteration, chain, variable), `warmup` (sweeps that were thrown away) and `converged`
#'   (did chains agree at the end of warm-up?).
#' @references
#' Neal (2003). Slice sampling. *Annals of Statistics* 31(3), 705-767.
#' @noRd
slice_sample <- function(log_density, initial, iterations, seed,
                         thin = sweeps_per_draw) {
  with_host_generator(function(set_state) {
    set_state(host_streams(0, 1, seed)[1:6])
    state <- list(
      x = initial, log_density = log_density(initial),
      scale = chains_scale(initial)
    )
    warm <- slice_warmup(log_density, state)
    draws <- array(NA_real_, c(iterations, dim(initial)))
    state <- warm$state
    for (i in seq_len(iterations)) {
      state <- slice_sweeps(log_density, state, thin)
      draws[i, , ] <- state$x
    }
    list(draws = draws, warmup = warm$sweeps, converged = warm$converged)
  })
}

slice_warmup <- function(log_density, state) {
  for (round in seq_len(most_warmup_rounds)) {
    history <- array(NA_real_, c(warmup_sweeps, dim(state$x)))
    density <- matrix(NA_real_, warmup_sweeps, nrow(state$x))
    for (i in seq_len(warmup_sweeps)) {
      state <- slice_sweeps(log_density, state, 1)
      history[i, , ] <- state$x
      density[i, ] <- state$log_density
    }
    half <- seq(warmup_sweeps %/% 2 + 1, warmup_sweeps)
    settled <- history[half, , , drop = FALSE]
    state$scale <- chains_scale(matrix(settled, ncol = dim(settled)[[3]]))
    converged <- chains_agree(settled, density[half, , drop = FALSE])
    # The first round starts from directions of its own, which are not yet those of the posterior.
    if (converged && round > 1) break
  }
  list(state = state, sweeps = round * warmup_sweeps, converged = converged)
}

chains_agree <- function(draws, log_density) {
  rhat <- apply(draws, 3, posterior::rhat)
  all(c(rhat, posterior::rhat(log_density)) < largest_warmup_rhat, na.rm = TRUE)
}

#' Factor L with L L' the covariance of rows
#'
#' Few rows say little of correlations: they are shrunk to none, as if there were twice as many rows as variables that
#' had none.
#' @noRd
chains_scale <- function(x) {
  spread <- apply(x, 2, stats::sd)
  fallback <- 1e-3 * (abs(colMeans(x)) + 1)
  spread <- ifelse(is.finite(spread) & spread > 0, spread, fallback)
  standard <- sweep(x, 2, spread, "/")
  correlation <- if (nrow(x) > 1) stats::cov(standard) else diag(ncol(x))
  share <- nrow(x) / (nrow(x) + 2 * ncol(x))
  correlation <- share * correlation + (1 - share) * diag(ncol(x))
  factor <- tryCatch(t(chol(correlation)), error = function(e) diag(ncol(x)))
  spread * factor
}

# A sweep is as many lines as there are variables.
slice_sweeps <- function(log_density, state, sweeps) {
  for (k in seq_len(sweeps * ncol(state$x))) {
    state <- slice_lines(log_density, state)
  }
  state
}

# One line in each chain.
slice_lines <- function(log_density, state) {
  size <- dim(state$x)
  direction <- matrix(stats::rnorm(prod(size)), size[[1]])
  direction <- direction / sqrt(rowSums(direction^2))
  direction <- tcrossprod(direction, state$scale)
  level <- state$log_density - stats::rexp(size[[1]])
  on_line <- function(at, chains) {
    log_density(state$x[chains, , drop = FALSE] + at * direction[chains, , drop = FALSE])
  }
  interval <- step_out(on_line, level)
  shrink(on_line, level, interval, state, direction)
}

# Both ends of all chains side by side: lefts first.
step_out <- function(on_line, level) {
  count <- length(level)
  left <- -slice_width * stats::runif(count)
  # Steps are shared out at random beforehand, or the update would not be reversible.
  steps_left <- floor(most_steps_out * stats::runif(count))
  steps <- c(steps_left, most_steps_out - 1 - steps_left)
  end <- c(left, left + slice_width)
  by <- rep(c(-slice_width, slice_width), each = count)
  chain <- rep(seq_len(count), 2)
  going <- which(steps > 0)
  while (length(going) > 0) {
    above <- on_line(end[going], chain[going]) > level[chain[going]]
    going <- going[above]
    end[going] <- end[going] + by[going]
    steps[going] <- steps[going] - 1
    going <- going[steps[going] > 0]
  }
  list(left = end[seq_len(count)], right = end[count + seq_len(count)])
}

shrink <- function(on_line, level, interval, state, direction) {
  left <- interval$left
  right <- interval$right
  going <- seq_along(level)
  for (k in seq_len(most_shrinks)) {
    at <- stats::runif(length(going), left[going], right[going])
    density <- on_line(at, going)
    inside <- density > level[going]
    moved <- going[inside]
    state$x[moved, ] <- state$x[moved, , drop = FALSE] +
      at[inside] * direction[moved, , drop = FALSE]
    state$log_density[moved] <- density[inside]
    outside <- going[!inside]
    below <- at[!inside] < 0
    left[outside[below]] <- at[!inside][below]
    right[outside[!below]] <- at[!inside][!below]
    going <- outside
    if (length(going) == 0) break
  }
  state
}
