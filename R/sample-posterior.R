#' Draw from the posterior of any data set
#'
#' A fit is not conditioned on data: give it one data set or thousands, and the
#' trained networks draw from each posterior in one batched call. Draws are
#' independent, on the parameters' own scale and inside the prior's support.
#'
#' @section Data sets:
#' | observed | one data set | many |
#' |---|---|---|
#' | `"vector"` | vector of length p, or a data frame of 1 row | matrix or data frame, one row per data set |
#' | `"exchangeable"`, `"series"` | n x v matrix or data frame; with v = 1 a bare vector | unnamed list of these; array (data set, position, variable); data frame and `by = "column"` |
#' | `"array"` | array of the simulator's shape | array with one leading dimension more; unnamed list of arrays |
#'
#' An `amortflow_simulations` object, as `simulate()` gives it, is always many.
#' If data and fit both name their variables, names decide and columns may come
#' in any order (the name of an only variable does not matter).
#'
#' The number of positions n may differ between data sets. Outside the range
#' that the fit saw in training, exchangeable data give a warning of class
#' `amortflow_warning_newdata` (an extrapolation), series an error: what a
#' network for series makes of lengths it never saw is not an extrapolation but
#' an accident. A dense summary network knows no other length at all, so it
#' gives an error too.
#'
#' @section Refinement:
#' Where the model knows its log likelihood (`log_lik =` of [generative_model()]),
#' `refine = "auto"` takes one of three steps for each data set:
#' * `"none"`: log ratios log p(x | theta) + log p(theta) - log q(theta | x) of the
#'   networks' draws are all alike (within 0.01), so draws stay as they are.
#' * `"weights"`: the Pareto k of the ratios is at most 0.7, and weights are worth
#'   `ndraws` draws or more. Four times as many draws as asked for are resampled by
#'   Pareto-smoothed weights (Vehtari et al. 2024; systematic resampling, which takes
#'   a draw twice only where its weight is more than four times the mean).
#' * `"mcmc"`: elsewhere, and where `prior` reaches beyond the support of the training
#'   prior. Up to 16 chains of slice sampling (Neal 2003) start from the networks'
#'   draws, on the unconstrained scale, warm up until they agree, and give the
#'   draws; these are as exact as the chains are long (`rhat`, `ess`).
#'
#' The attribute `refinement` of the result is a data frame with one row per data
#' set: `data_set`, `step`, `pareto_k` (`-Inf` where ratios are alike), `ess` (of
#' the weights, at most `ndraws`; or the least bulk ESS of the chains), `rhat` (the
#' largest, `NA` without chains), `chains`, and the list `log_weights` (log ratios
#' of all draws of the networks, not smoothed).
#'
#' @section Errors:
#' * `amortflow_error_newdata`: `newdata` has a wrong shape, type or names, or
#'   values that are missing or infinite.
#' * `amortflow_error_context`, `amortflow_error_unsupported`: something was
#'   asked for that this fit cannot do.
#' * `amortflow_error_argument`: any other argument is not what it must be, an
#'   argument is not known, `newdata` is missing, or more than 2^31 numbers would
#'   be drawn at once.
#' * `amortflow_error_refinement`: no draw of the networks has a positive posterior
#'   density.
#'
#' A warning of class `amortflow_warning_refinement` says that chains do not agree.
#'
#' @param fit A fit made by [fit_posterior()], [fit_joint()], [fit_ratio()], or
#'   [fit_likelihood()]. Posteriors of the last two come from the chains of the step
#'   `"mcmc"`, whatever `refine` says; they start from draws of the prior.
#' @param newdata One data set or many, see section Data sets.
#' @param context Values of the model's context for these data sets, where it has
#'   one: a named list, or a data frame with one row per data set.
#' @param by String: the column of a data frame `newdata` that tells data sets
#'   apart, or `NULL`.
#' @param ndraws Whole number: draws per data set.
#' @param refine `"none"`: draws of the networks as they are. `"auto"`: draws that
#'   are corrected by the model's log likelihood, see section Refinement.
#' @param prior `NULL`, or a prior made by [priors()] or [prior_function()] for the
#'   same parameters, in place of the one of training: draws are then always
#'   refined. The networks need not be trained again. Must be given for a fit of
#'   [fit_likelihood()] or [fit_ratio()] that holds no model.
#' @param seed Whole number, or `NULL` to draw one from R's generator. Draws
#'   depend on the seed and the place of the data set in `newdata` only, not on
#'   `cores`.
#' @param cores Whole number: threads to use.
#' @return For one data set a [posterior::draws_array()] with `ndraws`
#'   iterations and one chain (after the step `"mcmc"` with several, where their
#'   number divides `ndraws`), of additional class `amortflow_posterior` for
#'   plots. For many an [amortflow_draws][amortflow_draws] object.
#' @references
#' Neal (2003). Slice sampling. *Annals of Statistics* 31(3), 705-767.
#'
#' Vehtari, Simpson, Gelman, Yao and Gabry (2024). Pareto smoothed importance
#' sampling. *Journal of Machine Learning Research* 25(72), 1-58.
#' @seealso [log_density()], [posterior_predict()], [check_calibration()]
#' @examples
#' \donttest{
#' fit <- fit_posterior(
#'   example_model("two_moons"),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' draws <- sample_posterior(fit, c(0, 0), ndraws = 200, seed = 1)
#' summarise_draws(draws)
#'
#' # Three data sets at once
#' many <- sample_posterior(fit, matrix(0, 3, 2), ndraws = 200, seed = 1)
#' many[[2]]
#' }
#' @export
sample_posterior <- function(fit, newdata, context = NULL, by = NULL,
                             ndraws = 1000, refine = c("none", "auto"),
                             prior = NULL, seed = NULL,
                             cores = getOption("mc.cores", 1L)) {
  fit <- posterior_source(fit)
  sets <- read_newdata(fit, newdata, by, context)
  ndraws <- assert_count(ndraws)
  refine <- assert_choice(refine, c("none", "auto"))
  seed <- as_seed(seed)
  cores <- assert_count(cores)
  if (draws_by_chains(fit)) {
    prior <- likelihood_prior(prior, fit, rlang::current_env())
    draws <- likelihood_draws(fit, sets, ndraws, prior, seed, cores, rlang::current_env())
  } else if (refine == "none" && is.null(prior)) {
    draws <- draw_sets(fit, sets, ndraws, seed, cores)
  } else {
    assert_has_density(fit)
    assert_known_likelihood(fit)
    prior <- as_other_prior(prior, fit)
    draws <- refined_draws(fit, sets, ndraws, prior, seed, cores)
  }
  dimnames(draws) <- list(NULL, sets$ids, fit$spec$variables)
  if (sets$many) {
    return(new_draws(draws))
  }
  one_posterior(draws, 1)
}

