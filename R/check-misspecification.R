#' Are observed data like those of the model?
#'
#' Networks answer for data such as they were trained on. Data that the model
#' hardly makes get an answer too, but nothing says that it is right. The check
#' compares the fit's [learned_summaries()] of observed data sets with those of
#' simulated ones (Schmitt et al. 2023): all data sets together, by the maximum
#' mean discrepancy, and each for itself.
#'
#' It sees what the summaries see. What a summary network has learned to
#' overlook, such as the spread of data in a model of known variance, may differ
#' without being found: [pp_check()] with a statistic of your own, or
#' [summary_function()], looks at that. Context is not compared: where data depend
#' on it strongly, as on the number of observations, give `simulations` with the
#' context of the observed data sets.
#'
#' @section Statistics:
#' Summaries are centred and whitened by mean and covariance of the reference,
#' since networks determine them up to such maps at most; the covariance is shrunk
#' (Ledoit and Wolf 2004). The simulations are divided at random: one half is the
#' reference, the other the null.
#'
#' * The discrepancy is the squared maximum mean discrepancy between the observed
#'   set and the reference (Gretton et al. 2012), with a kernel that is the mean
#'   over five scales, 1/4 to 4 times the median squared distance in the
#'   reference. Its null distribution is that of sets of as many points, drawn
#'   from the null half and the observed points together: under the model these
#'   are exchangeable, so the test has its level exactly, for any number of
#'   data sets and simulations, and p-values are at least `1 / (nnull + 1)`.
#' * The typicality of a data set is its Mahalanobis distance from the
#'   reference's centre; its p-value is the share of the null half, itself
#'   included, that is at least as far away (a conformal p-value, Vovk et al.
#'   2005): 0.05 or less in 5 % of data sets of the model.
#'
#' @inheritParams sample_posterior
#' @inheritParams check_calibration
#' @param newdata Observed data sets. The more, the smaller deviations are seen.
#' @param nsim Whole number of simulations; not used if they are given.
#' @param nnull Whole number: sets of the null distribution.
#' @param kernel String: `"gaussian"`, exp(-d^2 / scale), or
#'   `"inverse_multiquadric"`, scale / (scale + d^2).
#' @param statistic String: `"unbiased"`, the U-statistic, without pairs of a data
#'   set with itself, which may be negative; `"biased"`, the V-statistic, with
#'   them. With one data set, whose only pair is with itself, this pair is
#'   counted in both.
#' @return A data frame of class `amortflow_check_misspecification` and
#'   [amortflow_check] with one row per observed data set:
#'   * `data_set`: its number, or its label if `by` gives one,
#'   * `distance`: Mahalanobis distance of its summaries from the simulations',
#'   * `p_value`: of this distance; small where the data set is atypical.
#'
#'   `summary()` gives one row for all data sets together: `mmd_squared`,
#'   `critical` (95 % quantile of the null distribution), `p_value`, `n_sets`
#'   (observed data sets), `n_null` (sets of the null distribution), `n_sim` (simulations, both halves), `n_atypical`
#'   (data sets with a `p_value` of 0.05 or less).
#' @section Errors:
#' `amortflow_error_newdata` for data that the fit does not take,
#' `amortflow_error_argument` for other arguments, fewer than 20 simulations
#' among them, `amortflow_error_unsupported` where there are none.
#' @references
#' Gretton, Borgwardt, Rasch, Schoelkopf and Smola (2012). A kernel two-sample
#' test. *JMLR* 13.
#'
#' Ledoit and Wolf (2004). A well-conditioned estimator for large-dimensional
#' covariance matrices. *Journal of Multivariate Analysis* 88(2).
#'
#' Schmitt, Buerkner, Koethe and Radev (2023). Detecting model misspecification in
#' amortized Bayesian inference with neural networks. *GCPR*.
#'
#' Vovk, Gammerman and Shafer (2005). Algorithmic learning in a random world.
#' @seealso [check_simulations()] for data against simulations before training.
#' @examples
#' \donttest{
#' model <- example_model("gaussian_mean")
#' fit <- fit_posterior(
#'   model,
#'   epochs = 2, batches_per_epoch = 50, seed = 1, silent = TRUE
#' )
#' observed <- simulate(model, nsim = 10, seed = 2)$data
#' check_misspecification(fit, observed, seed = 3)
#' shifted <- check_misspecification(fit, observed + 5, seed = 3)
#' shifted
#' plot(shifted)
#' plot(shifted, type = "summaries")
#' }
#' @export
check_misspecification <- function(fit, newdata, context = NULL, by = NULL,
                                   simulations = NULL, nsim = 1000, nnull = 999,
                                   kernel = c("gaussian", "inverse_multiquadric"),
                                   statistic = c("unbiased", "biased"),
                                   seed = NULL, cores = getOption("mc.cores", 1L)) {
  call <- rlang::current_env()
  assert_posterior_fit(fit)
  if (missing(newdata)) abort_missing_newdata(call)
  nnull <- assert_count(nnull)
  kernel <- assert_choice(kernel, c("gaussian", "inverse_multiquadric"))
  statistic <- assert_choice(statistic, c("unbiased", "biased"))
  seed <- as_seed(seed)
  cores <- assert_count(cores)
  observed <- with_call(learned_summaries(fit, newdata, context, by, cores))
  chosen <- check_source(fit, simulations, nsim, seed, cores, call)
  assert_enough_null(chosen$simulations, call)
  simulated <- with_call(learned_summaries(fit, chosen$simulations, cores = cores))
  with_host_generator(function(set_state) {
    set_state(host_streams(0, 1, derived_seed(seed, 5))[1:6])
    compare_summaries(
      observed, simulated, kernel, statistic, nnull, chosen$source
    )
  })
}

