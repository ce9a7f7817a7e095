#' What do prior and simulator give?
#'
#' Look before you train: ranges of parameters and data over simulations from
#' the prior, and what is missing, infinite or constant.
#'
#' @param x A model made by [generative_model()], from which `nsim` simulations
#'   are drawn, or `amortflow_simulations`.
#' @param nsim Whole number of simulations; not used if they are given.
#' @param seed Whole number, or `NULL` to draw one from R's generator.
#' @param cores Whole number: threads to use.
#' @return A data frame of class `amortflow_check_simulations` and
#'   [amortflow_check] with one row per parameter and per variable of the data:
#'   * `part`: `"parameters"` or `"data"`,
#'   * `variable`: its name,
#'   * `n`: how many numbers there are,
#'   * `n_nonfinite`: how many of them are missing or infinite,
#'   * `min`, `q5`, `median`, `q95`, `max`: of the finite ones,
#'   * `constant`: are they all the same?
#' @section Errors:
#' * `amortflow_error_argument`: `x` is neither a model nor simulations.
#' * those of `simulate()`; simulations that fail are counted, not errors, with
#'   the warning `amortflow_warning_dropped`. Where all fail, there are rows for
#'   the parameters only.
#' @examples
#' check <- check_simulations(example_model("two_moons"), nsim = 100, seed = 1)
#' check
#' plot(check)
#' plot(check, part = "parameters")
#' # The prior predictive distribution beside observed data.
#' plot(check, newdata = c(0.1, 0.3))
#' @export
check_simulations <- function(x, nsim = 500, seed = NULL,
                              cores = getOption("mc.cores", 1L)) {
  call <- rlang::current_env()
  nsim <- assert_count(nsim)
  seed <- as_seed(seed)
  cores <- assert_count(cores)
  if (inherits(x, "amortflow_model")) {
    x <- simulate_model(x, nsim, seed, cores, on_error = "count", call = call)
  }
  assert_class(x, "amortflow_simulations", "generative_model() or simulate()")
  observed <- attr(x, "observed")
  blocks <- data_blocks(x$data, observed)
  stems <- names(observed) %||% "x"
  names <- lapply(blocks, \(rows) colnames(rows$values))
  blocks <- Map(function(rows, stem) {
    rows$values <- named_values(rows$values, stem)
    rows
  }, blocks, stems)
  values <- if (length(x) > 0) lapply(blocks, `[[`, "values")
  columns <- rbind(
    describe_columns(x$parameters, "parameters"),
    if (!is.null(x$context)) describe_columns(x$context, "context"),
    do.call(rbind, unname(lapply(values, describe_columns, "data")))
  )
  new_check(
    columns, "simulations",
    rows = blocks, parameters = x$parameters, observed = attr(x, "observed"),
    failures = attr(x, "failures"), data_names = names
  )
}

named_values <- function(values, stem) {
  if (is.null(colnames(values))) {
    colnames(values) <- if (ncol(values) == 1) stem else {
      sprintf("%s[%d]", stem, seq_len(ncol(values)))
    }
  }
  values
}

describe_columns <- function(values, part) {
  parts <- lapply(seq_len(ncol(values)), function(j) {
    finite <- values[is.finite(values[, j]), j]
    q <- if (length(finite)) {
      stats::quantile(finite, c(0, 0.05, 0.5, 0.95, 1), names = FALSE)
    } else {
      rep(NA_real_, 5)
    }
    data.frame(
      part = part, variable = colnames(values)[[j]], n = nrow(values),
      n_nonfinite = nrow(values) - length(finite),
      min = q[[1]], q5 = q[[2]], median = q[[3]], q95 = q[[4]], max = q[[5]],
      constant = length(finite) > 0 && q[[1]] == q[[5]]
    )
  })
  do.call(rbind, parts)
}

#' @exportS3Method
check_sentences.amortflow_check_simulations <- function(x) {
  needed <- c("part", "variable", "n", "n_nonfinite", "constant")
  if (!has_columns(x, needed)) {
    return(NULL)
  }
  failures <- attr(x, "failures")
  bad <- sum(x$n_nonfinite)
  constant <- x$variable[x$constant]
  if (NROW(failures) > 0 && all(x$n == 0)) {
    return(sprintf(
      "All %s failed (first: %s).", many_of(nrow(failures), "simulation"),
      failures$message[[1]]
    ))
  }
  c(
    describe_shapes(x),
    if (NROW(failures) > 0) {
      sprintf(
        "%s failed and were left out (first: %s).",
        many_of(nrow(failures), "simulation"), failures$message[[1]]
      )
    },
    if (bad > 0) {
      sprintf(
        "%s not finite, in %s.",
        if (bad == 1) "1 number is" else paste(bad, "numbers are"),
        shown_names(x$variable[x$n_nonfinite > 0])
      )
    } else {
      "All numbers are finite."
    },
    if (length(constant)) {
      sprintf("Never changing: %s.", shown_names(constant))
    }
  )
}

describe_shapes <- function(x) {
  rows <- attr(x, "rows")
  n_sim <- x$n[[match("parameters", x$part)]]
  observed <- attr(x, "observed")
  if (is.null(rows)) {
    return(many_of(n_sim, "simulation"))
  }
  shapes <- mapply(describe_shape, rows, observed)
  sprintf(
    "%s of %s, data sets are %s.", many_of(n_sim, "simulation"),
    many_of(sum(x$part == "parameters"), "parameter"),
    paste(shapes, collapse = " and ")
  )
}

