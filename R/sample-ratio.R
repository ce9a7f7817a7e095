# Posteriors of fits of ratios: prior density times ratio, drawn from by slice sampling.

# Prior draws that chains start from, by weights that the ratio gives.
fewest_prior_draws <- 4000

assert_prior_density <- function(fit, call = rlang::caller_env()) {
  if (is.null(fit$model) || !is.null(fit$adapter$keep) || length(fit$model$prior$given) > 0) {
    amortflow_abort(
      "A fit of ratios needs the density of its model's prior of all parameters, which must not depend on context.",
      "unsupported",
      hint = paste(
        "Fits to simulations alone know no prior; fit a generative_model(), or give a loaded fit its own back",
        "by load_fit(path, model = )."
      ),
      call = call
    )
  }
}

#' @return Function of a matrix of parameters and of the data set of each row: log
#'   ratios. What conditions the network is worked out once.
#' @noRd
log_ratio_function <- function(fit, sets, cores, call = rlang::caller_env()) {
  live <- live_ratio(fit, call)
  conditions <- call_core(core_ratio_conditions(live, host_sets(fit$adapter, sets, call), as.integer(cores)), call = call)
  prefix <- prefix_steps(fit$adapter$parameters)
  function(parameters, set) {
    call_core(
      core_log_ratios(live, conditions, unname(forward_steps(prefix, parameters, call)), as.integer(set) - 1L),
      call = call
    )
  }
}

#' @return Function of a matrix of parameters and of the data set of each row: log
#'   of prior times ratio.
#' @noRd
ratio_target <- function(fit, sets, cores, call = rlang::caller_env()) {
  assert_prior_density(fit, call)
  prior <- fit$model$prior
  order <- match(prior_variables(prior), fit$spec$variables)
  log_ratio <- log_ratio_function(fit, sets, cores, call)
  function(parameters, set) {
    density <- prior_log_density(prior, parameters[, order, drop = FALSE], no_given(), call)
    possible <- which(density > -Inf)
    if (length(possible) > 0) {
      density[possible] <- density[possible] + log_ratio(parameters[possible, , drop = FALSE], set[possible])
    }
    density
  }
}

#' @exportS3Method
posterior_density.amortflow_ratio_fit <- function(fit, parameters, sets, set, cores) {
  ratio_target(fit, sets, cores)(parameters, set)
}

#' @exportS3Method
draw_posterior.amortflow_ratio_fit <- function(fit, sets, ndraws, seed, cores) {
  target <- ratio_target(fit, sets, cores)
  prior <- fit$model$prior
  variables <- fit$spec$variables
  first <- unclass(posterior::as_draws_matrix(sample_prior(prior, max(fewest_prior_draws, ndraws), derived_seed(seed, 99))))
  first <- matrix(first[, variables], nrow(first), dimnames = list(NULL, variables))
  draws <- array(NA_real_, c(ndraws, sets$n, length(variables)))
  rhat <- numeric(sets$n)
  for (i in seq_len(sets$n)) {
    own <- function(parameters) target(parameters, rep(i, nrow(parameters)))
    candidates <- list(
      draws = first,
      log_ratio = own(first) - prior_log_density(
        prior, first[, prior_variables(prior), drop = FALSE], no_given()
      )
    )
    exact <- exact_draws(
      own, candidates, ndraws, prior, variables, derived_seed(seed, 100 + i), rlang::current_env()
    )
    draws[, i, ] <- exact$draws
    rhat[[i]] <- exact$rhat
  }
  warn_of_refinement(data.frame(data_set = sets$ids %||% seq_len(sets$n), rhat = rhat), rlang::current_env())
  draws
}
