# Observed data over those that a prior and a simulator make.

# In the form in which fits take data; any length will do.
observed_rows <- function(object, newdata, by, call = rlang::caller_env()) {
  rows <- attr(object, "rows")
  observed <- attr(object, "observed")
  labels <- if (is_named_data(observed)) names(observed) else ""
  forms <- Map(function(rows, observed, label, names) {
    list(
      name = label, what = if (nzchar(label)) sprintf("`newdata$%s`", label) else "`newdata`",
      observed = observed, names = names, columns = ncol(rows$values),
      n_obs = range(rows$lengths), shape = as.integer(rows$shape), groups = integer()
    )
  }, rows, observed, labels, attr(object, "data_names"))
  blocks <- sets_of_forms(newdata, unname(forms), by, call)$data
  Map(function(block, rows) {
    colnames(block$values) <- colnames(rows$values)
    block
  }, blocks, rows)
}

outside_subtitle <- function(outside) {
  outside <- outside[!is.na(outside)]
  sprintf(
    "%d of %s outside the middle 90 %% of simulations",
    sum(outside), many_of(length(outside), "observed number")
  )
}

# Are numbers outside the middle 90 % of simulated ones? NA where they are missing.
is_outside <- function(observed, simulated) {
  middle <- stats::quantile(simulated[is.finite(simulated)], c(0.05, 0.95), names = FALSE)
  observed < middle[[1]] | observed > middle[[2]]
}

# Lines at values are told apart while there are few of them.
most_observed_lines <- 12

with_observed_numbers <- function(plot, simulated, observed) {
  if (is.null(observed)) {
    return(plot)
  }
  shown <- levels(plot$data$variable)
  values <- observed$values[, shown, drop = FALSE]
  outside <- vapply(shown, \(name) is_outside(values[, name], simulated[, name]), logical(nrow(values)))
  marks <- data.frame(
    variable = factor(rep(shown, each = nrow(values)), shown), value = as.vector(values)
  )
  marks <- marks[is.finite(marks$value), ]
  place <- ggplot2::aes(xintercept = .data$value)
  layer <- if (nrow(values) <= most_observed_lines) {
    ggplot2::geom_vline(place, marks, colour = plot_colours[["truth"]], linewidth = 0.8)
  } else {
    ggplot2::geom_rug(
      ggplot2::aes(x = .data$value), marks,
      inherit.aes = FALSE, sides = "b", colour = plot_colours[["truth"]], alpha = 0.6
    )
  }
  plot + layer + ggplot2::labs(
    title = "Simulated and observed data", subtitle = outside_subtitle(outside)
  )
}

with_observed_series <- function(plot, simulated, observed) {
  if (is.null(observed)) {
    return(plot)
  }
  names <- colnames(observed$values)
  n <- nrow(observed$values)
  lines <- data.frame(
    variable = factor(rep(names, each = n), levels(plot$data$variable)),
    set = rep(rep(seq_along(observed$lengths), observed$lengths), length(names)),
    position = rep(sequence(observed$lengths), length(names)),
    value = as.vector(observed$values)
  )
  bands <- plot$data
  band <- match(paste(lines$variable, lines$position), paste(bands$variable, bands$position))
  outside <- lines$value < bands$q5[band] | lines$value > bands$q95[band]
  plot + ggplot2::geom_line(
    ggplot2::aes(y = .data$value, group = .data$set), lines,
    colour = plot_colours[["truth"]], linewidth = 0.9
  ) + ggplot2::labs(
    title = "Simulated and observed data", subtitle = outside_subtitle(outside)
  )
}
