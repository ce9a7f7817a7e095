#' Keep a fit in a file
#'
#' `save_fit()` writes a fit as data: networks, weights, adapter, history.
#' `load_fit()` checks every length and a hash before it believes the file, and
#' nothing in it is run as code. `saveRDS()` and `readRDS()` work too.
#'
#' R functions are not in the file: give the model back by `model =`, and by
#' `adapter =` what has functions of [adapt_apply()] or is a [summary_function()]. A model
#' whose prior is in [priors()] notation and whose simulator is C++ travels as
#' source, but is compiled only with `compile = TRUE`. Without a model,
#' sampling and densities work, checks need `simulations =`.
#'
#' @section Errors:
#' * `amortflow_error_format` if the file cannot be read or written, is not a
#'   fit, is damaged, has parts that do not fit together, or was written by a
#'   newer version (which is refused with advice; older versions are read).
#' * `amortflow_error_config` if `model` has other parameters or data of another
#'   shape than the fit, or `adapter` has other steps.
#'
#' @section Warnings:
#' `amortflow_warning_file` if `model` is not the one that the fit was trained
#' on: its prior, simulator or settings differ.
#'
#' @param fit A fit.
#' @param path String: the file. It is written beside and then renamed, so that
#'   an earlier file stays whole whatever happens.
#' @param model A [generative_model()] to attach, or `NULL`.
#' @param adapter The [adapter()] that the fit was trained with, or its
#'   [summary_function()], or an unnamed list of both, to give R functions back;
#'   or `NULL`. What was learned stays as it is in the file.
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
  write_fit(fit, path, rlang::current_env())
  invisible(path)
}

write_fit <- function(fit, path, call) {
  refuse_folder(path, call)
  content <- file_content(fit)
  weights <- fit$weights
  if (inherits(fit, "amortflow_joint_fit")) {
    content$likelihood <- c(file_content(fit$likelihood), list(weights_from = length(weights)))
    weights <- c(weights, fit$likelihood$weights)
  }
  call_core(
    core_write_fit(path.expand(path), plain_lists(content), weights),
    call = call
  )
}

# All but the weights.
file_content <- function(fit) {
  parts <- c(
    "spec", "adapter", "outcome", "speed", "versions", "hash", "source_hash"
  )
  content <- unclass(fit)[intersect(parts, names(fit))]
  content$adapter <- file_adapter(fit$adapter)
  content$history <- as.list(fit$history)
  model <- if (is_exchanged(fit$model)) fit$model$model else fit$model
  content$model <- if (!is_model_mixture(model)) model_source(model) %||% fit$model_source
  if (!is.null(fit$validation)) {
    content$validation <- file_simulations(fit$validation)
  }
  content
}

refuse_folder <- function(path, call) {
  if (dir.exists(path)) {
    amortflow_abort(
      sprintf("`%s` must be a file, not a folder.", path), "format",
      hint = "Name a file in it.", call = call
    )
  }
}

# A path means the same file also after a simulator's setwd().
absolute_file <- function(path) {
  path <- path.expand(path)
  folder <- dirname(path)
  if (dir.exists(folder)) file.path(normalizePath(folder), basename(path)) else path
}

#' Refuse early what could not be written after hours of training
#' @noRd
assert_writable <- function(path, call = rlang::caller_env()) {
  refuse_folder(path, call)
  folder <- dirname(path.expand(path))
  problem <- if (!dir.exists(folder)) {
    "does not exist"
  } else if (file.access(folder, 2) != 0) {
    "cannot be written to"
  }
  if (!is.null(problem)) {
    amortflow_abort(
      sprintf("`%s` cannot be written: folder `%s` %s.", path, folder, problem),
      "format",
      hint = "Make the folder with dir.create(), or choose another.",
      call = call
    )
  }
}

#' @rdname save_fit
#' @export
load_fit <- function(path, model = NULL, adapter = NULL, compile = FALSE) {
  assert_string(path)
  assert_flag(compile)
  if (!is.null(model)) {
    assert_class(model, "amortflow_model", "generative_model()")
  }
  call <- rlang::current_env()
  fit <- read_fit(path, call)
  fit$adapter <- give_functions(fit$adapter, adapter, call)
  fit["model"] <- list(
    model %||% restore_model(fit$model_source, compile, call)
  )
  if (!is.null(model)) {
    check_kept_model(fit, model_identity(as_fitted(model, fit)), path, call)
  }
  if (inherits(fit, "amortflow_joint_fit")) fit$likelihood["model"] <- list(fit$model)
  fit
}

# A model in the role that a fit was trained on.
as_fitted <- function(model, fit) {
  if (fit$spec$kind == "likelihood") new_exchanged_model(model, fit$spec$likelihood) else model
}

read_fit <- function(path, call) {
  refuse_folder(path, call)
  file <- call_core(core_read_fit(path.expand(path)), call = call)
  likelihood <- file$fit[["likelihood"]]
  if (is.null(likelihood)) {
    return(restore_live(file$fit, file$weights, call))
  }
  from <- likelihood$weights_from
  if (!is_whole(from) || from >= length(file$weights)) {
    refuse_fit("the place of its likelihood's weights is malformed", call)
  }
  own <- seq_len(from)
  fit <- restore_live(file$fit, file$weights[own], call)
  learned <- restore_live(likelihood, file$weights[-own], call)
  if (fit$spec$kind != "posterior" || learned$spec$kind != "likelihood") {
    refuse_fit("it holds no posterior and likelihood", call)
  }
  new_joint_fit(fit, learned)
}

