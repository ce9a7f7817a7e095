#' Evidence of models that know their likelihood
#'
#' The log marginal likelihood log p(x) of each model and data set, from draws of
#' its posterior fit: the logarithm of the mean of the ratios
#' p(x | theta) p(theta) / q(theta | x), smoothed by a Pareto tail (Vehtari et al.
#' 2024). Networks trained once do it for any data set.
#'
#' Every draw has a ratio; were q the posterior, all would be p(x). Their mean is
#' unbiased whatever q is (before smoothing), the mean of their logarithms is not,
#' and is not used.
#'
#' @section How many draws:
#' The standard error of the result is about sqrt((exp(s^2) - 1) / ndraws) where s
#' is `spread`. The default of 10,000 draws makes it 0.003 at a spread of 0.3, which
#' a well-trained fit reaches, and 0.013 at a spread of 1; it takes about half a
#' second for each data set, unless an R function as `log_lik` is slow. Where
#' posteriors have heavier tails than the networks, single draws get large weights
#' and k rises: `inference_coupling_flow(base = base_student())` has heavier ones.
#'
#' @inheritParams sample_posterior
#' @param fits A named list of fits made by [fit_posterior()], whose models know
#'   their log likelihoods; or one fit.
#' @param newdata The same data sets for all fits, see [sample_posterior()].
#' @param context Context values, from which each fit takes those that it knows.
#' @param ndraws Whole number: draws of each fit for each data set.
#' @return A data frame of class `amortflow_evidence`, one row per data set and
#'   model:
#'   * `model`, `data_set` (number, or label where `by =` gave one);
#'   * `log_evidence`;
#'   * `mc_error`: its standard error over draws;
#'   * `spread`: standard deviation of the log ratio, zero if q were the posterior:
#'     a warning light;
#'   * `pareto_k`: above 0.7 neither `log_evidence` nor `mc_error` are to be trusted;
#'     [bridge_sampler()][amortflow_bridgesampling] can then help. `-Inf` where all
#'     ratios are alike.
#'
#'   `print()` adds the models' probabilities if they are equally likely before;
#'   `bridgesampling::post_prob()` and `bridgesampling::bayes_factor()` take it, see
#'   [amortflow_bridgesampling].
#' @section Errors:
#' * `amortflow_error_unsupported`: a fit's model knows no log likelihood, or its
#'   networks have no density.
#' * `amortflow_error_argument`: `fits` is no named list of fits.
#' * those of [sample_posterior()].
#' @references
#' Vehtari, Simpson, Gelman, Yao and Gabry (2024). Pareto smoothed importance
#' sampling. *Journal of Machine Learning Research* 25(72), 1-58.
#' @examples
#' \donttest{
#' fit <- fit_posterior(
#'   example_model("gaussian_linear"),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' x <- rep(0.1, 10)
#' compare_evidence(list(linear = fit), x, ndraws = 1000, seed = 1)
#' sum(dnorm(x, 0, sqrt(0.2), log = TRUE))
#' }
#' @export
compare_evidence <- function(fits, newdata, context = NULL, by = NULL,
                             ndraws = 10000, seed = NULL,
                             cores = getOption("mc.cores", 1L)) {
  fits <- as_fits(fits)
  if (missing(newdata)) {
    abort_missing_newdata(rlang::current_env())
  }
  ndraws <- assert_count(ndraws, lower = 100)
  seed <- as_seed(seed)
  cores <- assert_count(cores)
  check_contexts_known(context, fits)
  parts <- lapply(names(fits), function(name) {
    fit_evidence(
      fits[[name]], name, newdata, known_context(context, fits[[name]]), by,
      ndraws, seed, cores
    )
  })
  check_same_sets(parts)
  evidence <- do.call(rbind, parts)
  # Data set by data set, models in the order given.
  place <- match(evidence$data_set, unique(evidence$data_set))
  evidence <- evidence[order(place), , drop = FALSE]
  rownames(evidence) <- NULL
  structure(evidence, class = c("amortflow_evidence", "data.frame"))
}

as_fits <- function(fits, call = rlang::caller_env()) {
  assert_given(fits, "a named list of fits made by fit_posterior()", "fits", call)
  if (inherits(fits, "amortflow_posterior_fit")) {
    fits <- list(model = fits)
  }
  good <- is.list(fits) && length(fits) > 0 && rlang::is_dictionaryish(fits) &&
    all(vapply(fits, inherits, NA, "amortflow_posterior_fit"))
  if (!good) {
    must <- "a named list of fits made by fit_posterior(), each name once"
    abort_argument(fits, "fits", must, call)
  }
  for (name in names(fits)) {
    arg <- paste0("fits$", name)
    assert_has_density(fits[[name]], call)
    assert_known_likelihood(fits[[name]], arg, call)
  }
  fits
}

fit_evidence <- function(fit, name, newdata, context, by, ndraws, seed, cores,
                         call = rlang::caller_env()) {
  sets <- read_newdata(fit, newdata, by, context, call)
  weighed <- weighed_draws(fit, sets, ndraws, fit$model$prior, seed, cores, call)
  rows <- lapply(seq_len(sets$n), \(i) evidence_row(weighed$log_ratio[, i]))
  data.frame(
    model = name, data_set = sets$ids %||% seq_len(sets$n),
    do.call(rbind, rows)
  )
}

# Standard error of a log mean by the delta method: sd of the weights over their mean.
evidence_row <- function(log_ratio) {
  smooth <- smooth_ratios(log_ratio)
  log_evidence <- log_sum_exp(smooth$log_weight) - log(length(log_ratio))
  relative <- exp(smooth$log_weight - log_evidence)
  data.frame(
    log_evidence = log_evidence,
    mc_error = stats::sd(relative) / sqrt(length(relative)),
    spread = smooth$spread, pareto_k = smooth$pareto_k
  )
}

