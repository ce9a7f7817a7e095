#' How probable is each model, given data?
#'
#' @section Odds:
#' The network learned probabilities under the proportions in which models were
#' simulated; what is given here are those under `prior_prob` of
#' [fit_comparison()], p_j proportional to q_j prior_j / training_j. The Bayes
#' factor of two models is the ratio of q_j / training_j; it is worked out from
#' log probabilities, and neither rounded nor smoothed.
#'
#' @inheritParams sample_posterior
#' @param x A fit made by [fit_comparison()].
#' @param newdata One or many data sets, see Data sets in [sample_posterior()].
#' @return A data frame of class `amortflow_probabilities` with one row per data
#'   set: `data_set`, and for each model the probability in a column of its name;
#'   with `output = "dirichlet"` also `concentration`, the sum of the
#'   concentrations. Attributes: `log_evidence` (matrix, data set x model: log of
#'   q_j / training_j, which are log evidences up to a number of each data set) and
#'   `prior_prob`.
#'
#'   [bridgesampling::post_prob()] re-weights it to other `prior_prob`, and
#'   [bridgesampling::bayes_factor()] gives the Bayes factors of two `models`.
#' @section Errors:
#' `amortflow_error_newdata` and `amortflow_error_context` as for
#' [sample_posterior()].
#' @examples
#' heads <- function(a, b) {
#'   generative_model(
#'     prior_function(function() c(p = rbeta(1, a, b))),
#'     simulator(function(theta) rbinom(1, 50, theta$p))
#'   )
#' }
#' fit <- fit_comparison(
#'   list(fair = heads(10, 10), any = heads(1, 1)),
#'   epochs = 2, batches_per_epoch = 20, validation = 100, seed = 1, silent = TRUE
#' )
#' compare_probabilities(fit, rbind(5, 25, 45))
#' @export
compare_probabilities <- function(x, newdata, context = NULL, by = NULL,
                                  cores = getOption("mc.cores", 1L)) {
  assert_class(x, "amortflow_comparison_fit", "fit_comparison()")
  sets <- read_newdata(x, newdata, by, context)
  new_probabilities(x, predict_models(x, sets, assert_count(cores)), sets$ids)
}

# Log probabilities in training's proportions, and concentrations where they were learned.
predict_models <- function(fit, sets, cores, call = rlang::caller_env()) {
  predicted <- network_predictions(fit, sets, cores, call)
  colnames(predicted) <- fit$spec$comparison$models
  if (fit$spec$comparison$output == "softmax") {
    return(list(log_prob = predicted))
  }
  list(
    log_prob = log(predicted) - log(rowSums(predicted)), concentration = rowSums(predicted)
  )
}

new_probabilities <- function(fit, predicted, ids = NULL) {
  comparison <- fit$spec$comparison
  log_evidence <- relative_evidence(fit, predicted)
  rownames(log_evidence) <- ids %||% seq_len(nrow(log_evidence))
  columns <- data.frame(
    data_set = ids %||% seq_len(nrow(log_evidence)),
    model_probabilities(log_evidence, comparison$prior_prob),
    check.names = FALSE, row.names = NULL
  )
  if (!is.null(predicted$concentration)) columns$concentration <- predicted$concentration
  structure(
    columns,
    class = c("amortflow_probabilities", "data.frame"),
    log_evidence = log_evidence, prior_prob = comparison$prior_prob
  )
}

# Log evidences up to a number of each data set: what training's proportions say is taken back.
relative_evidence <- function(fit, predicted) {
  sweep(predicted$log_prob, 2, log(fit$spec$comparison$training_prob))
}

# Rows may have been taken away or put in another order since.
#' @exportS3Method
evidence_matrix.amortflow_probabilities <- function(x, call = rlang::caller_env()) {
  log_evidence <- attr(x, "log_evidence")
  if (is.null(log_evidence) || !all(x$data_set %in% rownames(log_evidence))) {
    amortflow_abort(
      "`x` must be what compare_probabilities() gave.", "argument", call = call
    )
  }
  log_evidence[match(x$data_set, rownames(log_evidence)), , drop = FALSE]
}

#' @export
print.amortflow_probabilities <- function(x, n = 12, ...) {
  assert_no_dots(...)
  prior_prob <- attr(x, "prior_prob")
  if (!is.null(prior_prob)) {
    cat(strwrap(
      sprintf(
        "Probabilities of %d models for %s; before the data they were %s.",
        length(prior_prob), many_of(nrow(x), "data set"),
        paste(format(prior_prob, digits = 3), collapse = ", ")
      ),
      width = 80, exdent = 2
    ), sep = "\n")
  }
  print_rows(x, n)
  invisible(x)
}
