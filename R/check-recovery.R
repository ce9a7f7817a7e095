#' Are parameters recovered?
#'
#' Posterior medians and intervals beside the values that the data were
#' simulated with.
#'
#' @inheritParams check_calibration
#' @return A data frame of class `amortflow_check_recovery` and
#'   [amortflow_check] with one row per simulation and variable:
#'   * `sim_id`: number of the simulation,
#'   * `variable`: name of the parameter,
#'   * `simulated_value`: the true value,
#'   * `mean`, `sd`, `q5`, `median`, `q95`: of the posterior.
#'
#'   `summary()` gives one row per variable: `correlation` of medians with true
#'   values, `rmse` of the medians, `rmse_prior` (what knowing the prior alone
#'   gives), `coverage_90` and `n_sim`.
#' @inheritSection check_calibration Errors
#' @examples
#' \donttest{
#' fit <- fit_posterior(
#'   example_model("two_moons"),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' recovery <- check_recovery(fit, nsim = 50, ndraws = 99, seed = 2)
#' recovery
#' plot(recovery)
#' }
#' @export
check_recovery <- function(fit, simulations = NULL, nsim = 300, ndraws = 999,
                           seed = NULL, draws = NULL,
                           cores = getOption("mc.cores", 1L)) {
  known <- posterior_of_simulations(
    fit, simulations, nsim, ndraws, seed, draws, cores
  )
  values <- draws_matrix_of(known$draws)
  quantiles <- apply(
    values, 2, stats::quantile,
    probs = c(0.05, 0.5, 0.95), names = FALSE
  )
  columns <- simulation_rows(known$truths)
  columns$simulated_value <- as.vector(known$truths)
  columns$mean <- colMeans(values)
  columns$sd <- sqrt(column_variances(values))
  columns$q5 <- quantiles[1, ]
  columns$median <- quantiles[2, ]
  columns$q95 <- quantiles[3, ]
  new_check(columns, "recovery", source = known$source)
}

recovery_columns <- c("variable", "simulated_value", "median", "q5", "q95")

#' @rdname check_recovery
#' @param object What `check_recovery()` gave.
#' @param ... Empty.
#' @export
summary.amortflow_check_recovery <- function(object, ...) {
  assert_no_dots(...)
  assert_columns(object, recovery_columns)
  by_variable(as.data.frame(object), function(one) {
    truth <- one$simulated_value
    data.frame(
      correlation = safe_correlation(truth, one$median),
      rmse = sqrt(mean((one$median - truth)^2)),
      rmse_prior = sqrt(mean((stats::median(truth) - truth)^2)),
      coverage_90 = mean(one$q5 <= truth & truth <= one$q95),
      n_sim = nrow(one)
    )
  })
}

# NA where one side does not vary or is one number, without a warning.
safe_correlation <- function(x, y) {
  flat <- length(x) < 2 || stats::sd(x) == 0 || stats::sd(y) == 0
  if (flat) NA_real_ else stats::cor(x, y)
}

#' @exportS3Method
check_sentences.amortflow_check_recovery <- function(x) {
  if (!has_columns(x, recovery_columns)) {
    return(NULL)
  }
  by <- summary(x)
  c(
    sprintf(
      "Correlation of posterior median and true value: %s.",
      shown_names(sprintf("%s %.2f", by$variable, by$correlation), 12)
    ),
    sprintf(
      "The 90 %% intervals hold %s of the true values. %s",
      percent(mean(by$coverage_90), 1), checked_on(x, by$n_sim[[1]])
    )
  )
}

#' @rdname check_recovery
#' @export
autoplot.amortflow_check_recovery <- function(object, ...) {
  assert_no_dots(...)
  assert_columns(object, recovery_columns)
  points <- as.data.frame(object)
  points$variable <- in_order(points$variable)
  by <- summary.amortflow_check_recovery(object)
  labels <- data.frame(
    variable = in_order(by$variable),
    label = sprintf("r = %.2f", by$correlation)
  )
  crowd <- max(by$n_sim)
  ggplot2::ggplot(points, ggplot2::aes(x = .data$simulated_value)) +
    ggplot2::geom_linerange(
      ggplot2::aes(ymin = .data$q5, ymax = .data$q95),
      colour = plot_colours[["estimate"]], linewidth = 0.4,
      alpha = max(0.08, min(0.5, 60 / crowd))
    ) +
    ggplot2::geom_point(
      ggplot2::aes(y = .data$median),
      colour = plot_colours[["estimate"]], size = if (crowd > 500) 0.7 else 1.1,
      alpha = 0.8
    ) +
    ggplot2::geom_abline(
      slope = 1, intercept = 0, colour = plot_colours[["truth"]],
      linewidth = 0.7
    ) +
    ggplot2::geom_text(
      data = labels, x = -Inf, y = Inf, hjust = -0.15, vjust = 1.4,
      mapping = ggplot2::aes(label = .data$label),
      colour = plot_colours[["line"]], size = 3.6, inherit.aes = FALSE
    ) +
    variable_panels(nlevels(points$variable), scales = "free") +
    ggplot2::labs(
      x = "true value", y = "posterior median and 90 % interval",
      title = "Recovery",
      subtitle = "on the line, the posterior's middle is the truth"
    ) +
    plot_theme()
}
