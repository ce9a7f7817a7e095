#' Plots of posterior draws
#'
#' For one data set: pairs of variables, or the plots of bayesplot. For many,
#' each posterior is a point (median) with two intervals (50 % and 90 %), in one
#' panel per variable.
#'
#' @param x,object Draws that [sample_posterior()] made: of one data set
#'   (`amortflow_posterior`) or many ([amortflow_draws]).
#' @param type String: `"pairs"` (draws of each pair below the diagonal,
#'   densities on it, correlations above), `"areas"`
#'   ([bayesplot::mcmc_areas()]), `"hist"` ([bayesplot::mcmc_hist()]) or
#'   `"intervals"` ([bayesplot::mcmc_intervals()]). `"auto"` is pairs for 2 to
#'   8 variables, else `"hist"`.
#' @param truth Named numeric vector of true values to mark, or `NULL`.
#' @param ... For one data set forwarded to the function of bayesplot; empty
#'   for pairs and for many data sets.
#' @return A ggplot.
#' @section Errors:
#' `amortflow_error_argument`: there is no such type, or `truth` names unknown
#' variables.
#' @examples
#' \donttest{
#' fit <- fit_posterior(
#'   example_model("two_moons"),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' draws <- sample_posterior(fit, c(0, 0), seed = 1)
#' plot(draws)
#' plot(draws, type = "hist")
#' plot(sample_posterior(fit, matrix(0, 3, 2), seed = 1))
#' }
#' @export
plot.amortflow_posterior <- function(x, ...) {
  with_call(autoplot.amortflow_posterior(x, ...))
}

#' @rdname plot.amortflow_posterior
#' @export
autoplot.amortflow_posterior <- function(
    object, type = c("auto", "pairs", "areas", "hist", "intervals"),
    truth = NULL, ...) {
  type <- assert_choice(type, c("auto", "pairs", "areas", "hist", "intervals"))
  count <- dim(object)[[3]]
  if (type == "auto") {
    type <- if (count >= 2 && count <= 8) "pairs" else "hist"
  }
  if (type == "pairs") {
    assert_no_dots(...)
    return(plot_pairs(object, truth))
  }
  truth <- match_truth(truth, dimnames(object)[[3]], rlang::current_env())
  draw <- getExportedValue("bayesplot", paste0("mcmc_", type))
  plot <- draw(plain_draws(object), ...) + plot_theme()
  if (is.null(truth)) plot else plot + truth_marks(plot, truth, type)
}

# True values of the variables that a plot of bayesplot shows.
truth_marks <- function(plot, truth, type) {
  column <- if (type == "hist") "Parameter" else "parameter"
  shown <- levels(plot$data[[column]])
  truth <- truth[names(truth) %in% shown]
  marks <- data.frame(value = unname(truth))
  marks[[column]] <- factor(names(truth), shown)
  colour <- plot_colours[["truth"]]
  if (type == "hist") {
    return(ggplot2::geom_vline(
      data = marks, ggplot2::aes(xintercept = .data$value),
      colour = colour, linewidth = 0.7
    ))
  }
  ggplot2::geom_point(
    data = marks, ggplot2::aes(x = .data$value, y = .data$parameter),
    inherit.aes = FALSE, colour = colour, shape = 4, size = 3, stroke = 1.2
  )
}

plain_draws <- function(x) {
  class(x) <- setdiff(class(x), "amortflow_posterior")
  x
}

#' @rdname plot.amortflow_posterior
#' @export
plot.amortflow_draws <- function(x, ...) {
  with_call(autoplot.amortflow_draws(x, ...))
}

#' @rdname plot.amortflow_posterior
#' @export
autoplot.amortflow_draws <- function(object, ...) {
  assert_no_dots(...)
  quantiles <- summarise_draws.amortflow_draws(
    object, ~ stats::quantile(.x, c(0.05, 0.25, 0.5, 0.75, 0.95), names = FALSE)
  )
  names(quantiles)[3:7] <- c("q5", "q25", "q50", "q75", "q95")
  quantiles$variable <- in_order(quantiles$variable)
  quantiles$.data_set <- in_order(quantiles$.data_set)
  ggplot2::ggplot(quantiles, ggplot2::aes(x = .data$.data_set)) +
    ggplot2::geom_linerange(
      ggplot2::aes(ymin = .data$q5, ymax = .data$q95),
      colour = plot_colours[["estimate"]], linewidth = 0.5
    ) +
    ggplot2::geom_linerange(
      ggplot2::aes(ymin = .data$q25, ymax = .data$q75),
      colour = plot_colours[["estimate"]], linewidth = 1.6
    ) +
    ggplot2::geom_point(
      ggplot2::aes(y = .data$q50),
      shape = 21, size = 2, fill = "white", colour = plot_colours[["estimate"]]
    ) +
    ggplot2::facet_wrap("variable", scales = "free_y") +
    ggplot2::scale_x_discrete(guide = ggplot2::guide_axis(check.overlap = TRUE)) +
    ggplot2::labs(x = "data set", y = NULL) +
    plot_theme()
}

# A factor with levels as they come.
in_order <- function(x) {
  factor(x, levels = unique(x))
}
