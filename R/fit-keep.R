# `file` of fit_*() functions: when a kept fit is as good as a new one, and how it is kept.

# Changes with all that changes the weights, but for a seed left to chance.
fit_hash <- function(source, simulations, settings, seed, from) {
  rlang::hash(list(
    source$variables, source$observed, source$hash,
    if (!is.null(simulations)) simulations_hash(simulations),
    value_content(settings), as.double(seed),
    if (!is.null(from)) {
      list(value_content(unclass(from$spec$estimator)), from$weights)
    }
  ))
}

#' An earlier fit from `file`, or NULL if it must be trained
#' @noRd
read_kept_fit <- function(kind, run, hash, source, model, call = rlang::caller_env()) {
  file <- run$file
  if (is.null(file)) {
    return(NULL)
  }
  if (run$file_refit == "always" || !file.exists(file)) {
    assert_writable(file, call)
    return(NULL)
  }
  fit <- read_fit(file, call)
  if (can_go_on(fit) && identical(fit$hash, hash) && has_checkpoint(run$checkpoint)) {
    return(NULL)
  }
  changed <- !identical(fit$hash, hash) || is_cut_short(fit)
  if (run$file_refit == "on_change" && changed) {
    assert_writable(file, call)
    return(NULL)
  }
  check_kept_kind(fit, kind, file, call)
  refit <- "`file_refit = \"on_change\"` or \"always\" trains the model given."
  check_kept_model(fit, source, file, call, hint = refit)
  warn_cut_short(fit, file, call)
  fit["model"] <- list(model)
  fit
}

check_kept_kind <- function(fit, kind, file, call) {
  if (fit$spec$kind != kind) {
    amortflow_abort(
      sprintf("`%s` must hold a fit by fit_%s(), not by fit_%s().", file, kind, fit$spec$kind), "config",
      hint = "Name another file.", call = call
    )
  }
}

is_cut_short <- function(fit) {
  can_go_on(fit) || fit$outcome$code == "diverged"
}

# Training that came to no end of its own.
can_go_on <- function(fit) {
  fit$outcome$code %in% c("interrupted", "simulator_failed", "store_failed")
}

# What was said when training ended must not be forgotten when its fit is read.
warn_cut_short <- function(fit, file, call) {
  if (is_cut_short(fit)) {
    amortflow_warn(
      sprintf(
        "`%s` holds a fit whose training ended early (%s) after %d epochs.",
        file, fit$outcome$code, nrow(fit$history)
      ),
      "outcome",
      hint = paste(
        fit$outcome$advice, "`file_refit = \"on_change\"` trains again."
      ),
      call = call
    )
  }
}

# Nothing is lost where the file cannot be written after all.
keep_fit <- function(fit, file, call = rlang::caller_env()) {
  if (is.null(file)) {
    return(invisible())
  }
  tryCatch(
    write_fit(fit, file, call),
    amortflow_error = function(e) {
      amortflow_abort(
        sprintf("The fit could not be kept in `%s`.", file), "format",
        hint = "It is in the condition's field `fit`; save_fit() keeps it elsewhere.",
        fit = fit, parent = e, call = call
      )
    }
  )
}
