# What bridgesampling's generics answer for fits and evidences; registered when that package is there.

#' Bayes factors, model probabilities and bridge sampling
#'
#' Methods for the generics of the bridgesampling package.
#'
#' `post_prob()` and `bayes_factor()` take what [compare_evidence()] or
#' [compare_probabilities()] gave.
#'
#' `bridge_sampler()` estimates the log evidence of one data set by bridge sampling
#' (Meng and Wong 1996) between the posterior and the networks' draws: half of the
#' draws are refined (`refine = "auto"` of [sample_posterior()]), the other half is
#' the proposal. Unlike importance sampling it does not need proposals with heavy
#' tails, so it also serves where [compare_evidence()] reports a high Pareto k.
#'
#' @inheritParams sample_posterior
#' @param x,x1 What [compare_evidence()] or [compare_probabilities()] gave.
#' @param x2 Another such table (each of them with one model), or `NULL` to compare
#'   two `models` of `x1`.
#' @param samples A fit made by [fit_posterior()] whose model knows its log
#'   likelihood.
#' @param newdata One data set.
#' @param ndraws Whole number: refined draws, and as many proposals.
#' @param prior_prob Numbers that sum to one: probabilities of the models before the
#'   data, in the order of the models; `NULL` for equal ones, or those of
#'   [fit_comparison()].
#' @param model_names Names of the models in the result; `NULL` for those in `x`.
#' @param models Names or numbers of the two models.
#' @param log `TRUE` for the logarithm of the Bayes factor.
#' @param ... Empty.
#' @return
#' * `post_prob()`: for one data set a named vector of probabilities; for several a
#'   matrix, data set x model.
#' * `bayes_factor()`: for one data set an object of bridgesampling's class
#'   `bf_default` with the elements `bf` and `log`; for several a numeric vector.
#' * `bridge_sampler()`: an object of bridgesampling's class `bridge` with `logml`,
#'   `niter`, `method` and the log densities, as `logml()`, `error_measures()`,
#'   `bf()` and `post_prob()` take it.
#' @section Errors:
#' * `amortflow_error_argument`: tables, models or probabilities that do not fit.
#' * `amortflow_error_unsupported`: the fit's model knows no log likelihood.
#' * those of [sample_posterior()].
#' @references
#' Meng and Wong (1996). Simulating ratios of normalizing constants via a simple
#' identity. *Statistica Sinica* 6, 831-860.
#' @name amortflow_bridgesampling
NULL

#' @rdname amortflow_bridgesampling
#' @exportS3Method bridgesampling::post_prob
post_prob.amortflow_evidence <- function(x, ..., prior_prob = NULL,
                                         model_names = NULL) {
  assert_no_dots(...)
  named_probabilities(x, prior_prob, model_names)
}

#' @rdname amortflow_bridgesampling
#' @exportS3Method bridgesampling::post_prob
post_prob.amortflow_probabilities <- function(x, ..., prior_prob = NULL,
                                              model_names = NULL) {
  assert_no_dots(...)
  named_probabilities(x, prior_prob %||% attr(x, "prior_prob"), model_names)
}

named_probabilities <- function(x, prior_prob, model_names, call = rlang::caller_env()) {
  probabilities <- model_probabilities(evidence_matrix(x, call), prior_prob, call)
  if (!is.null(model_names)) {
    if (!is.character(model_names) || length(model_names) != ncol(probabilities)) {
      must <- sprintf("%d names", ncol(probabilities))
      abort_argument(model_names, "model_names", must, call)
    }
    colnames(probabilities) <- model_names
  }
  if (nrow(probabilities) == 1) probabilities[1, ] else probabilities
}

#' @rdname amortflow_bridgesampling
#' @exportS3Method bridgesampling::bayes_factor
bayes_factor.amortflow_evidence <- function(x1, x2 = NULL, log = FALSE,
                                            models = c(1, 2), ...) {
  assert_no_dots(...)
  new_bayes_factor(evidence_pair(x1, x2, models), assert_flag(log))
}

#' @rdname amortflow_bridgesampling
#' @exportS3Method bridgesampling::bayes_factor
bayes_factor.amortflow_probabilities <- function(x1, x2 = NULL, log = FALSE,
                                                 models = c(1, 2), ...) {
  assert_no_dots(...)
  if (!is.null(x2)) {
    must <- "NULL, because `x1` holds all models that were compared"
    abort_argument(x2, "x2", must, rlang::current_env())
  }
  new_bayes_factor(evidence_pair(x1, NULL, models), assert_flag(log))
}

new_bayes_factor <- function(pair, log) {
  difference <- pair[, 1] - pair[, 2]
  factors <- if (log) difference else exp(difference)
  if (nrow(pair) > 1) {
    return(factors)
  }
  structure(
    list(bf = unname(factors), log = log),
    class = "bf_default", model_names = colnames(pair)
  )
}

