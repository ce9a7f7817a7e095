#' Log likelihood of posterior draws
#'
#' For fits whose model knows its log likelihood: pointwise log densities of the
#' data at draws from their posterior, as loo and others take them.
#'
#' @inheritParams sample_posterior
#' @param object A fit made by [fit_posterior()] whose model knows its log
#'   likelihood.
#' @param draws Where to evaluate, in a form that `parameters` of [log_density()]
#'   has; `NULL` draws `ndraws` times from the posterior.
#' @param ndraws Whole number: draws where `draws` is `NULL`.
#' @param ... Empty.
#' @return For one data set a numeric matrix S x N (draw, observation); for many an
#'   unnamed list of these.
#' @section Errors:
#' * `amortflow_error_unsupported`: the model knows no log likelihood.
#' * `amortflow_error_parameters`: `draws` has a wrong shape or names.
#' * `amortflow_error_simulator`: the log likelihood raised an error.
#' * those of [sample_posterior()].
#' @seealso [log_lik.amortflow_model()], [loo.amortflow_posterior_fit()]
#' @examples
#' \donttest{
#' fit <- fit_posterior(
#'   example_model("gaussian_mean"),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' data <- matrix(rnorm(200), 50, 4)
#' dim(log_lik(fit, data, ndraws = 100, seed = 1))
#' }
#' @export
log_lik.amortflow_posterior_fit <- function(
    object, newdata, draws = NULL, context = NULL, by = NULL, ndraws = 1000,
    seed = NULL, cores = getOption("mc.cores", 1L), ...) {
  assert_no_dots(...)
  assert_known_likelihood(object, "object")
  sets <- read_newdata(object, newdata, by, context)
  cores <- assert_count(cores)
  ndraws <- assert_count(ndraws)
  places <- if (is.null(draws)) {
    drawn_places(draw_sets(object, sets, ndraws, as_seed(seed), cores))
  } else {
    read_parameters(object, draws, sets$n)
  }
  values <- lapply(seq_len(sets$n), function(i) {
    set_likelihood(object, sets, i, cores)(places$values[places$set == i, , drop = FALSE])
  })
  if (sets$many) values else values[[1]]
}

# Array (draw, data set, variable) in the form of read_parameters().
drawn_places <- function(draws) {
  n <- dim(draws)
  list(
    values = matrix(
      draws, n[[1]] * n[[2]],
      dimnames = list(NULL, dimnames(draws)[[3]])
    ),
    set = rep(seq_len(n[[2]]), each = n[[1]])
  )
}
