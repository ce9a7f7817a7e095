#' Are the posteriors calibrated?
#'
#' Simulation-based calibration (Talts et al. 2018): if posterior and simulator
#' agree, the rank of a simulated parameter among draws from the posterior given
#' its data is uniform. The empirical distribution function of the ranks is
#' compared with simultaneous bands (Säilynoja, Bürkner and Vehtari 2022), which
#' are computed exactly, not simulated.
#'
#' All posteriors are sampled in one batched call. To run several checks on the
#' same draws, make them once:
#' `draws <- sample_posterior(fit, simulations, ndraws = 999)`, then
#' `check_*(fit, simulations, draws = draws)`.
#'
#' @param fit A fit made by [fit_posterior()].
#' @param simulations `amortflow_simulations` that the fit was not trained with;
#'   `NULL` simulates `nsim` new ones from the fit's model, or, where it has
#'   none, takes those held back for validation (and says so).
#' @param nsim Whole number of simulations; not used if they are given.
#' @param ndraws Whole number of draws from each posterior. With 999, ranks take
#'   1000 values, which have many divisors.
#' @param seed Whole number, or `NULL` to draw one from R's generator. The same
#'   number as in training is safe: checks never see the simulations of
#'   training.
#' @param level Number in (0, 1): the probability with which the bands hold the
#'   whole curve of one variable, if the posterior is right.
#' @param draws `NULL`, or an `amortflow_draws` for exactly these `simulations`.
#' @param cores Whole number: threads to use.
#' @return A data frame of class `amortflow_check_calibration` and
#'   [amortflow_check] with one row per simulation and variable (the names are
#'   those of the SBC package):
#'   * `sim_id`: number of the simulation,
#'   * `variable`: name of the parameter,
#'   * `rank`: how many of the draws are less than the simulated value,
#'   * `max_rank`: number of draws,
#'   * `simulated_value`: the true value.
#'
#'   `summary()` gives one row per variable: `max_deviation` of the distribution
#'   function from uniform, `inside` (is it everywhere inside the bands?),
#'   `level`, `n_sim`.
#' @section Errors:
#' * `amortflow_error_argument`: an argument is not what it must be.
#' * `amortflow_error_unsupported`: there are no simulations to check with.
#' * `amortflow_error_numeric`: the posterior gave draws that are no numbers.
#' @references
#' Talts, Betancourt, Simpson, Vehtari, Gelman (2018). Validating Bayesian
#' inference algorithms with simulation-based calibration. arXiv:1804.06788.
#'
#' Säilynoja, Bürkner, Vehtari (2022). Graphical test for discrete uniformity
#' and its applications in goodness-of-fit evaluation and multiple sample
#' comparison. Statistics and Computing 32, 32.
#' @examples
#' \donttest{
#' fit <- fit_posterior(
#'   example_model("two_moons"),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' calibration <- check_calibration(fit, nsim = 100, ndraws = 99, seed = 2)
#' calibration
#' plot(calibration)
#' plot(calibration, type = "hist")
#' }
#' @export
check_calibration <- function(fit, simulations = NULL, nsim = 1000,
                              ndraws = 999, seed = NULL, level = 0.95,
                              draws = NULL, cores = getOption("mc.cores", 1L)) {
  level <- assert_level(level)
  known <- posterior_of_simulations(
    fit, simulations, nsim, ndraws, seed, draws, cores
  )
  columns <- simulation_rows(known$truths)
  columns$rank <- posterior_ranks(known$draws, known$truths)
  columns$max_rank <- dim(known$draws)[[1]]
  columns$simulated_value <- as.vector(known$truths)
  new_check(columns, "calibration", level = level, source = known$source)
}

calibration_columns <- c("variable", "rank", "max_rank")

# Bands for `n_sim` ranks on 0, ..., max_rank; at most `most` points.
rank_bands <- function(n_sim, max_rank, level, most = 1000) {
  below <- unique(round(seq(1, max_rank, length.out = min(max_rank, most))))
  points <- below / (max_rank + 1)
  bands <- call_core(core_ecdf_bands(n_sim, points, level))
  data.frame(
    below = below, point = points,
    lower = bands$lower / n_sim - points, upper = bands$upper / n_sim - points
  )
}