# Matrix (data set, two models) of log evidences.
evidence_pair <- function(x1, x2, models, call = rlang::caller_env()) {
  first <- evidence_matrix(x1, call)
  if (is.null(x2)) {
    return(first[, model_places(models, colnames(first), call), drop = FALSE])
  }
  assert_class(x2, "amortflow_evidence", "compare_evidence()", arg = "x2", call = call)
  second <- evidence_matrix(x2, call)
  alike <- ncol(first) == 1 && ncol(second) == 1 &&
    identical(rownames(first), rownames(second))
  if (!alike) {
    amortflow_abort(
      "`x1` and `x2` must have one model each, and the same data sets.", "argument",
      hint = "Or leave out `x2`, and give `models` of `x1`.", call = call
    )
  }
  cbind(first, second)
}

model_places <- function(models, known, call) {
  places <- if (is.character(models)) match(models, known) else match(models, seq_along(known))
  if (length(places) != 2 || anyNA(places)) {
    must <- sprintf("two of the models %s, by name or number", shown_names(known))
    abort_argument(models, "models", must, call)
  }
  places
}

#' @rdname amortflow_bridgesampling
#' @exportS3Method bridgesampling::bridge_sampler
bridge_sampler.amortflow_posterior_fit <- function(
    samples, newdata, context = NULL, prior = NULL, ndraws = 4000, seed = NULL,
    cores = getOption("mc.cores", 1L), ...) {
  assert_no_dots(...)
  assert_known_likelihood(samples, "samples")
  assert_has_density(samples)
  sets <- read_newdata(samples, newdata, NULL, context)
  refuse_many_sets(sets)
  prior <- as_other_prior(prior, samples)
  ndraws <- assert_count(ndraws, lower = 100)
  seed <- as_seed(seed)
  cores <- assert_count(cores)
  refined <- refined_draws(samples, sets, ndraws, prior, seed, cores)
  exact <- posterior_places(samples, sets, refined[, 1, ], prior, cores)
  proposed <- weighed_draws(
    samples, sets, ndraws, prior, derived_seed(seed, 3), cores
  )
  bridge_between(
    list(target = exact$log_target, proposal = exact$log_density),
    list(target = proposed$log_target[, 1], proposal = proposed$log_density[, 1]),
    attr(refined, "refinement")$ess
  )
}

refuse_many_sets <- function(sets, call = rlang::caller_env()) {
  if (sets$n > 1) {
    amortflow_abort(
      sprintf("`newdata` must be one data set, not %d.", sets$n), "newdata",
      hint = "Use lapply() over data sets, or compare_evidence().", call = call
    )
  }
}

# Both log densities of draws of the only data set.
posterior_places <- function(fit, sets, draws, prior, cores, call = rlang::caller_env()) {
  draws <- matrix(
    draws,
    ncol = length(fit$spec$variables), dimnames = list(NULL, fit$spec$variables)
  )
  list(
    log_target = posterior_target(fit, sets, 1, prior, call = call)(draws),
    log_density = with_call(
      posterior_density(fit, draws, sets, rep(1L, nrow(draws)), cores), call
    )
  )
}

#' Meng and Wong's iteration with the optimal bridge
#'
#' @param exact,proposed Lists of `target` and `proposal`: log densities of draws of the posterior and of the proposal
#'   (their equations 2.6 and 4.1).
#' @param ess What the posterior's draws are worth.
#' @return Of class `bridge`.
#' @noRd
bridge_between <- function(exact, proposed, ess) {
  share <- ess / (ess + length(proposed$target))
  exact_ratio <- exact$target - exact$proposal
  proposed_ratio <- proposed$target - proposed$proposal
  # l / (s1 l + s2 r) and 1 / (s1 l + s2 r) with l a ratio and r the evidence, on the log scale.
  mix <- function(ratio, logml) {
    add_exp(log(share) + ratio, log1p(-share) + logml)
  }
  logml <- stats::median(proposed_ratio)
  for (niter in seq_len(most_bridge_iterations)) {
    before <- logml
    above <- log_sum_exp(proposed_ratio - mix(proposed_ratio, logml)) - log(length(proposed_ratio))
    below <- log_sum_exp(-mix(exact_ratio, logml)) - log(length(exact_ratio))
    logml <- above - below
    if (abs(logml - before) < bridge_tolerance) break
  }
  structure(
    list(
      logml = logml, niter = niter, method = "amortized",
      q11 = exact$target, q12 = exact$proposal,
      q21 = proposed$target, q22 = proposed$proposal
    ),
    class = "bridge"
  )
}

most_bridge_iterations <- 1000
bridge_tolerance <- 1e-10

# log(exp(x) + exp(y)), element by element.
add_exp <- function(x, y) {
  largest <- pmax(x, y)
  largest + log1p(exp(pmin(x, y) - largest))
}
