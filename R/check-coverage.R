#' Do credible intervals cover as they say?
#'
#' For central intervals of all probabilities: the share of simulations whose
#' true value lies inside, with bands that hold the whole curve at once. Which
#' ranks an interval holds is counted exactly, so the nominal probability is
#' exact for any number of draws.
#'
#' @inheritParams check_calibration
#' @return A data frame of class `amortflow_check_coverage` and
#'   [amortflow_check] with one row per variable and interval:
#'   * `variable`: name of the parameter,
#'   * `prob`: the interval's nominal probability,
#'   * `coverage`: share of simulations inside,
#'   * `lower`, `upper`: simultaneous band for `coverage`,
#'   * `inside`: is it inside the band?
#'   * `n_sim`: number of simulations.
#' @inheritSection check_calibration Errors
#' @examples
#' \donttest{
#' fit <- fit_posterior(
#'   example_model("two_moons"),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' coverage <- check_coverage(fit, nsim = 100, ndraws = 99, seed = 2)
#' coverage
#' plot(coverage)
#' }
#' @export
check_coverage <- function(fit, simulations = NULL, nsim = 1000, ndraws = 999,
                           seed = NULL, level = 0.95, draws = NULL,
                           cores = getOption("mc.cores", 1L)) {
  level <- assert_level(level)
  known <- posterior_of_simulations(
    fit, simulations, nsim, ndraws, seed, draws, cores
  )
  max_rank <- dim(known$draws)[[1]]
  n_sim <- nrow(known$truths)
  # Dropping `cut` ranks at each end leaves an interval of exactly this share.
  cuts <- interval_cuts(max_rank)
  prob <- 1 - 2 * cuts / (max_rank + 1)
  bands <- call_core(core_ecdf_bands(n_sim, prob, level))
  ranks <- matrix(posterior_ranks(known$draws, known$truths), n_sim)
  parts <- lapply(seq_len(ncol(ranks)), function(j) {
    depth <- pmin(ranks[, j], max_rank - ranks[, j])
    count <- vapply(cuts, \(cut) sum(depth >= cut), numeric(1))
    data.frame(
      variable = colnames(known$truths)[[j]], prob = prob,
      coverage = count / n_sim,
      lower = bands$lower / n_sim, upper = bands$upper / n_sim,
      inside = count >= bands$lower & count <= bands$upper, n_sim = n_sim
    )
  })
  new_check(
    do.call(rbind, parts), "coverage",
    level = level, source = known$source
  )
}

# Ranks dropped at each end, for about the intervals of 99 %, 98 %, ..., 1 %;
# the widest last, so that probabilities increase.
interval_cuts <- function(max_rank) {
  shares <- seq(0.01, 0.99, by = 0.01)
  cuts <- unique(round((1 - shares) * (max_rank + 1) / 2))
  sort(cuts[cuts >= 1 & 2 * cuts < max_rank + 1], decreasing = TRUE)
}

coverage_columns <- c("variable", "prob", "coverage", "inside", "n_sim")

#' @exportS3Method
check_sentences.amortflow_check_coverage <- function(x) {
  if (!has_columns(x, coverage_columns)) {
    return(NULL)
  }
  variables <- check_variables(x)
  bad <- variables[vapply(
    variables, \(name) !all(x$inside[x$variable == name]), NA
  )]
  worst <- x[which.max(abs(x$coverage - x$prob)), ]
  finding <- if (length(bad) == 0) {
    "Credible intervals of all widths cover as they say, within chance."
  } else {
    low <- vapply(bad, function(name) {
      one <- x[x$variable == name, ]
      mean(one$coverage - one$prob) < 0
    }, NA)
    sprintf(
      "Credible intervals are off for %s.",
      shown_names(paste0(bad, ifelse(low, " (too narrow)", " (too wide)")))
    )
  }
  c(finding, sprintf(
    "Largest gap: the %s interval of %s covers %s of the true values. %s",
    percent(worst$prob), worst$variable, percent(worst$coverage, 1),
    checked_on(x, worst$n_sim)
  ))
}

#' @rdname check_coverage
#' @param object What `check_coverage()` gave.
#' @param difference `TRUE` draws coverage minus nominal probability, `FALSE`
#'   coverage.
#' @param ... Empty.
#' @export
autoplot.amortflow_check_coverage <- function(object, difference = TRUE, ...) {
  assert_no_dots(...)
  assert_columns(object, c(coverage_columns, "lower", "upper"))
  base <- if (assert_flag(difference)) object$prob else 0
  curves <- data.frame(
    variable = in_order(object$variable), prob = object$prob,
    coverage = object$coverage - base,
    lower = object$lower - base, upper = object$upper - base
  )
  ggplot2::ggplot(curves, ggplot2::aes(x = .data$prob)) +
    ggplot2::geom_ribbon(
      ggplot2::aes(ymin = .data$lower, ymax = .data$upper),
      fill = plot_colours[["band"]], alpha = 0.45
    ) +
    ggplot2::geom_abline(
      slope = if (difference) 0 else 1, intercept = 0,
      colour = plot_colours[["quiet"]], linewidth = 0.4, linetype = "dashed"
    ) +
    ggplot2::geom_line(
      ggplot2::aes(y = .data$coverage),
      colour = plot_colours[["estimate"]], linewidth = 0.8
    ) +
    variable_panels(nlevels(curves$variable)) +
    ggplot2::scale_x_continuous(
      breaks = c(0, 0.5, 1), limits = c(0, 1), labels = percent_axis
    ) +
    ggplot2::scale_y_continuous(labels = percent_axis) +
    ggplot2::labs(
      x = "probability of the central interval",
      y = if (difference) "coverage minus probability" else "coverage",
      title = "Coverage",
      subtitle = sprintf(
        "below 0: intervals too narrow; %s band for the whole curve",
        percent_axis(attr(object, "level") %||% 0.95)
      )
    ) +
    plot_theme()
}
