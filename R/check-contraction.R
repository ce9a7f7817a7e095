#' How much do the data tell?
#'
#' Contraction is one minus the variance of the posterior over that of the
#' prior: near 1 the data tell nearly all, near 0 nothing. The z-score is the
#' distance of the posterior mean from the true value in posterior standard
#' deviations: far from 0, the posterior is sure of something wrong.
#'
#' @inheritParams check_calibration
#' @return A data frame of class `amortflow_check_contraction` and
#'   [amortflow_check] with one row per simulation and variable:
#'   * `sim_id`: number of the simulation,
#'   * `variable`: name of the parameter,
#'   * `simulated_value`: the true value,
#'   * `contraction`: `1 - var(posterior) / var(prior)`, the prior's variance
#'     taken over the simulations; below 0 where the posterior is wider,
#'   * `z_score`: `(mean(posterior) - simulated_value) / sd(posterior)`.
#'
#'   `summary()` gives one row per variable: `contraction` (median), `z_mean`,
#'   `z_sd` (1 for a right posterior on average) and `n_sim`.
#' @inheritSection check_calibration Errors
#' @examples
#' \donttest{
#' fit <- fit_posterior(
#'   example_model("two_moons"),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' contraction <- check_contraction(fit, nsim = 100, ndraws = 99, seed = 2)
#' contraction
#' plot(contraction)
#' }
#' @export
check_contraction <- function(fit, simulations = NULL, nsim = 1000,
                              ndraws = 999, seed = NULL, draws = NULL,
                              cores = getOption("mc.cores", 1L)) {
  known <- posterior_of_simulations(
    fit, simulations, nsim, ndraws, seed, draws, cores
  )
  values <- draws_matrix_of(known$draws)
  variance <- column_variances(values)
  prior <- rep(column_variances(known$truths), each = nrow(known$truths))
  columns <- simulation_rows(known$truths)
  columns$simulated_value <- as.vector(known$truths)
  columns$contraction <- 1 - variance / prior
  columns$z_score <- (colMeans(values) - columns$simulated_value) /
    sqrt(variance)
  new_check(columns, "contraction", source = known$source)
}

contraction_columns <- c("variable", "contraction", "z_score")

#' @rdname check_contraction
#' @param object What `check_contraction()` gave.
#' @param ... Empty.
#' @export
summary.amortflow_check_contraction <- function(object, ...) {
  assert_no_dots(...)
  assert_columns(object, contraction_columns)
  by_variable(as.data.frame(object), function(one) {
    data.frame(
      contraction = stats::median(one$contraction),
      z_mean = mean(one$z_score), z_sd = stats::sd(one$z_score),
      n_sim = nrow(one)
    )
  })
}

#' @exportS3Method
check_sentences.amortflow_check_contraction <- function(x) {
  if (!has_columns(x, contraction_columns)) {
    return(NULL)
  }
  by <- summary(x)
  worst <- by[which.max(abs(by$z_mean)), ]
  c(
    sprintf(
      "Median contraction, the share of the prior's variance that data take away: %s.",
      shown_names(sprintf("%s %s", by$variable, percent(by$contraction)), 12)
    ),
    sprintf(
      paste(
        "The z-score farthest from 0 on average is %.2f (%s); their sd is",
        "%.2f to %.2f (1 is right). %s"
      ),
      worst$z_mean, worst$variable, min(by$z_sd), max(by$z_sd),
      checked_on(x, by$n_sim[[1]])
    )
  )
}

#' @rdname check_contraction
#' @export
autoplot.amortflow_check_contraction <- function(object, ...) {
  assert_no_dots(...)
  assert_columns(object, contraction_columns)
  points <- as.data.frame(object)
  points$variable <- in_order(points$variable)
  crowd <- max(table(points$variable))
  ggplot2::ggplot(
    points, ggplot2::aes(x = .data$contraction, y = .data$z_score)
  ) +
    ggplot2::annotate(
      "rect",
      xmin = -Inf, xmax = Inf, ymin = -2, ymax = 2,
      fill = plot_colours[["band"]], alpha = 0.35
    ) +
    ggplot2::geom_hline(
      yintercept = 0, colour = plot_colours[["quiet"]], linewidth = 0.4,
      linetype = "dashed"
    ) +
    ggplot2::geom_point(
      colour = plot_colours[["estimate"]], size = 1,
      alpha = max(0.2, min(0.8, 300 / crowd))
    ) +
    variable_panels(nlevels(points$variable)) +
    ggplot2::coord_cartesian(xlim = c(min(0, stats::quantile(points$contraction, 0.01)), 1)) +
    ggplot2::labs(
      x = "contraction (1: the data tell all)", y = "z-score of the posterior mean",
      title = "Contraction",
      subtitle = "grey: within 2 posterior standard deviations of the truth"
    ) +
    plot_theme()
}
