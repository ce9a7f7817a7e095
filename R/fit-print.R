#' Print, summarise and plot a fit
#'
#' `print()` says what was learned, which networks and scales `"auto"` chose,
#' how training ended, and whether a model is attached; `summary()` gives the
#' same as a list; `plot()` and
#' `autoplot()` show the loss (see [check_training()]).
#'
#' @param x,object A fit made by a `fit_*()` function.
#' @param ... Empty.
#' @return `print()` returns `x` invisibly, `summary()` an object of class
#'   `amortflow_fit_summary` (a list with `model`, `variables`, `observed`,
#'   `adapter`, `summary`, `inference`, `training`, `outcome`, `n_weights`, `seconds`,
#'   `epochs`, `speed`, `noise`), `plot()` and
#'   `autoplot()` a ggplot.
#' @examples
#' fit <- fit_posterior(
#'   example_model("two_moons"),
#'   epochs = 2, batches_per_epoch = 20, validation = 100,
#'   seed = 1, silent = TRUE
#' )
#' print(fit)
#' plot(fit)
#' @name amortflow_fit
NULL

#' @rdname amortflow_fit
#' @export
print.amortflow_fit <- function(x, ...) {
  assert_no_dots(...)
  print(summary(x))
  invisible(x)
}

#' @rdname amortflow_fit
#' @export
summary.amortflow_fit <- function(object, ...) {
  assert_no_dots(...)
  structure(
    list(
      class = class(object)[[1]],
      comparison = describe_comparison(object$spec$comparison),
      point = describe_point(object$spec$point),
      ratio = describe_ratio(object$spec$ratio),
      model = describe_model(object),
      variables = object$spec$variables,
      parameters = object$spec$likelihood$parameters,
      observed = describe_given(object$spec),
      adapter = describe_adapter(object$adapter),
      summary = shown_networks(object$spec$summary),
      inference = describe_inference(object$spec),
      training = object$spec$training,
      noise = object$spec$noise,
      online = is.null(object$validation),
      mode = describe_mode(object$spec$mode, is.null(object$validation)),
      outcome = object$outcome,
      n_weights = object$outcome$n_weights,
      seconds = if (nrow(object$history) > 0) max(object$history$seconds) else 0,
      epochs = nrow(object$history),
      speed = object$speed,
      versions = object$versions
    ),
    class = "amortflow_fit_summary"
  )
}

# Models and their probabilities before the data; NULL for fits of one model.
describe_comparison <- function(comparison) {
  if (is.null(comparison)) {
    return(NULL)
  }
  prob <- format(comparison$prior_prob, digits = 3)
  paste0(
    paste(sprintf("%s (%s)", comparison$models, prob), collapse = ", "),
    "; output ", comparison$output
  )
}

# NULL for fits that predict nothing but models.
describe_point <- function(point) {
  if (is.null(point)) NULL else paste(point_columns(point), collapse = ", ")
}

describe_inference <- function(spec) {
  paste0(
    format(spec$inference),
    if (!is.null(spec$estimator$regression)) ", of residuals of a linear regression"
  )
}

# What the networks are conditioned on.
describe_given <- function(spec) {
  roles <- spec$likelihood
  if (is.null(roles)) {
    return(describe_observed(spec))
  }
  paste(shortened(c(roles$parameters, spec$context), 12), collapse = ", ")
}

describe_observed <- function(spec) {
  data <- vapply(spec$observables, function(one) {
    n <- unique(one$n_obs)
    what <- if (one$observed == "vector") {
      sprintf("a vector of %d", one$width)
    } else if (one$observed == "array") {
      paste("an array of", shown_shape(one$shape))
    } else {
      sprintf("%s data, %s x %d", one$observed, paste(n, collapse = " to "), one$width)
    }
    paste0(if (nzchar(one$name)) paste0(one$name, ": "), what)
  }, "")
  paste0(
    paste(data, collapse = "; "),
    if (length(spec$context) > 0) {
      paste0("; context ", paste(shortened(spec$context, 8), collapse = ", "))
    }
  )
}

describe_model <- function(fit) {
  if (!is.null(fit$model)) {
    return(fit$model$name %||% "attached")
  }
  if (is.null(fit$validation)) {
    "none attached; checks need `simulations`, load_fit(model = ) attaches one"
  } else {
    "none attached; checks use validation simulations"
  }
}

#' What the adapter does, columns with the same steps together
#'
#' @return Character, one line per group of columns; print() of the adapter has
#'   the numbers.
#' @noRd
describe_adapter <- function(adapter) {
  data <- lapply(seq_along(adapter$data), function(k) {
    describe_steps(
      adapter$data[[k]], adapter$data_names[[k]], adapter$shown$data[[k]],
      names(adapter$data)[[k]]
    )
  })
  c(
    if (!identical(adapter$variables, mixture_variable)) {
      describe_steps(
        adapter$parameters, kept_variables(adapter), adapter$shown$parameters,
        "parameters"
      )
    },
    unlist(data),
    if (length(adapter$context_names) > 0) {
      describe_steps(
        adapter$context, adapter$context_names, adapter$shown$context, "context"
      )
    }
  )
}

