#' Keep a fit in a file
#'
#' `save_fit()` writes a fit as data: networks, weights, adapter, history.
#' `load_fit()` checks every length and a hash before it believes the file, and
#' nothing in it is run as code. `saveRDS()` and `readRDS()` work too.
#'
#' R functions are not in the file: give the model back by `model =`. A model
#' whose prior is in [priors()] notation and whose simulator is C++ travels as
#' source, but is compiled only with `compile = TRUE`. Without a model,
#' sampling and densities work, checks need `simulations =`.
#'
#' @section Errors:
#' `amortflow_error_format` if the file cannot be read or written, is not a
#' fit, is damaged, or was written by a newer version (which is refused with
#' advice; older versions are read).
#'
#' @param fit A fit.
#' @param path String: the file. It is written beside and then renamed, so that
#'   an earlier file stays whole whatever happens.
#' @param model A [generative_model()] to attach, or `NULL`.
#' @param adapter `NULL`; adapters with R functions are not offered yet.
#' @param compile `TRUE` to compile a C++ simulator that came with the file.
#' @return `save_fit()` the path, invisibly; `load_fit()` the fit.
#' @examples
#' fit <- fit_posterior(
#'   example_model("two_moons"),
#'   epochs = 2, batches_per_epoch = 20, validation = 100,
#'   seed = 1, silent = TRUE
#' )
#' path <- tempfile(fileext = ".amortflow")
#' save_fit(fit, path)
#' again <- load_fit(path)
#' @export
save_fit <- function(fit, path) {
  assert_class(fit, "amortflow_fit", "a fit_*() function")
  assert_string(path)
  content <- unclass(fit)[c("spec", "adapter", "outcome", "versions", "hash")]
  content$history <- as.list(fit$history)
  content$model <- model_source(fit$model) %||% fit$model_source
  if (!is.null(fit$validation)) {
    content$validation <- file_simulations(fit$validation)
  }
  call_core(core_write_fit(
    path.expand(path), plain_lists(content), fit$weights
  ))
  invisible(path)
}

#' @rdname save_fit
#' @export
load_fit <- function(path, model = NULL, adapter = NULL, compile = FALSE) {
  assert_string(path)
  assert_flag(compile)
  if (!is.null(adapter)) {
    abort_argument(adapter, "adapter", "NULL", rlang::current_env())
  }
  if (!is.null(model)) {
    assert_class(model, "amortflow_model", "generative_model()")
  }
  file <- call_core(core_read_fit(path.expand(path)))
  fit <- restore_fit(file$fit, file$weights)
  fit["model"] <- list(model %||% restore_model(file$fit$model, compile))
  fit$model_source <- file$fit$model
  live_posterior(fit)
  fit
}

# Classes are put back by code, not read from the file.
restore_fit <- function(content, weights, call = rlang::caller_env()) {
  parts <- c("spec", "adapter", "outcome", "versions", "history")
  missing <- setdiff(parts, names(content))
  if (length(missing) > 0 || !identical(content$spec$kind, "posterior")) {
    amortflow_abort(
      "The file must hold a posterior fit, but parts of it are missing.",
      "format",
      call = call
    )
  }
  for (stage in c("summary", "inference")) {
    network <- content$spec[[stage]]
    content$spec[[stage]] <- new_network_spec(network$kind, stage, network[-1])
  }
  structure(
    list(
      spec = content$spec,
      weights = weights,
      adapter = do.call(new_adapter, content$adapter),
      history = as.data.frame(content$history),
      outcome = content$outcome,
      model = NULL,
      validation = restore_simulations(content$validation),
      versions = content$versions,
      hash = content$hash
    ),
    class = c("amortflow_posterior_fit", "amortflow_fit")
  )
}

#' Lists without attributes, as the core's files hold them
#' @noRd
plain_lists <- function(x) {
  if (is.list(x)) {
    return(lapply(unclass(x), plain_lists))
  }
  attributes(x) <- attributes(x)["names"]
  x
}

file_simulations <- function(simulations) {
  rows <- data_rows(simulations$data, attr(simulations, "observed"))
  list(
    parameters = as.vector(simulations$parameters),
    variables = colnames(simulations$parameters),
    values = as.vector(rows$values),
    data_names = colnames(rows$values),
    lengths = rows$lengths,
    observed = attr(simulations, "observed"),
    support = attr(simulations, "support")
  )
}

restore_simulations <- function(content) {
  if (is.null(content)) {
    return(NULL)
  }
  rows <- list(
    values = matrix(
      content$values,
      ncol = length(content$values) / sum(content$lengths),
      dimnames = if (!is.null(content$data_names)) {
        list(NULL, content$data_names)
      }
    ),
    lengths = as.integer(content$lengths)
  )
  simulations <- simulations(
    matrix(
      content$parameters,
      ncol = length(content$variables),
      dimnames = list(NULL, content$variables)
    ),
    rows_data(rows, content$observed),
    observed = content$observed
  )
  attr(simulations, "support") <- content$support
  simulations
}