# Ten simulations a half: whitening and quantiles of fewer mean nothing.
assert_enough_null <- function(simulations, call) {
  if (length(simulations) < 20) {
    amortflow_abort(
      sprintf("The check needs at least 20 simulations, not %d.", length(simulations)),
      "argument",
      hint = "Half of them are the reference, half the null distribution.", call = call
    )
  }
}

#' @param observed,simulated Numeric matrices, data set x summary.
#' @noRd
compare_summaries <- function(observed, simulated, kernel, statistic, nnull, source) {
  order <- sample.int(nrow(simulated))
  half <- seq_len(nrow(simulated) %/% 2)
  reference <- simulated[order[half], , drop = FALSE]
  others <- simulated[order[-half], , drop = FALSE]
  whiten <- whitening(reference)
  points <- whiten(observed)
  white <- list(reference = whiten(reference), others = whiten(others))
  test <- exchange_test(
    points, white$reference, white$others,
    scale_kernel(kernel, median_squared_distance(white$reference)),
    statistic == "unbiased", nnull
  )
  distance <- sqrt(rowSums(points^2))
  null_distance <- sqrt(rowSums(white$others^2))
  new_check(
    data.frame(
      data_set = rownames(observed) %||% seq_along(distance), distance = unname(distance),
      p_value = conformal_p_values(distance, null_distance)
    ),
    "misspecification",
    test = test, n_sim = nrow(simulated), statistic = statistic, kernel = kernel,
    map = summary_map(observed, simulated), source = source
  )
}

# Share of `null` and the value itself that is at least as large.
conformal_p_values <- function(values, null) {
  below <- findInterval(values, sort(null), left.open = TRUE)
  (1 + length(null) - below) / (1 + length(null))
}

# The first two principal components of the simulations' summaries, for a map.
summary_map <- function(observed, simulated) {
  centre <- colMeans(simulated)
  sd <- sqrt(column_variances(simulated))
  sd[sd == 0] <- 1
  scaled <- function(x) sweep(sweep(x, 2, centre), 2, sd, `/`)
  axes <- svd(scaled(simulated), nu = 0, nv = min(2, ncol(simulated)))$v
  if (ncol(axes) == 1) axes <- cbind(axes, 0)
  places <- rbind(scaled(simulated) %*% axes, scaled(observed) %*% axes)
  data.frame(
    first = places[, 1], second = places[, 2],
    part = rep(c("simulated", "observed"), c(nrow(simulated), nrow(observed)))
  )
}

misspecification_columns <- c("data_set", "distance", "p_value")

# A data set is called atypical, and the model misspecified, at this level.
misspecification_level <- 0.05

