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
#' @section Errors:
#' * `amortflow_error_newdata`: `newdata` has a wrong shape, type or names, or
#'   values that are missing or infinite.
#' * `amortflow_error_context`, `amortflow_error_unsupported`: something was
#'   asked for that this fit cannot do.
#' * `amortflow_error_argument`: any other argument is not what it must be, an
#'   argument is not known, `newdata` is missing, or more than 2^31 numbers would
#'   be drawn at once.
#'
#' @param fit A fit made by [fit_posterior()].
#' @param newdata One data set or many, see section Data sets.
#' @param context `NULL`; models with context are not offered yet.
#' @param by String: the column of a data frame `newdata` that tells data sets
#'   apart, or `NULL`.
#' @param ndraws Whole number: draws per data set.
#' @param refine `"none"`. Refinement by importance sampling (`"auto"`) is not
#'   offered yet.
#' @param prior `NULL`; another prior than that of training is not offered yet.
#' @param seed Whole number, or `NULL` to draw one from R's generator. Draws
#'   depend on the seed and the place of the data set in `newdata` only, not on
#'   `cores`.
#' @param cores Whole number: threads to use.
#' @return For one data set a [posterior::draws_array()] with `ndraws`
#'   iterations and one chain, of additional class `amortflow_posterior` for
#'   plots. For many an [amortflow_draws][amortflow_draws] object.
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
  assert_posterior_fit(fit)
  sets <- read_newdata(fit, newdata, by, context)
  ndraws <- assert_count(ndraws)
  refuse_refinement(assert_choice(refine, c("none", "auto")))
  refuse_prior(prior)
  seed <- as_seed(seed)
  cores <- assert_count(cores)
  draws <- draw_sets(fit, sets, ndraws, seed, cores)
  dimnames(draws) <- list(NULL, sets$ids, fit$spec$variables)
  if (sets$many) {
    return(new_draws(draws))
  }
  one_posterior(draws, 1)
}

assert_posterior_fit <- function(fit, arg = rlang::caller_arg(fit),
                                 call = rlang::caller_env()) {
  assert_class(
    fit, "amortflow_posterior_fit", "fit_posterior()",
    arg = arg, call = call
  )
}

refuse_refinement <- function(refine, call = rlang::caller_env()) {
  if (refine != "none") {
    amortflow_abort(
      "`refine` must be \"none\": refinement is not offered yet.",
      "unsupported",
      call = call
    )
  }
}

refuse_prior <- function(prior, call = rlang::caller_env()) {
  if (!is.null(prior)) {
    amortflow_abort(
      "`prior` must be NULL: another prior than that of training is not offered yet.",
      "unsupported",
      hint = "Fit again with the other prior.",
      call = call
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
