# Pairs of variables as one ggplot: draws below the diagonal, densities on it,
# correlations above.

plot_pairs <- function(draws, truth, most = 2000, call = rlang::caller_env()) {
  values <- unclass(posterior::as_draws_matrix(plain_draws(draws)))
  variables <- colnames(values)
  truth <- match_truth(truth, variables, call)
  some <- unique(round(seq(1, nrow(values), length.out = most)))
  shown <- values[some, , drop = FALSE]
  pairs <- expand.grid(row = seq_along(variables), col = seq_along(variables))
  plot <- ggplot2::ggplot() +
    pair_points(shown, pairs[pairs$row > pairs$col, ]) +
    pair_densities(values) +
    pair_correlations(values, pairs[pairs$row < pairs$col, ])
  if (!is.null(truth)) {
    plot <- plot + pair_truths(truth, variables)
  }
  plot +
    ggplot2::facet_grid(
      row ~ col,
      scales = "free", switch = "both"
    ) +
    ggplot2::labs(x = NULL, y = NULL) +
    plot_theme() +
    ggplot2::theme(
      strip.placement = "outside",
      strip.text = ggplot2::element_text(hjust = 0.5),
      panel.spacing = ggplot2::unit(0.6, "lines")
    )
}

match_truth <- function(truth, variables, call) {
  if (is.null(truth)) {
    return(NULL)
  }
  known <- is.numeric(truth) && !is.null(names(truth)) &&
    all(names(truth) %in% variables)
  if (!known) {
    abort_argument(
      truth, "truth",
      sprintf("a numeric vector with names among %s", shown_names(variables)),
      call
    )
  }
  truth
}

# The panel of a pair; factors keep the variables' order in the grid.
pair_place <- function(row, col, variables) {
  data.frame(
    row = factor(variables[row], variables),
    col = factor(variables[col], variables)
  )
}

pair_points <- function(values, pairs) {
  parts <- Map(function(row, col) {
    cbind(
      pair_place(row, col, colnames(values)),
      x = values[, col], y = values[, row]
    )
  }, pairs$row, pairs$col)
  ggplot2::geom_point(
    data = do.call(rbind, parts),
    ggplot2::aes(x = .data$x, y = .data$y),
    colour = plot_colours[["estimate"]], size = 0.9,
    alpha = max(0.2, min(0.8, 400 / nrow(values))), stroke = 0
  )
}

# A density fills the height of its panel, whose axis is the variable's own.
pair_densities <- function(values) {
  if (nrow(values) < 2) {
    return(NULL)
  }
  parts <- lapply(seq_len(ncol(values)), function(j) {
    d <- stats::density(values[, j], from = min(values[, j]), to = max(values[, j]))
    low <- min(values[, j])
    cbind(
      pair_place(j, j, colnames(values)),
      x = d$x, low = low,
      high = low + 0.95 * (max(values[, j]) - low) * d$y / max(d$y)
    )
  })
  data <- do.call(rbind, parts)
  list(
    ggplot2::geom_ribbon(
      data = data,
      ggplot2::aes(x = .data$x, ymin = .data$low, ymax = .data$high),
      fill = plot_colours[["estimate"]], alpha = 0.25
    ),
    ggplot2::geom_line(
      data = data, ggplot2::aes(x = .data$x, y = .data$high),
      colour = plot_colours[["estimate"]], linewidth = 0.7
    )
  )
}

pair_correlations <- function(values, pairs) {
  parts <- Map(function(row, col) {
    r <- safe_correlation(values[, row], values[, col])
    cbind(
      pair_place(row, col, colnames(values)),
      x = mean(range(values[, col])), y = mean(range(values[, row])),
      label = if (is.na(r)) "" else sprintf("r = %.2f", r)
    )
  }, pairs$row, pairs$col)
  ggplot2::geom_text(
    data = do.call(rbind, parts),
    ggplot2::aes(x = .data$x, y = .data$y, label = .data$label),
    colour = plot_colours[["quiet"]], size = 4
  )
}

pair_truths <- function(truth, variables) {
  at <- match(names(truth), variables)
  all <- expand.grid(row = seq_along(at), col = seq_along(at))
  places <- cbind(
    pair_place(at[all$row], at[all$col], variables),
    x = truth[all$col], y = truth[all$row]
  )
  list(
    ggplot2::geom_vline(
      data = places[all$row == all$col, ],
      ggplot2::aes(xintercept = .data$x),
      colour = plot_colours[["truth"]], linewidth = 0.7
    ),
    ggplot2::geom_point(
      data = places[at[all$row] > at[all$col], ],
      ggplot2::aes(x = .data$x, y = .data$y),
      colour = plot_colours[["truth"]], shape = 4, size = 3, stroke = 1.2
    )
  )
}