#' @rdname check_misspecification
#' @param object What `check_misspecification()` gave.
#' @param ... Empty.
#' @export
summary.amortflow_check_misspecification <- function(object, ...) {
  assert_no_dots(...)
  assert_columns(object, misspecification_columns)
  test <- whole_test(object)
  data.frame(
    mmd_squared = test$observed,
    critical = stats::quantile(test$null, 1 - misspecification_level, names = FALSE),
    p_value = test$p_value, n_sets = nrow(object), n_null = length(test$null), n_sim = attr(object, "n_sim"),
    n_atypical = sum(object$p_value <= misspecification_level)
  )
}

whole_test <- function(object, call = rlang::caller_env()) {
  test <- attr(object, "test")
  if (is.null(test)) {
    amortflow_abort(
      "`object` must be a whole check_misspecification(): its test is lost.", "argument",
      arg = "object", call = call
    )
  }
  test
}

#' @exportS3Method
check_sentences.amortflow_check_misspecification <- function(x) {
  if (!has_columns(x, misspecification_columns) || is.null(attr(x, "test"))) {
    return(NULL)
  }
  all <- summary(x)
  found <- all$p_value <= misspecification_level
  c(
    sprintf(
      "%s: in summary space %s (squared MMD %.3f, 95 %% of the model's below %.3f; p = %s).",
      if (found) "Misspecified" else "No misspecification found",
      if (all$n_sets == 1) {
        if (found) "the data set is not where simulations are" else "the data set is where simulations are"
      } else if (found) {
        sprintf("the %d data sets are not distributed as simulations are", all$n_sets)
      } else {
        sprintf("the %d data sets are distributed as simulations are", all$n_sets)
      },
      all$mmd_squared, all$critical, format(all$p_value, digits = 2)
    ),
    if (all$n_sets > 1) {
      sprintf(
        "For itself, each at p <= 0.05, %s atypical; by chance %.3g would be.",
        if (all$n_atypical == 1) "1 data set is" else sprintf("%d data sets are", all$n_atypical),
        misspecification_level * all$n_sets
      )
    },
    checked_on(x, all$n_sim)
  )
}

#' @rdname check_misspecification
#' @param type String: `"null"` draws the discrepancy of all data sets together
#'   and its null distribution, `"summaries"` the first two principal components of
#'   summaries, simulated and observed.
#' @export
autoplot.amortflow_check_misspecification <- function(object, type = c("null", "summaries"), ...) {
  assert_no_dots(...)
  type <- assert_choice(type, c("null", "summaries"))
  assert_columns(object, misspecification_columns)
  whole_test(object)
  if (type == "null") plot_null(object) else plot_summary_map(attr(object, "map"))
}

plot_null <- function(object) {
  all <- summary(object)
  null <- data.frame(mmd_squared = attr(object, "test")$null)
  ggplot2::ggplot(null, ggplot2::aes(x = .data$mmd_squared)) +
    ggplot2::geom_histogram(
      bins = 40, fill = plot_colours[["band"]], colour = "white", linewidth = 0.2
    ) +
    ggplot2::geom_vline(
      xintercept = all$critical, colour = plot_colours[["quiet"]], linetype = "dashed"
    ) +
    ggplot2::geom_vline(
      xintercept = all$mmd_squared, colour = plot_colours[["truth"]], linewidth = 1
    ) +
    ggplot2::labs(
      x = "squared maximum mean discrepancy", y = "sets of simulations",
      title = "Observed data against the model",
      subtitle = sprintf(
        "line: %s observed, p = %s; dashed: 95 %% of the model's are below",
        many_of(all$n_sets, "data set"), format(all$p_value, digits = 2)
      )
    ) +
    plot_theme()
}

plot_summary_map <- function(map) {
  crowd <- sum(map$part == "simulated")
  ggplot2::ggplot(map, ggplot2::aes(x = .data$first, y = .data$second)) +
    ggplot2::geom_point(
      data = map[map$part == "simulated", ], colour = plot_colours[["estimate"]], size = 1,
      alpha = max(0.15, min(0.8, 300 / crowd))
    ) +
    ggplot2::geom_point(
      data = map[map$part == "observed", ], colour = plot_colours[["truth"]], size = 2, shape = 17
    ) +
    ggplot2::labs(
      x = "first principal component", y = "second",
      title = "Learned summaries",
      subtitle = "points: simulations; triangles: observed data sets"
    ) +
    plot_theme()
}