restore_live <- function(content, weights, call) {
  fit <- restore_fit(content, weights, call)
  fit$model_source <- content[["model"]]
  tryCatch(
    switch(fit$spec$kind,
      posterior = ,
      likelihood = live_posterior(fit, call),
      ratio = live_ratio(fit, call),
      live_prediction(fit, call)
    ),
    amortflow_error = function(e) {
      refuse_fit("its networks cannot be rebuilt", call, parent = e)
    }
  )
  fit
}

#' What tells a model from others, where it can be known without simulating
#'
#' @return List of `variables`, `observed`, `width` (numbers in a row of data)
#'   and `hash`; `width` and `hash` are `NULL` where unknown.
#' @noRd
model_identity <- function(model, simulations = NULL) {
  if (is.null(model)) {
    first <- simulations[1]
    blocks <- data_blocks(first$data, attr(first, "observed"))
    return(list(
      variables = colnames(first$parameters),
      observed = attr(simulations, "observed"),
      context = colnames(first$context),
      width = vapply(blocks, function(rows) as.double(ncol(rows$values)), 1),
      hash = attr(simulations, "model_hash")
    ))
  }
  shapes <- model$simulator$shape$observables
  list(
    variables = prior_variables(model$prior), observed = model$observed,
    context = context_variables(model$context),
    width = if (!is.null(shapes)) {
      unlist(Map(function(size, observed) {
        if (observed == "array") 1 else size$variables * if (observed == "vector") size$positions else 1
      }, shapes, unname(model$observed)))
    },
    hash = model_hash(model)
  )
}

#' Refuse to put a fit and a model together that cannot belong together
#'
#' @param fit The fit from `path`.
#' @param model From `model_identity()`.
#' @noRd
check_kept_model <- function(fit, model, path, call, hint = NULL) {
  difference <- shape_difference(
    list(
      variables = fit$adapter$variables, observed = spec_observed(fit$spec),
      context = fit$spec$context,
      width = vapply(fit$spec$observables, `[[`, 1, "width")
    ), model
  )
  if (!is.null(difference)) {
    amortflow_abort(
      sprintf("`%s` must hold a fit of the model given, but %s.", path, difference),
      "config",
      hint = hint %||% "Give the model that the fit was trained on.",
      call = call
    )
  }
  if (differs(fit$source_hash, model$hash)) {
    amortflow_warn(
      sprintf("`%s` holds the fit of another model than the one given.", path),
      "file",
      hint = hint %||% paste(
        "Prior, simulator or their settings differ:",
        "what the fit says holds for the model that it was trained on."
      ),
      call = call
    )
  }
}

# Nothing is known to differ where one is NULL.
differs <- function(a, b) {
  !is.null(a) && !is.null(b) && !identical(a, b)
}

#' @param one,other From `model_identity()`, and what to call them.
#' @return String: what the one has and the other has otherwise, or `NULL`.
#' @noRd
shape_difference <- function(one, other, fit = "the fit", given = "the model") {
  listed <- function(names) paste(shortened(names, 8), collapse = ", ")
  if (!identical(one$variables, other$variables)) {
    return(sprintf(
      "%s has parameters %s, and %s has %s", fit, listed(one$variables),
      given, listed(other$variables)
    ))
  }
  if (!identical(one$observed, other$observed)) {
    return(sprintf(
      "%s is for observed = %s, and %s has observed = %s", fit,
      shown_observed(one$observed), given, shown_observed(other$observed)
    ))
  }
  if (!identical(as.character(one$context), as.character(other$context))) {
    return(sprintf(
      "%s has context %s, and %s has %s", fit, listed(one$context %||% "none"),
      given, listed(other$context %||% "none")
    ))
  }
  if (!is.null(other$width) && any(one$width != other$width)) {
    at <- which(one$width != other$width)[[1]]
    return(sprintf(
      "%s is for data of %d variables, and %s gives %d", fit,
      as.integer(one$width[[at]]), given, as.integer(other$width[[at]])
    ))
  }
  NULL
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

# Names of a character vector do not survive in a file.
file_simulations <- function(simulations) {
  observed <- attr(simulations, "observed")
  blocks <- data_blocks(simulations$data, observed)
  list(
    parameters = as.vector(simulations$parameters),
    variables = colnames(simulations$parameters),
    data = lapply(blocks, function(rows) {
      list(values = as.vector(rows$values), lengths = rows$lengths)
    }),
    context = as.vector(simulations$context),
    context_names = colnames(simulations$context),
    support = attr(simulations, "support")
  )
}

shown_observed <- function(observed) {
  quoted <- dQuote(unname(observed), FALSE)
  if (!is_named_data(observed)) {
    return(quoted)
  }
  sprintf("c(%s)", paste(names(observed), quoted, sep = " = ", collapse = ", "))
}