# `names` are the user's, `shown` those that the networks' columns go by.
describe_steps <- function(steps, names, shown, stem) {
  words <- follow_columns(steps, names, step_word)$text
  names <- shown
  count <- length(names)
  vapply(unique(words), function(word) {
    which <- if (length(unique(words)) == 1) {
      if (count == 1) stem else paste("all", stem)
    } else {
      paste(shortened(names[words == word], 6), collapse = ", ")
    }
    sprintf("%s: %s", which, if (nzchar(word)) word else "as they are")
  }, character(1), USE.NAMES = FALSE)
}

# The formula of a step without its numbers.
step_word <- function(step, column) {
  formula <- format_step(step, column)
  if (!nzchar(formula)) {
    return("")
  }
  switch(step$kind,
    standardize = "standardised",
    log1p = "log1p (tails)",
    asinh = "asinh (tails)",
    formula
  )
}

# Fits of earlier versions have neither `until_converged` nor `schedule`.
describe_epochs <- function(x) {
  if (isTRUE(x$training$until_converged)) {
    sprintf("%d epochs (at most %.0f)", x$epochs, x$training$epochs)
  } else {
    sprintf("%.0f epochs", x$training$epochs)
  }
}

describe_rate <- function(training) {
  average <- training$average %||% 0
  paste0(
    sprintf("learning rate %g, schedule \"%s\"", training$learning_rate, training$schedule %||% "cosine"),
    if (average > 0) sprintf(", average of weights (decay %g)", average)
  )
}

#' What a run's speed was, in words
#'
#' @param speed Part `speed` of a fit.
#' @noRd
describe_speed <- function(speed) {
  each_second <- function(count) {
    format(signif(count / max(speed$seconds, 1e-6), 3), big.mark = ",", scientific = FALSE)
  }
  sprintf(
    "%s; %s steps and %s data sets a second; %.0f %% of the time waiting for simulations",
    ngettext(speed$threads, "1 thread", paste(speed$threads, "threads")),
    each_second(speed$steps), each_second(speed$simulations),
    100 * speed$waiting / max(speed$seconds, 1e-6)
  )
}

#' @export
print.amortflow_fit_summary <- function(x, ...) {
  training <- x$training
  cat(sprintf("<%s>\n", x$class))
  if (!is.null(x$comparison)) {
    cat("Models:    ", x$comparison, "\n")
  } else {
    cat(
      if (is.null(x$parameters)) "Parameters:" else "Data:      ",
      paste(shortened(x$variables, 12), collapse = ", "), "\n"
    )
  }
  if (!is.null(x$point)) cat("Predicted: ", x$point, "\n")
  if (!is.null(x$ratio)) cat("Ratios:    ", x$ratio, "\n")
  cat("Given:     ", x$observed, "\n")
  if (is.null(x$comparison)) cat("Model:     ", x$model, "\n")
  cat("Networks:  ", x$summary, "\n           ", x$inference, "\n")
  cat(sprintf(
    "            %s weights\n", format(x$n_weights, big.mark = ",")
  ))
  cat(paste0(
    c("Adapter:    ", rep("            ", max(0, length(x$adapter) - 1))),
    x$adapter, "\n"
  ), sep = "")
  cat(sprintf(
    "Training:   %s, %s of %.0f batches of %.0f (%s)\n",
    x$mode, describe_epochs(x),
    training$batches_per_epoch, training$batch_size,
    ngettext(training$shards, "1 shard", paste(training$shards, "shards"))
  ))
  cat("           ", describe_rate(training), "\n")
  if (!is.null(x$noise)) cat("            noise", format.amortflow_noise(x$noise), "\n")
  cat(sprintf(
    "Outcome:    %s after %s; best epoch %d, validation loss %.4f\n",
    x$outcome$code, format_seconds(x$seconds),
    as.integer(x$outcome$best_epoch), x$outcome$best_validation_loss
  ))
  cat("           ", x$outcome$advice, "\n")
  if (!is.null(x$outcome$spread)) {
    cat("           ", describe_spread(x$outcome$spread), "\n")
  }
  if (!is.null(x$speed)) {
    cat("Speed:     ", describe_speed(x$speed), "\n")
  }
  cat(sprintf(
    "Computed with LibTorch %s on %s\n",
    x$versions$libtorch, describe_device(x$versions)
  ))
  invisible(x)
}

#' @rdname amortflow_fit
#' @export
plot.amortflow_fit <- function(x, ...) {
  assert_no_dots(...)
  plot(check_training(x))
}

#' @rdname amortflow_fit
#' @export
autoplot.amortflow_fit <- function(object, ...) {
  assert_no_dots(...)
  ggplot2::autoplot(check_training(object))
}
