#' Did training go well?
#'
#' @param fit A fit made by [fit_posterior()].
#' @return A data frame of class `amortflow_check_training` and
#'   [amortflow_check] with one row per epoch: the columns of `fit$history`,
#'   among them `epoch`, `loss`, `validation_loss`, `learning_rate` and
#'   `seconds`, and `best` (is it the epoch whose weights were kept?).
#' @section Errors:
#' `amortflow_error_argument` if `fit` is no fit.
#' @examples
#' \donttest{
#' fit <- fit_posterior(
#'   example_model("two_moons"),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' check_training(fit)
#' plot(check_training(fit))
#' }
#' @export
check_training <- function(fit) {
  assert_class(fit, "amortflow_fit", "a fit_*() function")
  columns <- as.data.frame(fit$history)
  columns$best <- columns$epoch == (fit$outcome$best_epoch %||% NA)
  new_check(columns, "training", outcome = fit$outcome)
}

outcome_phrases <- c(
  converged = "Training converged",
  stopped_early = "Training stopped early, because validation got no better",
  max_epochs = "Training used all its epochs",
  interrupted = "Training was interrupted",
  diverged = "Training diverged; the best weights before that were kept",
  simulator_failed = "The simulator failed in training",
  store_failed = "The store failed in training"
)

#' @exportS3Method
check_sentences.amortflow_check_training <- function(x) {
  if (!has_columns(x, c(training_columns, "seconds"))) {
    return(NULL)
  }
  outcome <- attr(x, "outcome")
  code <- outcome$code %||% "max_epochs"
  phrase <- if (code %in% names(outcome_phrases)) {
    outcome_phrases[[code]]
  } else {
    sprintf("Training ended as \"%s\"", code)
  }
  best <- x[x$best %in% TRUE, ]
  c(
    sprintf(
      "%s after %s and %.1f s.", phrase, many_of(max(x$epoch), "epoch"),
      max(x$seconds)
    ),
    if (nrow(best) == 1) {
      sprintf(
        "Weights are those of epoch %d: loss %.3f, validation loss %.3f.",
        best$epoch, best$loss, best$validation_loss
      )
    },
    outcome$advice
  )
}

training_columns <- c("epoch", "loss", "validation_loss", "best")

assert_epochs <- function(x, call = rlang::caller_env()) {
  if (nrow(x) == 0) {
    amortflow_abort(
      "There must be at least one finished epoch to draw, not 0.",
      "argument",
      hint = attr(x, "outcome")$advice, call = call
    )
  }
  assert_columns(x, training_columns, call = call)
}

#' @rdname check_training
#' @param object What `check_training()` gave.
#' @param ... Empty.
#' @export
autoplot.amortflow_check_training <- function(object, ...) {
  assert_no_dots(...)
  assert_epochs(object)
  kinds <- c(loss = "training", validation_loss = "validation")
  parts <- lapply(names(kinds), function(column) {
    data.frame(
      epoch = object$epoch, loss = object[[column]], kind = kinds[[column]]
    )
  })
  curves <- do.call(rbind, parts)
  curves <- curves[is.finite(curves$loss), ]
  best <- object$epoch[object$best %in% TRUE]
  ggplot2::ggplot(
    curves, ggplot2::aes(x = .data$epoch, y = .data$loss, colour = .data$kind)
  ) +
    ggplot2::geom_vline(
      xintercept = best, colour = plot_colours[["quiet"]], linetype = "dashed",
      linewidth = 0.4
    ) +
    ggplot2::geom_line(linewidth = 0.8) +
    ggplot2::geom_point(size = if (nrow(object) > 60) 0 else 1.3) +
    ggplot2::scale_colour_manual(
      values = c(
        training = plot_colours[["estimate"]],
        validation = plot_colours[["truth"]]
      ),
      name = NULL
    ) +
    ggplot2::labs(
      x = "epoch", y = "loss",
      title = "Training",
      subtitle = if (length(best)) sprintf("dashed: the epoch that was kept (%d)", best)
    ) +
    plot_theme()
}