# Bands and the ECDF's difference from uniform, for the ranks of one variable.
ecdf_difference <- function(ranks, bands) {
  bands$difference <- findInterval(bands$below - 0.5, sort(ranks)) /
    length(ranks) - bands$point
  bands
}

calibration_curves <- function(x, level) {
  variables <- check_variables(x)
  # Bands are the same for variables with as many ranks of the same range.
  keys <- vapply(variables, function(name) {
    one <- x[x$variable == name, ]
    paste(nrow(one), max(one$max_rank))
  }, character(1))
  bands <- lapply(stats::setNames(unique(keys), unique(keys)), function(key) {
    n <- as.numeric(strsplit(key, " ")[[1]])
    rank_bands(n[[1]], n[[2]], level)
  })
  curves <- lapply(variables, function(name) {
    curve <- ecdf_difference(x$rank[x$variable == name], bands[[keys[[name]]]])
    data.frame(variable = name, curve)
  })
  curves <- do.call(rbind, curves)
  curves$variable <- in_order(curves$variable)
  curves
}

#' @rdname check_calibration
#' @param object What `check_calibration()` gave.
#' @param ... Empty.
#' @export
summary.amortflow_check_calibration <- function(object, level = NULL, ...) {
  assert_no_dots(...)
  assert_columns(object, calibration_columns)
  level <- level %||% attr(object, "level") %||% 0.95
  level <- assert_level(level)
  curves <- calibration_curves(object, level)
  # A curve on its band is inside, whatever rounding does.
  slack <- 1e-9
  result <- by_variable(curves, function(curve) {
    data.frame(
      max_deviation = max(abs(curve$difference)),
      inside = all(curve$difference >= curve$lower - slack &
        curve$difference <= curve$upper + slack)
    )
  })
  result$level <- level
  result$n_sim <- as.vector(table(object$variable)[result$variable])
  result
}

#' @exportS3Method
check_sentences.amortflow_check_calibration <- function(x) {
  if (!has_columns(x, calibration_columns)) {
    return(NULL)
  }
  verdict <- summary(x)
  outside <- verdict$variable[!verdict$inside]
  worst <- verdict[which.max(verdict$max_deviation), ]
  finding <- if (length(outside) == 0) {
    sprintf(
      "Calibrated as far as %s can tell: every rank distribution lies inside its %s simultaneous band.",
      many_of(worst$n_sim, "simulation"), percent_axis(worst$level)
    )
  } else {
    sprintf(
      "Not calibrated: outside the %s simultaneous band of %s lie %s (%d of %d variables).",
      percent_axis(worst$level), many_of(worst$n_sim, "simulation"),
      shown_names(outside), length(outside), nrow(verdict)
    )
  }
  c(
    finding,
    sprintf(
      "Largest deviation from uniform: %.3f (%s). %s",
      worst$max_deviation, worst$variable, checked_on(x, worst$n_sim)
    )
  )
}

#' @rdname check_calibration
#' @param type String: `"ecdf_diff"` draws the difference of the ranks'
#'   distribution function from uniform with its bands, `"hist"` their histogram
#'   with the middle `level` of the binomial distribution of each bar.
#' @param bins Whole number of bars, or `NULL`: the largest divisor of
#'   `max_rank + 1` up to 20 that leaves at least 10 simulations to a bar.
#' @export
autoplot.amortflow_check_calibration <- function(
    object, type = c("ecdf_diff", "hist"), level = NULL, bins = NULL, ...) {
  assert_no_dots(...)
  type <- assert_choice(type, c("ecdf_diff", "hist"))
  assert_columns(object, calibration_columns)
  level <- level %||% attr(object, "level") %||% 0.95
  level <- assert_level(level)
  if (type == "hist") {
    return(plot_rank_bars(object, level, bins))
  }
  plot_ecdf_difference(object, level)
}

