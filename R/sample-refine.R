# From draws of the networks to draws of the posterior itself, where the likelihood is known: keep them where weights
# are level, resample them where weights can be trusted, else start an exact sampler from them.

# Candidates drawn for each draw asked for: systematic resampling then takes none twice whose weight is below four times
# the mean, and Pareto k is estimated from enough.
candidates_per_draw <- 4
fewest_candidates <- 2000

# Chains are run for so long at least, to see whether they agree; of longer ones than asked for, draws are taken at even
# distances.
fewest_iterations <- 50

# Convergence that a user should know of.
largest_rhat <- 1.05

#' Refined draws of data sets
#'
#' @param prior See as_other_prior().
#' @return Array (draw, data set, variable) with the attribute `refinement`, a data frame: `data_set`, `step`,
#'   `pareto_k`, `ess`, `rhat`, `chains` and the list `log_weights`.
#' @noRd
refined_draws <- function(fit, sets, ndraws, prior, seed, cores,
                          call = rlang::caller_env()) {
  count <- max(candidates_per_draw * ndraws, fewest_candidates)
  weighed <- weighed_draws(fit, sets, count, prior, seed, cores, call)
  covered <- within_training_support(prior, fit)
  draws <- array(
    NA_real_, c(ndraws, sets$n, length(fit$spec$variables)),
    dimnames = list(NULL, NULL, fit$spec$variables)
  )
  rows <- vector("list", sets$n)
  for (i in seq_len(sets$n)) {
    candidates <- list(
      draws = matrix(weighed$draws[, i, ], count, dimnames = list(NULL, fit$spec$variables)),
      log_ratio = weighed$log_ratio[, i]
    )
    one <- refine_one(
      candidates, fit, sets, i, ndraws, prior, covered, derived_seed(seed, 100 + i), call
    )
    draws[, i, ] <- one$draws
    rows[[i]] <- one$row
  }
  refinement <- do.call(rbind, rows)
  refinement$data_set <- sets$ids %||% seq_len(sets$n)
  warn_of_refinement(refinement, call)
  structure(draws, refinement = refinement)
}

refine_one <- function(candidates, fit, sets, i, ndraws, prior, covered, seed, call) {
  smooth <- smooth_ratios(candidates$log_ratio)
  step <- refinement_step(smooth, ndraws, covered)
  if (step == "mcmc") {
    target <- posterior_target(fit, sets, i, prior, may_miss = TRUE, call = call)
    exact <- exact_draws(target, candidates, ndraws, prior, fit$spec$variables, seed, call)
  } else {
    exact <- list(
      draws = candidates$draws[taken_candidates(smooth$log_weight, step, ndraws, seed), , drop = FALSE],
      chains = 1, ess = min(ndraws, smooth$ess),
      rhat = NA_real_
    )
  }
  row <- data.frame(
    data_set = i, step = step, pareto_k = smooth$pareto_k, ess = exact$ess,
    rhat = exact$rhat, chains = exact$chains
  )
  row$log_weights <- list(candidates$log_ratio)
  list(draws = exact$draws, row = row)
}

# Weights that are worth fewer draws than asked for would have many draws twice; and their k then tends to look better
# than it is.
refinement_step <- function(smooth, ndraws, covered) {
  if (!covered || smooth$pareto_k > largest_pareto_k) {
    "mcmc"
  } else if (smooth$pareto_k == -Inf) {
    "none"
  } else if (smooth$ess < ndraws) {
    "mcmc"
  } else {
    "weights"
  }
}

taken_candidates <- function(log_weight, step, ndraws, seed) {
  if (step == "none") {
    return(seq_len(ndraws))
  }
  with_host_generator(function(set_state) {
    set_state(host_streams(0, 1, seed)[1:6])
    resample_systematic(log_weight, ndraws)
  })
}

