# Posterior draws for many simulations in one batched call, for all checks.

#' Simulations with known parameters, and draws from their posteriors
#'
#' Elements of matrices that are constant or repeat others (Omega[1,1] and
#' Omega[1,2] of a correlation matrix) are left out: they would be checked twice,
#' or have no rank.
#'
#' @return List of `truths` (matrix simulation x variable), `draws` (array
#'   draw x simulation x variable), `source` ("given", "fresh" or
#'   "validation").
#' @noRd
posterior_of_simulations <- function(fit, simulations, nsim, ndraws, seed,
                                     draws, cores, least = 2,
                                     call = rlang::caller_env()) {
  assert_posterior_fit(fit, arg = "fit", call = call)
  seed <- as_seed(seed, arg = "seed", call = call)
  cores <- assert_count(cores, arg = "cores", call = call)
  require_simulations(simulations, draws, call)
  chosen <- check_source(fit, simulations, nsim, seed, cores, call)
  truths <- true_parameters(fit, chosen$simulations, least, call)
  if (is.null(draws)) {
    sets <- read_newdata(fit, chosen$simulations, call = call)
    ndraws <- assert_count(ndraws, lower = 2, arg = "ndraws", call = call)
    draws <- draw_sets(fit, sets, ndraws, seed, cores, call)
  } else {
    draws <- given_draws(draws, truths, call)
  }
  own <- setdiff(
    seq_len(ncol(truths)), implied_columns(fit$spec$support$shapes)
  )
  list(
    truths = truths[, own, drop = FALSE], draws = draws[, , own, drop = FALSE],
    source = chosen$source
  )
}

# Draws belong to the data sets that they were drawn for, and to no others.
require_simulations <- function(simulations, draws, call) {
  if (!is.null(draws) && is.null(simulations)) {
    amortflow_abort(
      "`simulations` must be given together with `draws`.",
      "argument",
      hint = paste(
        "Give the simulations that `draws` were made from:",
        "draws <- sample_posterior(fit, simulations)."
      ),
      arg = "simulations", call = call
    )
  }
}

true_parameters <- function(fit, simulations, least, call) {
  truths <- simulations$parameters
  expected <- fit$spec$variables
  # A posterior about some parameters is checked on these.
  given <- colnames(truths)
  if (!all(expected %in% given) || !all(given %in% fit$adapter$variables)) {
    amortflow_abort(
      sprintf(
        "`simulations` must have the parameters %s, not %s.",
        shown_names(expected), shown_names(colnames(truths))
      ),
      "argument",
      call = call
    )
  }
  if (nrow(truths) < least) {
    amortflow_abort(
      sprintf("Checks need at least %d simulations, not %d.", least, nrow(truths)),
      "argument",
      call = call
    )
  }
  truths[, expected, drop = FALSE]
}

# The given simulations, fresh ones of the model, or those held back in training.
check_source <- function(fit, simulations, nsim, seed, cores, call) {
  if (!is.null(simulations)) {
    assert_class(
      simulations, "amortflow_simulations", "simulate() or simulations()",
      arg = "simulations", call = call
    )
    return(list(simulations = simulations, source = "given"))
  }
  nsim <- assert_count(nsim, arg = "nsim", call = call)
  if (!is.null(fit$model)) {
    fresh <- with_call(simulate(
      model_for(fit$model, fit$adapter),
      nsim = nsim, seed = checking_seed(seed), cores = cores, on_error = "drop"
    ), call)
    return(list(simulations = fresh, source = "fresh"))
  }
  if (is.null(fit$validation)) {
    amortflow_abort(
      "This fit holds neither a model nor validation simulations to check it with.",
      "unsupported",
      hint = "Give `simulations = `, which the fit was not trained with.",
      call = call
    )
  }
  count <- min(nsim, length(fit$validation))
  list(
    simulations = fit$validation[seq_len(count)],
    source = "validation"
  )
}

# "Checked on ...": how many simulations, and whose.
checked_on <- function(x, n_sim) {
  switch(attr(x, "source") %||% "unknown",
    given = sprintf("Checked on %s.", many_of(n_sim, "given simulation")),
    fresh = sprintf("Checked on %s.", many_of(n_sim, "fresh simulation")),
    validation = paste(
      sprintf("Checked on %s", many_of(n_sim, "simulation")),
      "held back in training, since the fit has no simulator (they chose the",
      "best epoch, so expect slightly too good a picture)."
    ),
    sprintf("Checked on %s.", many_of(n_sim, "simulation"))
  )
}

# The same seed must not give the simulations that the fit was trained with.
checking_seed <- function(seed) {
  2^52 + seed %% 2^52
}

given_draws <- function(draws, truths, call) {
  assert_class(
    draws, "amortflow_draws", "sample_posterior() for the same simulations",
    arg = "draws", call = call
  )
  if (length(draws) != nrow(truths)) {
    amortflow_abort(
      sprintf(
        "`draws` must be for the %d simulations, not for %d data sets.",
        nrow(truths), length(draws)
      ),
      "argument",
      call = call
    )
  }
  if (dim(draws)[[1]] < 2) {
    amortflow_abort(
      "`draws` must hold at least 2 draws from each posterior, not 1.",
      "argument",
      call = call
    )
  }
  unclass(draws)[, , match_drawn(draws, colnames(truths), call), drop = FALSE]
}

# Places of the fit's variables among those of the draws.
match_drawn <- function(draws, expected, call) {
  given <- dimnames(draws)[[3]]
  if (length(given) != length(expected) || !setequal(given, expected)) {
    amortflow_abort(
      sprintf(
        "`draws` must have the variables %s, not %s.",
        shown_names(expected), shown_names(given %||% "unnamed ones")
      ),
      "argument",
      hint = "Take draws of the same fit: sample_posterior(fit, simulations).",
      arg = "draws", call = call
    )
  }
  match(expected, given)
}

# One row per simulation and variable, simulations running fastest.
simulation_rows <- function(truths) {
  data.frame(
    sim_id = rep(seq_len(nrow(truths)), ncol(truths)),
    variable = rep(colnames(truths), each = nrow(truths))
  )
}

# Draws as a matrix: draw x (simulation, variable), in the order of
# simulation_rows().
draws_matrix_of <- function(draws) {
  n <- dim(draws)
  matrix(as.vector(draws), n[[1]], n[[2]] * n[[3]])
}

posterior_ranks <- function(draws, truths, call = rlang::caller_env()) {
  call_core(
    core_ranks(as.vector(draws), dim(draws)[[1]], as.vector(truths)),
    call = call
  )
}

column_variances <- function(values) {
  centred <- values - rep(colMeans(values), each = nrow(values))
  colSums(centred^2) / (nrow(values) - 1)
}
