# The only file that touches pointers. Live objects sit in a table of the package, keyed by the hash of what they are
# built from, and are rebuilt when missing: after readRDS(), in a worker, or when others pushed them out.

live_objects <- new.env(parent = emptyenv())
# Enough for a handful of fits used side by side; each costs about the size of its weights.
most_live_objects <- 8

live_posterior <- function(fit, call = rlang::caller_env()) live_fit(fit, core_live_posterior, call)

live_prediction <- function(fit, call = rlang::caller_env()) live_fit(fit, core_live_prediction, call)

live_ratio <- function(fit, call = rlang::caller_env()) live_fit(fit, core_live_ratio, call)

live_fit <- function(fit, build, call) {
  adapter <- adapter_spec(fit$adapter)
  key <- rlang::hash(list(fit$spec$estimator, adapter, fit$weights))
  if (!exists(key, envir = live_objects, inherits = FALSE)) {
    if (length(live_objects) >= most_live_objects) {
      rm(list = ls(live_objects), envir = live_objects)
    }
    live <- call_core(
      build(fit$spec$estimator, adapter, fit$weights),
      call = call
    )
    assign(key, live, envir = live_objects)
  }
  get(key, envir = live_objects, inherits = FALSE)
}

#' Draws for many data sets in one call
#'
#' @param fit A posterior fit.
#' @param sets From read_newdata().
#' @param member Which network of an ensemble draws; 0 for all.
#' @return Numeric array (draw, data set, variable) on the user's scale.
#' @noRd
posterior_draws_array <- function(fit, sets, ndraws, seed, cores,
                                  call = rlang::caller_env(), member = 0) {
  draws <- call_core(
    core_sample_posterior(
      live_posterior(fit, call), host_sets(fit$adapter, sets, call), ndraws,
      seed, as.integer(cores), as.integer(member)
    ),
    call = call
  )
  draws <- restore_draws(fit$adapter, draws, call)
  dimnames(draws) <- list(NULL, NULL, fit$spec$variables)
  draws
}

#' Log density of each row of `parameters` given data set `set[i]`
#'
#' @param parameters Numeric matrix, one row per value, on the user's scale.
#' @param sets From read_newdata().
#' @param set Whole numbers: the data set of each row, counted from 1.
#' @param member Which network of an ensemble is asked; 0 for all.
#' @return Numeric vector; `-Inf` outside the support.
#' @noRd
posterior_log_density <- function(fit, parameters, sets, set, cores,
                                  call = rlang::caller_env(), member = 0) {
  support <- fit$spec$support
  # The core itself sees what is no simplex, no correlation matrix, ...
  bounded <- setdiff(seq_len(ncol(parameters)), shape_columns(support$shapes))
  values <- t(parameters[, bounded, drop = FALSE])
  outside <- colSums(
    values <= support$lower[bounded] | values >= support$upper[bounded]
  ) > 0
  log_density <- rep(-Inf, nrow(parameters))
  if (any(!outside)) {
    moved <- forward_density_steps(
      prefix_steps(fit$adapter$parameters), parameters[!outside, , drop = FALSE], call
    )
    log_density[!outside] <- moved$log_det + call_core(
      core_posterior_log_density(
        live_posterior(fit, call), moved$z, host_sets(fit$adapter, sets, call),
        as.integer(set[!outside]) - 1L, as.integer(cores), as.integer(member)
      ),
      call = call
    )
  }
  log_density
}

#' log q of rows and its gradient by what they are conditioned on
#'
#' @return List of `log_density` and `gradient` (row, number of a data set).
#' @noRd
density_gradient <- function(fit, targets, sets, set, cores, call = rlang::caller_env()) {
  support <- fit$spec$support
  inside <- which(colSums(t(targets) <= support$lower | t(targets) >= support$upper) == 0)
  out <- list(
    log_density = rep(-Inf, nrow(targets)),
    gradient = matrix(0, nrow(targets), ncol(sets$data[[1]]$values))
  )
  if (length(inside) > 0) {
    found <- call_core(
      core_log_density_gradient(
        live_posterior(fit, call), targets[inside, , drop = FALSE], host_sets(fit$adapter, sets, call),
        as.integer(set[inside]) - 1L, as.integer(cores)
      ),
      call = call
    )
    out$log_density[inside] <- found$log_density
    out$gradient[inside, ] <- found$gradient
  }
  out
}

#' What a network predicts for each data set, on the networks' scale
#'
#' @param sets From read_newdata().
#' @return Numeric matrix (data set, number).
#' @noRd
network_predictions <- function(fit, sets, cores, call = rlang::caller_env()) {
  call_core(
    core_predict(
      live_prediction(fit, call), host_sets(fit$adapter, sets, call), as.integer(cores)
    ),
    call = call
  )
}
