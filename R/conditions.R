# Every error of the package is raised here, so that all have a class, a call of the user's and a way out.

#' Raise a classed error
#'
#' @param message One sentence: what must hold and what was given.
#' @param topic Ends the condition's first class, `amortflow_error_<topic>`.
#' @param hint How to mend it, or `NULL`.
#' @param ... Fields of the condition that carry the offending values.
#' @param call Environment or call of the function that the user called.
#' @param parent The condition that caused this one.
#' @noRd
amortflow_abort <- function(message, topic, hint = NULL, ...,
                            call = rlang::caller_env(), parent = NULL) {
  rlang::abort(
    c(message, i = hint),
    class = c(paste0("amortflow_error_", topic), "amortflow_error"),
    ...,
    call = call,
    parent = parent,
    use_cli_format = FALSE
  )
}

#' Warn with a class, so that a user can muffle it
#' @noRd
amortflow_warn <- function(message, topic, hint = NULL, ...,
                           call = rlang::caller_env()) {
  rlang::warn(
    c(message, i = hint),
    class = c(paste0("amortflow_warning_", topic), "amortflow_warning"),
    ...,
    call = call
  )
}

# Glue sends an error of the core as topic, message and hint, parted by this
# character; see `guarded()` in src/r_errors.h.
core_error_separator <- "\u001e"

#' Run a call into the core and raise its errors as ours
#'
#' @param expr A call of one `core_*()` function.
#' @param call Environment of the function that the user called.
#' @noRd
call_core <- function(expr, call = rlang::caller_env()) {
  withCallingHandlers(
    expr,
    error = function(condition) {
      parts <- strsplit(
        conditionMessage(condition), core_error_separator, fixed = TRUE
      )[[1]]
      if (length(parts) < 2) {
        return()
      }
      hint <- if (length(parts) > 2 && nzchar(parts[[3]])) parts[[3]]
      amortflow_abort(parts[[2]], parts[[1]], hint = hint, call = call)
    }
  )
}

#' Show errors of the package as those of the function that the user called
#'
#' For generics whose methods do not take `call`, and for functions of ours that
#' users can also call themselves.
#'
#' @param expr What may raise an `amortflow_error`.
#' @param call Environment of the function that the user called.
#' @noRd
with_call <- function(expr, call = rlang::caller_env()) {
  withCallingHandlers(
    expr,
    amortflow_error = function(condition) {
      condition["call"] <- list(rlang::error_call(call))
      rlang::cnd_signal(condition)
    }
  )
}