# What draws of a posterior come from: its own networks, or a likelihood and a prior.
posterior_source <- function(fit, call = rlang::caller_env()) {
  if (inherits(fit, "amortflow_likelihood_fit")) {
    return(asking(fit))
  }
  assert_drawable_fit(fit, call)
  fit
}

assert_posterior_fit <- function(fit, arg = rlang::caller_arg(fit),
                                 call = rlang::caller_env()) {
  assert_class(
    fit, "amortflow_posterior_fit", "fit_posterior()",
    arg = arg, call = call
  )
}

# Fits that have posteriors, by whatever way.
assert_drawable_fit <- function(fit, call = rlang::caller_env()) {
  if (!inherits(fit, "amortflow_ratio_fit")) {
    assert_class(
      fit, "amortflow_posterior_fit", "fit_posterior(), fit_joint(), fit_ratio() or fit_likelihood()",
      arg = "fit", call = call
    )
  }
}

# Draws of any kind of fit, with errors as those of the user's call.
draw_sets <- function(fit, sets, ndraws, seed, cores,
                      call = rlang::caller_env()) {
  assert_room(ndraws, sets$n, length(fit$spec$variables), call)
  with_call(draw_posterior(fit, sets, ndraws, seed, cores), call)
}

# Numbers that one call may draw: at 2^31 doubles, 16 GB.
most_drawn <- 2^31

assert_room <- function(ndraws, n_sets, n_variables, call) {
  count <- ndraws * n_sets * n_variables
  if (count > most_drawn) {
    amortflow_abort(
      sprintf(
        paste(
          "`ndraws` x data sets x variables must be at most 2^31 numbers,",
          "not %.0f x %.0f x %.0f = %.3g (%.0f GB)."
        ),
        ndraws, n_sets, n_variables, count, count * 8 / 1e9
      ),
      "argument",
      hint = "Take fewer draws, or fewer data sets at a time.",
      arg = "ndraws", value = ndraws, call = call
    )
  }
}

# What kinds of fits differ in: array (draw, data set, variable) on the user's
# scale, and log densities of rows of parameters given data sets.
draw_posterior <- function(fit, sets, ndraws, seed, cores) {
  UseMethod("draw_posterior")
}

#' @exportS3Method
draw_posterior.amortflow_posterior_fit <- function(fit, sets, ndraws, seed,
                                                   cores) {
  posterior_draws_array(fit, sets, ndraws, seed, cores)
}

posterior_density <- function(fit, parameters, sets, set, cores) {
  UseMethod("posterior_density")
}

#' @exportS3Method
posterior_density.amortflow_posterior_fit <- function(fit, parameters, sets,
                                                      set, cores) {
  posterior_log_density(fit, parameters, sets, set, cores)
}