describe_shape <- function(rows, observed) {
  lengths <- range(rows$lengths)
  positions <- if (lengths[[1]] == lengths[[2]]) lengths[[1]] else {
    paste(lengths, collapse = " to ")
  }
  switch(observed,
    vector = sprintf("vectors of %d", ncol(rows$values)),
    array = sprintf("arrays of %s", shown_shape(rows$shape)),
    series = sprintf("series of %s x %d", positions, ncol(rows$values)),
    sprintf("%s exchangeable rows of %d", positions, ncol(rows$values))
  )
}

#' @rdname check_simulations
#' @param object What `check_simulations()` gave.
#' @param part String: `"data"` draws what the simulator makes (ribbons over
#'   position for series, else histograms), `"parameters"` the prior's draws.
#' @param observable Whole number: which of several observables to draw.
#' @param newdata `NULL`, or observed data sets in a form of the table "Data sets"
#'   of [sample_posterior()], to be drawn over those that the simulator makes:
#'   series as lines, other data as lines at their values, or as ticks where they
#'   are many. The subtitle says how many of the observed numbers lie outside the
#'   middle 90 % of simulated ones (at the same position of series).
#' @param by Name of the column that tells the data sets of a data frame apart,
#'   or `NULL`.
#' @param ... Empty.
#' @export
autoplot.amortflow_check_simulations <- function(
    object, part = c("data", "parameters"), observable = 1, newdata = NULL, by = NULL, ...) {
  assert_no_dots(...)
  part <- assert_choice(part, c("data", "parameters"))
  if (is.null(attr(object, "rows"))) {
    amortflow_abort(
      "`object` must be a whole check_simulations(): its simulations are lost.",
      "argument"
    )
  }
  if (nrow(attr(object, "parameters")) == 0) {
    amortflow_abort(
      "`object` must hold simulations to plot: all of them failed.", "argument",
      hint = "print() says why the first did."
    )
  }
  if (part == "parameters") {
    if (!is.null(newdata)) {
      abort_argument(newdata, "newdata", "NULL beside `part = \"parameters\"`", rlang::current_env())
    }
    return(plot_columns(attr(object, "parameters"), "Prior", "draws"))
  }
  k <- assert_count(observable, upper = length(attr(object, "rows")))
  rows <- attr(object, "rows")[[k]]
  observed <- if (!is.null(newdata)) observed_rows(object, newdata, by)[[k]]
  if (attr(object, "observed")[[k]] == "series") {
    return(with_observed_series(plot_series(rows), rows, observed))
  }
  plot <- plot_columns(rows$values, "Simulated data", "numbers")
  with_observed_numbers(plot, rows$values, observed)
}

plot_columns <- function(values, title, counted, most = 12) {
  shown <- seq_len(min(ncol(values), most))
  long <- data.frame(
    variable = in_order(rep(colnames(values)[shown], each = nrow(values))),
    value = as.vector(values[, shown])
  )
  long <- long[is.finite(long$value), ]
  ggplot2::ggplot(long, ggplot2::aes(x = .data$value)) +
    ggplot2::geom_histogram(
      bins = 30, fill = plot_colours[["estimate"]], colour = "white",
      linewidth = 0.2, alpha = 0.85
    ) +
    variable_panels(nlevels(long$variable), scales = "free") +
    ggplot2::labs(
      x = NULL, y = counted, title = title,
      subtitle = if (length(shown) < ncol(values)) {
        sprintf("the first %d of %d variables", length(shown), ncol(values))
      }
    ) +
    plot_theme()
}

# Quantiles over simulations at each position, and a few simulations.
plot_series <- function(rows, lines = 12) {
  position <- sequence(rows$lengths)
  names <- colnames(rows$values)
  bands <- do.call(rbind, lapply(names, function(name) {
    at <- split(rows$values[, name], position)
    q <- vapply(at, function(x) {
      stats::quantile(x[is.finite(x)], c(0.05, 0.25, 0.5, 0.75, 0.95), names = FALSE)
    }, numeric(5))
    data.frame(
      variable = name, position = seq_along(at), q5 = q[1, ], q25 = q[2, ],
      q50 = q[3, ], q75 = q[4, ], q95 = q[5, ]
    )
  }))
  set <- rep(seq_along(rows$lengths), rows$lengths)
  some <- set <= lines
  curves <- data.frame(
    variable = rep(names, each = sum(some)), set = rep(set[some], length(names)),
    position = rep(position[some], length(names)),
    value = as.vector(rows$values[some, , drop = FALSE])
  )
  bands$variable <- in_order(bands$variable)
  curves$variable <- factor(curves$variable, levels(bands$variable))
  ggplot2::ggplot(bands, ggplot2::aes(x = .data$position)) +
    ggplot2::geom_ribbon(
      ggplot2::aes(ymin = .data$q5, ymax = .data$q95),
      fill = plot_colours[["estimate"]], alpha = 0.18
    ) +
    ggplot2::geom_ribbon(
      ggplot2::aes(ymin = .data$q25, ymax = .data$q75),
      fill = plot_colours[["estimate"]], alpha = 0.3
    ) +
    ggplot2::geom_line(
      data = curves, ggplot2::aes(y = .data$value, group = .data$set),
      colour = plot_colours[["quiet"]], linewidth = 0.3, alpha = 0.8
    ) +
    ggplot2::geom_line(
      ggplot2::aes(y = .data$q50),
      colour = plot_colours[["estimate"]], linewidth = 1
    ) +
    variable_panels(length(names), scales = "free_y") +
    ggplot2::labs(
      x = "position", y = NULL, title = "Simulated data",
      subtitle = sprintf(
        "median, middle 50 %% and 90 %%; thin: %d simulations", max(set[some])
      )
    ) +
    plot_theme()
}