plot_ecdf_difference <- function(x, level) {
  curves <- calibration_curves(x, level)
  ggplot2::ggplot(curves, ggplot2::aes(x = .data$point)) +
    ggplot2::geom_ribbon(
      ggplot2::aes(ymin = .data$lower, ymax = .data$upper),
      fill = plot_colours[["band"]], alpha = 0.45
    ) +
    ggplot2::geom_hline(
      yintercept = 0, colour = plot_colours[["quiet"]], linewidth = 0.4,
      linetype = "dashed"
    ) +
    ggplot2::geom_step(
      ggplot2::aes(y = .data$difference),
      colour = plot_colours[["estimate"]], linewidth = 0.7
    ) +
    variable_panels(nlevels(curves$variable)) +
    ggplot2::scale_x_continuous(
      breaks = c(0, 0.5, 1), limits = c(0, 1), labels = c("0", "0.5", "1")
    ) +
    ggplot2::labs(
      x = "rank of the true value among posterior draws (share)",
      y = "ECDF minus uniform",
      title = "Calibration",
      subtitle = sprintf(
        "%s band: where the whole curve stays if the posterior is right",
        percent_axis(level)
      )
    ) +
    plot_theme()
}

rank_bars <- function(ranks, max_rank, level, bins) {
  bar_of <- function(rank) floor(rank * bins / (max_rank + 1)) + 1
  # Bars may hold different numbers of ranks where bins is no divisor.
  share <- tabulate(bar_of(seq(0, max_rank)), bins) / (max_rank + 1)
  n <- length(ranks)
  data.frame(
    bar = (seq_len(bins) - 0.5) / bins,
    count = tabulate(bar_of(ranks), bins),
    expected = n * share,
    lower = stats::qbinom((1 - level) / 2, n, share),
    upper = stats::qbinom((1 + level) / 2, n, share)
  )
}

default_bins <- function(n_sim, max_rank) {
  most <- max(2, min(20, max_rank + 1, n_sim %/% 10))
  candidates <- seq(2, most)
  divisors <- candidates[(max_rank + 1) %% candidates == 0]
  if (length(divisors)) max(divisors) else most
}

plot_rank_bars <- function(x, level, bins, call = rlang::caller_env()) {
  max_rank <- max(x$max_rank)
  n_sim <- max(table(x$variable))
  bins <- bins %||% default_bins(n_sim, max_rank)
  bins <- assert_count(bins, lower = 2, call = call)
  parts <- lapply(check_variables(x), function(name) {
    ranks <- x$rank[x$variable == name]
    data.frame(variable = name, rank_bars(ranks, max_rank, level, bins))
  })
  bars <- do.call(rbind, parts)
  bars$variable <- in_order(bars$variable)
  ggplot2::ggplot(bars, ggplot2::aes(x = .data$bar)) +
    ggplot2::geom_col(
      ggplot2::aes(y = .data$count),
      fill = plot_colours[["estimate"]], alpha = 0.75, width = 0.9 / bins
    ) +
    ggplot2::geom_rect(
      ggplot2::aes(
        xmin = .data$bar - 0.5 / bins, xmax = .data$bar + 0.5 / bins,
        ymin = .data$lower, ymax = .data$upper
      ),
      fill = plot_colours[["band"]], alpha = 0.45
    ) +
    ggplot2::geom_segment(
      ggplot2::aes(
        x = .data$bar - 0.5 / bins, xend = .data$bar + 0.5 / bins,
        y = .data$expected, yend = .data$expected
      ),
      colour = plot_colours[["line"]], linewidth = 0.5
    ) +
    variable_panels(nlevels(bars$variable)) +
    ggplot2::scale_x_continuous(
      breaks = c(0, 0.5, 1), labels = c("0", "0.5", "1")
    ) +
    ggplot2::labs(
      x = "rank of the true value among posterior draws (share)",
      y = "simulations",
      title = "Calibration",
      subtitle = sprintf(
        "grey: the middle %s for each bar alone", percent_axis(level)
      )
    ) +
    plot_theme()
}
