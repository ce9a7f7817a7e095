# Draws of q weighed against the posterior that they stand for: log p(x | theta) + log p(theta) - log q(theta | x).

# Above this, Pareto-smoothed weights are not to be trusted (Vehtari et al. 2024).
largest_pareto_k <- 0.7

# Log ratios that differ by less than this need no weights: the variance of the weights is below 1e-4.
level_ratios <- 0.01

#' Draws of one or more posteriors with their log ratios
#'
#' @param prior See posterior_target().
#' @return List of `draws` (array draw, data set, variable), and matrices (draw, data set)
#'   `log_target`, `log_density` and `log_ratio`.
#' @noRd
weighed_draws <- function(fit, sets, ndraws, prior, seed, cores,
                          call = rlang::caller_env()) {
  draws <- draw_sets(fit, sets, ndraws, seed, cores, call)
  rows <- matrix(draws, ndraws * sets$n, dimnames = list(NULL, fit$spec$variables))
  log_density <- with_call(posterior_density(
    fit, rows, sets, rep(seq_len(sets$n), each = ndraws), cores
  ), call)
  log_target <- vapply(seq_len(sets$n), function(i) {
    target <- posterior_target(fit, sets, i, prior, call = call)
    target(rows[seq_len(ndraws) + (i - 1) * ndraws, , drop = FALSE])
  }, numeric(ndraws))
  log_density <- matrix(log_density, ndraws)
  log_target <- matrix(log_target, ndraws)
  list(
    draws = draws, log_target = log_target, log_density = log_density,
    log_ratio = log_target - log_density
  )
}

#' Pareto-smoothed log weights of one posterior's draws
#'
#' @param log_ratio Numeric vector; `-Inf` where the posterior is zero.
#' @return List of `log_weight` (not normalised, on the scale of the ratios), `pareto_k`
#'   (`-Inf` where all ratios are alike, `Inf` where too few are finite to tell), `ess`
#'   (of the smoothed weights) and `spread` (sd of the finite log ratios).
#' @noRd
smooth_ratios <- function(log_ratio) {
  finite <- is.finite(log_ratio)
  if (sum(finite) < 2) {
    return(list(log_weight = log_ratio, pareto_k = Inf, ess = sum(finite), spread = NA_real_))
  }
  largest <- max(log_ratio[finite])
  if (all(finite) && largest - min(log_ratio) < level_ratios) {
    smooth <- list(log_weights = log_ratio, diagnostics = list(pareto_k = -Inf))
  } else {
    # loo takes finite numbers only: zero weights become such that vanish beside the others.
    floored <- ifelse(finite, log_ratio, largest - log(.Machine$double.xmax))
    smooth <- suppressWarnings(loo::psis(floored, r_eff = 1))
  }
  log_weight <- as.vector(smooth$log_weights)
  log_weight[!finite] <- -Inf
  list(
    log_weight = log_weight, pareto_k = smooth$diagnostics$pareto_k,
    ess = exp(2 * log_sum_exp(log_weight) - log_sum_exp(2 * log_weight)),
    spread = stats::sd(log_ratio[finite])
  )
}

log_sum_exp <- function(x) {
  largest <- max(x)
  if (largest == -Inf) -Inf else largest + log(sum(exp(x - largest)))
}

#' Systematic resampling
#'
#' Each draw is taken as often as its share of `count` says, rounded up or down, so that
#' none comes twice whose share is below one.
#'
#' @param log_weight Not normalised.
#' @return Whole numbers, `count` of them, in random order. R's generator is used, see
#'   with_host_generator().
#' @noRd
resample_systematic <- function(log_weight, count) {
  share <- exp(log_weight - log_sum_exp(log_weight))
  # In random order: neighbours must not exclude one another by rule.
  order <- sample.int(length(share))
  upper <- cumsum(share[order])
  points <- (seq_len(count) - stats::runif(1)) / count * upper[[length(upper)]]
  chosen <- order[findInterval(points, upper, left.open = TRUE) + 1L]
  chosen[sample.int(count)]
}