#' Draws by slice sampling that starts from candidates
#'
#' @param target From posterior_target().
#' @return List of `draws` (matrix, chain by chain), `chains` that they are, `ess` (the least) and `rhat` (the largest
#'   over variables).
#' @noRd
exact_draws <- function(target, candidates, ndraws, prior, variables, seed, call) {
  chains <- chain_count(ndraws)
  steps <- unconstraining_steps(support_in_order(prior_support(prior), variables))
  density <- unconstrained_density(target, steps, variables, call)
  initial <- chain_starts(candidates, chains, seed, call)
  each <- ceiling(ndraws / chains)
  stride <- ceiling(fewest_iterations / each)
  run <- slice_sample(
    density, forward_density_steps(steps, initial, call)$z, each * stride,
    derived_seed(seed, 1)
  )
  size <- dim(run$draws)[1:2]
  draws <- inverse_steps(steps, matrix(run$draws, prod(size)), call)
  draws <- array(draws, c(size, length(variables)))
  measures <- chain_measures(draws)
  kept <- matrix(draws[seq_len(each) * stride, , ], ncol = length(variables))
  list(
    draws = kept[seq_len(ndraws), , drop = FALSE],
    chains = if (ndraws %% chains == 0) chains else 1,
    ess = min(measures$ess, ndraws), rhat = measures$rhat
  )
}

# Bounds and shapes in the order of the fit's variables: another prior may have its own.
support_in_order <- function(support, variables) {
  order <- match(variables, names(support$lower))
  shapes <- lapply(support$shapes, function(shape) {
    shape$columns <- match(shape$columns, order)
    shape
  })
  first <- vapply(shapes, function(shape) min(shape$columns), numeric(1))
  list(
    lower = support$lower[order], upper = support$upper[order],
    shapes = shapes[order(first)]
  )
}

# Chains of equal length where `ndraws` allows it; else the last draws of the last chain are left out, and chains no
# longer told apart.
chain_count <- function(ndraws) {
  divisors <- seq(slice_chains, slice_chains / 4)
  fitting <- divisors[ndraws %% divisors == 0]
  if (length(fitting) > 0) fitting[[1]] else slice_chains
}

#' Different candidates for chains to start from, likely ones first
#'
#' Weights are flattened until they are worth several times as many draws as there are chains: a few candidates with all
#' the weight would have all chains start as one.
#' @noRd
chain_starts <- function(candidates, chains, seed, call) {
  possible <- which(candidates$log_ratio > -Inf)
  if (length(possible) < 2) {
    amortflow_abort(
      "No draw of this fit has a positive posterior density, so that there is nothing to refine.",
      "refinement",
      hint = "Is `newdata` in the units of the simulator? check_posterior() looks at more.",
      call = call
    )
  }
  log_weight <- flatten_weights(candidates$log_ratio[possible], 4 * chains)
  taken <- with_host_generator(function(set_state) {
    set_state(host_streams(0, 1, seed)[1:6])
    sample.int(length(possible), chains,
      replace = length(possible) < chains,
      prob = exp(log_weight - max(log_weight))
    )
  })
  candidates$draws[possible[taken], , drop = FALSE]
}

# The largest power of weights, at most one, that is worth `least` draws.
flatten_weights <- function(log_weight, least) {
  worth <- function(power) {
    w <- power * log_weight
    exp(2 * log_sum_exp(w) - log_sum_exp(2 * w))
  }
  power <- 1
  while (worth(power) < min(least, length(log_weight) / 2) && power > 1e-12) {
    power <- power / 1.5
  }
  # Nothing flattened may vanish altogether, or there would be too few to sample.
  pmax(power * log_weight, max(power * log_weight) - 700)
}

# `draws`: iteration, chain, variable.
chain_measures <- function(draws) {
  each <- function(f) {
    values <- vapply(seq_len(dim(draws)[[3]]), \(j) f(draw_chains(draws, j)), numeric(1))
    values[is.finite(values)]
  }
  list(
    ess = suppressWarnings(min(each(posterior::ess_bulk))),
    rhat = suppressWarnings(max(each(posterior::rhat)))
  )
}

draw_chains <- function(draws, j) matrix(draws[, , j], dim(draws)[[1]])

warn_of_refinement <- function(refinement, call) {
  apart <- which(refinement$rhat > largest_rhat)
  if (length(apart) > 0) {
    amortflow_warn(
      sprintf(
        "Chains of the exact sampler must agree (rhat at most %.2f), but of %s they do not: rhat %.2f.",
        largest_rhat, named_sets(refinement$data_set[apart]), max(refinement$rhat[apart])
      ),
      "refinement",
      hint = "Draw more (`ndraws`), or look at the chains: the posterior may have several modes.",
      call = call
    )
  }
}

named_sets <- function(sets) {
  paste(if (length(sets) == 1) "data set" else "data sets", shown_names(sets))
}