check_same_sets <- function(parts, call = rlang::caller_env()) {
  counts <- vapply(parts, nrow, 1L)
  if (any(counts != counts[[1]])) {
    amortflow_abort(
      sprintf(
        "`newdata` must be as many data sets to every fit, not %s.",
        paste(counts, collapse = " and ")
      ),
      "newdata",
      call = call
    )
  }
}

# --- context of several models -----------------------------------------------

context_stem <- function(names) sub("\\[[0-9,]+\\]$", "", names)

# The values that a fit knows, by full or common name.
known_context <- function(context, fit) {
  if (is.null(context)) {
    return(NULL)
  }
  given <- context_names(context)
  known <- given %in% c(fit$spec$context, context_stem(fit$spec$context))
  if (!any(known)) {
    return(NULL)
  }
  if (is.matrix(context)) context[, known, drop = FALSE] else context[known]
}

context_names <- function(context) {
  if (is.matrix(context)) colnames(context) else names(context)
}

check_contexts_known <- function(context, fits, call = rlang::caller_env()) {
  known <- unlist(lapply(fits, \(fit) fit$spec$context))
  unknown <- setdiff(context_names(context), c(known, context_stem(known)))
  if (length(unknown) > 0 || (!is.null(context) && is.null(context_names(context)))) {
    amortflow_abort(
      sprintf(
        "`context` must hold values that a fit knows, not %s.",
        if (length(unknown) > 0) shown_names(unknown) else describe_value(context)
      ),
      "context",
      hint = if (length(known) > 0) sprintf("Known: %s.", shown_names(unique(known))),
      call = call
    )
  }
}

# --- probabilities -----------------------------------------------------------

#' Matrix (data set, model) of log evidences
#'
#' Those of a comparison fit are known up to a number of each data set.
#' @noRd
evidence_matrix <- function(x, call = rlang::caller_env()) UseMethod("evidence_matrix")

#' @exportS3Method
evidence_matrix.amortflow_evidence <- function(x, call = rlang::caller_env()) {
  assert_columns(x, c("model", "data_set", "log_evidence"), "x", call)
  models <- unique(x$model)
  sets <- unique(x$data_set)
  values <- matrix(NA_real_, length(sets), length(models), dimnames = list(sets, models))
  values[cbind(match(x$data_set, sets), match(x$model, models))] <- x$log_evidence
  if (anyNA(values) || nrow(x) != length(values)) {
    amortflow_abort(
      "`x` must have every model once for every data set.", "argument",
      hint = "Take the whole table that compare_evidence() gave.", call = call
    )
  }
  values
}

#' @param log_evidence Matrix (data set, model).
#' @param prior_prob One number per model, or `NULL` for equal ones.
#' @return Matrix (data set, model) of probabilities.
#' @noRd
model_probabilities <- function(log_evidence, prior_prob = NULL,
                                call = rlang::caller_env()) {
  prior_prob <- assert_prior_prob(prior_prob, colnames(log_evidence), call)
  exp(model_log_probabilities(log_evidence, prior_prob))
}

# Small probabilities keep their digits.
model_log_probabilities <- function(log_evidence, prior_prob) {
  log_weight <- sweep(log_evidence, 2, log(prior_prob), "+")
  log_weight - apply(log_weight, 1, log_sum_exp)
}

# In the order of `models` (names), which names of `prior_prob` decide where it has any.
assert_prior_prob <- function(prior_prob, models, call) {
  count <- length(models)
  if (is.null(prior_prob)) {
    return(rep(1 / count, count))
  }
  good <- is.numeric(prior_prob) && length(prior_prob) == count &&
    all(is.finite(prior_prob) & prior_prob > 0) && abs(sum(prior_prob) - 1) < 1e-8
  if (!good) {
    must <- sprintf("%d positive numbers that sum to one, one per model", count)
    abort_argument(prior_prob, "prior_prob", must, call)
  }
  if (is.null(names(prior_prob))) {
    return(prior_prob)
  }
  if (!setequal(names(prior_prob), models)) {
    abort_argument(prior_prob, "prior_prob", sprintf("named like the models (%s), or not at all", shown_names(models)), call)
  }
  unname(prior_prob[models])
}

#' @export
print.amortflow_evidence <- function(x, n = 12, ...) {
  assert_no_dots(...)
  shown <- as.data.frame(x)
  class(shown) <- "data.frame"
  whole <- has_columns(x, c("model", "data_set", "log_evidence")) &&
    length(unique(x$model)) > 1 && !anyDuplicated(x[c("model", "data_set")]) &&
    nrow(x) == length(unique(x$model)) * length(unique(x$data_set))
  if (whole) {
    probabilities <- model_probabilities(evidence_matrix(x))
    shown$probability <- probabilities[cbind(
      match(x$data_set, unique(x$data_set)), match(x$model, unique(x$model))
    )]
  }
  cat(strwrap(evidence_sentences(x, whole), width = 80, exdent = 2), sep = "\n")
  print_rows(shown, n, digits = 4)
  invisible(x)
}

evidence_sentences <- function(x, whole) {
  doubtful <- sum(x$pareto_k > largest_pareto_k)
  c(
    sprintf(
      "Log evidence of %s for %s.", many_of(length(unique(x$model)), "model"),
      many_of(length(unique(x$data_set)), "data set")
    ),
    if (whole) "Probabilities are those of models that were equally likely before.",
    if (isTRUE(doubtful > 0)) {
      sprintf(
        "Pareto k is above %.1f in %s: do not trust these.", largest_pareto_k,
        many_of(doubtful, "row")
      )
    }
  )
}
