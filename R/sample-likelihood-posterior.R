# Posteriors by a learned likelihood or ratio: prior times what was learned, and an exact sampler.

# Draws of the prior from which chains start.
likelihood_candidates <- 4000

# Fits that draw only so.
draws_by_chains <- function(fit) inherits(fit, c("amortflow_asked_likelihood", "amortflow_ratio_fit"))

#' @param asked A fit of ratios, or from asking().
#' @return Array (draw, data set, variable) with the attribute `refinement`.
#' @noRd
likelihood_draws <- function(asked, sets, ndraws, prior, seed, cores, call) {
  variables <- asked$spec$variables
  assert_room(ndraws, sets$n, length(variables), call)
  draws <- array(NA_real_, c(ndraws, sets$n, length(variables)))
  rows <- vector("list", sets$n)
  for (i in seq_len(sets$n)) {
    own_seed <- derived_seed(seed, 100 + i)
    target <- posterior_target(asked, sets, i, prior, TRUE, cores, call)
    candidates <- prior_candidates(asked, sets, i, prior, own_seed, cores, call)
    exact <- exact_draws(target, candidates, ndraws, prior, variables, own_seed, call)
    draws[, i, ] <- exact$draws
    rows[[i]] <- data.frame(
      data_set = i, step = "mcmc", pareto_k = NA_real_, ess = exact$ess, rhat = exact$rhat,
      chains = exact$chains
    )
  }
  refinement <- do.call(rbind, rows)
  refinement$data_set <- sets$ids %||% seq_len(sets$n)
  warn_of_refinement(refinement, call)
  structure(draws, refinement = refinement)
}

prior_candidates <- function(asked, sets, i, prior, seed, cores, call) {
  context <- sets$context[i, , drop = FALSE]
  given <- given_values(prior, context)
  known <- if (length(given) > 0 && ncol(context) > 0) as.data.frame(context, optional = TRUE)
  drawn <- posterior::as_draws_matrix(with_call(
    sample_prior(prior, likelihood_candidates, seed = seed, context = known), call
  ))
  values <- matrix(
    drawn[, asked$spec$variables], likelihood_candidates,
    dimnames = list(NULL, asked$spec$variables)
  )
  log_lik <- set_likelihood(asked, sets, i, cores, call)
  list(draws = values, log_ratio = sum_log_lik(log_lik, values, TRUE, call))
}

# The prior given, or that of the model that the likelihood was learned from.
likelihood_prior <- function(prior, asked, call) {
  if (!is.null(asked$model)) {
    return(as_other_prior(prior, asked, call))
  }
  if (is.null(prior)) {
    amortflow_abort(
      "`prior` must be given: this fit holds no model.", "argument",
      hint = "A learned likelihood or ratio goes with any prior of the same parameters: priors(...).",
      arg = "prior", call = call
    )
  }
  assert_class(prior, "amortflow_prior", "priors() or prior_function()", arg = "prior", call = call)
  if (!setequal(prior_variables(prior), asked$spec$variables)) {
    abort_argument(
      prior_variables(prior), "prior",
      sprintf("of the parameters %s", shown_names(asked$spec$variables)), call
    )
  }
  prior
}
