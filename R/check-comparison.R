#' Are probabilities of models what they say?
#'
#' Of the data sets to which the network gives a model a probability of 0.7, 70 %
#' should come from that model. The check simulates data sets from all models, in
#' the proportions of `prior_prob` of [fit_comparison()], and compares.
#'
#' @inheritParams check_calibration
#' @param fit A fit made by [fit_comparison()].
#' @param simulations Named list of [simulations()] of the models, or `NULL` to
#'   simulate `nsim` data sets.
#' @param nsim Whole number: data sets of all models together.
#' @return A data frame of class `amortflow_check_comparison` and
#'   [amortflow_check] with one row per simulation and model:
#'   * `sim_id`: number of the simulation,
#'   * `true_model`: the model that it comes from,
#'   * `model`: a model,
#'   * `probability`: of that model given the data,
#'   * `log_probability`: its logarithm.
#'
#'   `summary()` gives a list:
#'   * `scores`: data frame of one row, `accuracy` (share of data sets whose most
#'     probable model is the true one), `log_score` (mean of -log of the true
#'     model's probability), `brier_score` (mean squared error of the
#'     probabilities, summed over models), each with its standard error
#'     (`accuracy_se`, ...), and `n_sim`;
#'   * `calibration`: data frame with one row per model and non-empty bin of the
#'     probability (`bins` of equal width): `model`, `bin`, `n`, `probability`
#'     (mean), `frequency` (share of data sets from that model), `lower` and
#'     `upper` (95 % of frequencies of calibrated probabilities);
#'   * `ece`: data frame of `model` and its expected calibration error, the mean
#'     distance of frequency and probability over bins, weighted by `n`;
#'   * `confusion`: matrix, true model x most probable model, of shares of the true
#'     model's data sets.
#' @section Errors:
#' `amortflow_error_argument` where `simulations` are not of the fit's models;
#' `amortflow_error_unsupported` where the fit holds no models and no `simulations`
#' are given.
#' @references
#' Broecker and Smith (2007). Increasing the reliability of reliability diagrams.
#' *Weather and Forecasting* 22(3).
#'
#' Guo, Pleiss, Sun and Weinberger (2017). On calibration of modern neural
#' networks. *ICML*.
#' @examples
#' heads <- function(a, b) {
#'   generative_model(
#'     prior_function(function() c(p = rbeta(1, a, b))),
#'     simulator(function(theta) rbinom(1, 50, theta$p))
#'   )
#' }
#' fit <- fit_comparison(
#'   list(fair = heads(10, 10), any = heads(1, 1)),
#'   epochs = 2, batches_per_epoch = 20, validation = 100, seed = 1, silent = TRUE
#' )
#' check <- check_comparison(fit, nsim = 200, seed = 2)
#' check
#' plot(check)
#' @export
check_comparison <- function(fit, simulations = NULL, nsim = 1000, seed = NULL,
                             cores = getOption("mc.cores", 1L)) {
  assert_class(fit, "amortflow_comparison_fit", "fit_comparison()")
  nsim <- assert_count(nsim, lower = 2)
  cores <- assert_count(cores)
  models <- fit$spec$comparison$models
  known <- comparison_simulations(fit, simulations, nsim, seed, cores)
  sets <- read_newdata(fit, known)
  log_evidence <- relative_evidence(fit, predict_models(fit, sets, cores))
  log_prob <- model_log_probabilities(log_evidence, fit$spec$comparison$prior_prob)
  truth <- models[known$parameters[, mixture_variable] + 1]
  new_check(
    data.frame(
      sim_id = rep(seq_along(truth), times = length(models)),
      true_model = rep(truth, times = length(models)),
      model = rep(models, each = length(truth)),
      probability = as.vector(exp(log_prob)), log_probability = as.vector(log_prob)
    ),
    "comparison",
    models = models
  )
}

comparison_simulations <- function(fit, simulations, nsim, seed, cores,
                                   call = rlang::caller_env()) {
  models <- fit$spec$comparison$models
  if (!is.null(simulations)) {
    assert_several(
      simulations, "simulations", "amortflow_simulations",
      "simulations made by simulate() or simulations()", call
    )
    if (!setequal(names(simulations), models)) {
      must <- sprintf("named like the fit's models: %s", shown_names(models))
      abort_argument(simulations, "simulations", must, call)
    }
    return(mix_simulations(simulations[models]))
  }
  if (is.null(fit$model)) {
    if (!is.null(fit$validation)) {
      return(fit$validation)
    }
    amortflow_abort(
      "The fit must hold its models, which it does not.", "unsupported",
      hint = "Give `simulations`, a named list of simulate() of each model.", call = call
    )
  }
  simulate_model(
    fit$model, nsim, as_seed(seed), cores,
    on_error = "drop_nonfinite", call = call
  )
}

comparison_columns <- c("sim_id", "true_model", "model", "probability", "log_probability")

#' @rdname check_comparison
#' @param object What `check_comparison()` gave.
#' @param bins Whole number: bins of the probability, of equal width.
#' @param ... Empty.
#' @export
summary.amortflow_check_comparison <- function(object, bins = 10, ...) {
  assert_no_dots(...)
  assert_columns(object, comparison_columns)
  bins <- assert_count(bins)
  table <- as.data.frame(object)
  models <- attr(object, "models") %||% unique(table$model)
  calibration <- do.call(rbind, lapply(models, \(model) calibration_bins(table, model, bins)))
  list(
    scores = comparison_scores(table),
    calibration = calibration,
    ece = data.frame(
      model = models,
      ece = vapply(models, function(model) {
        own <- calibration[calibration$model == model, ]
        stats::weighted.mean(abs(own$frequency - own$probability), own$n)
      }, 1),
      row.names = NULL
    ),
    confusion = confusion_matrix(table, models)
  )
}

# Frequencies of calibrated probabilities: binomial with the mean probability of the bin.
calibration_bins <- function(table, model, bins) {
  own <- table[table$model == model, ]
  bin <- pmin(floor(own$probability * bins) + 1, bins)
  rows <- lapply(split(seq_along(bin), bin), function(i) {
    n <- length(i)
    probability <- mean(own$probability[i])
    data.frame(
      model = model, bin = bin[i][[1]], n = n, probability = probability,
      frequency = mean(own$true_model[i] == model),
      lower = stats::qbinom(0.025, n, probability) / n,
      upper = stats::qbinom(0.975, n, probability) / n
    )
  })
  do.call(rbind, unname(rows))
}

comparison_scores <- function(table) {
  right <- table$model == table$true_model
  hit <- most_probable(table)[right]
  brier <- as.vector(tapply((table$probability - right)^2, table$sim_id, sum))
  score <- -table$log_probability[right]
  error <- function(x) stats::sd(x) / sqrt(length(x))
  data.frame(
    accuracy = mean(hit), accuracy_se = error(hit),
    log_score = mean(score), log_score_se = error(score),
    brier_score = mean(brier), brier_score_se = error(brier), n_sim = length(hit)
  )
}

# Rows of the most probable model of their data set, or of several that are equally so.
most_probable <- function(table) {
  table$probability == stats::ave(table$probability, table$sim_id, FUN = max)
}

confusion_matrix <- function(table, models) {
  chosen <- table[most_probable(table), ]
  chosen <- chosen[!duplicated(chosen$sim_id), ]
  counts <- table(
    true = factor(chosen$true_model, models), chosen = factor(chosen$model, models)
  )
  unclass(counts / pmax(rowSums(counts), 1))
}

#' @exportS3Method
check_sentences.amortflow_check_comparison <- function(x) {
  if (!has_columns(x, comparison_columns)) {
    return(NULL)
  }
  all <- summary(x)
  outside <- all$calibration$frequency < all$calibration$lower |
    all$calibration$frequency > all$calibration$upper
  c(
    sprintf(
      paste(
        "The most probable model is the true one in %s of %s; log score %.3f,",
        "Brier score %.3f."
      ),
      percent(all$scores$accuracy), many_of(all$scores$n_sim, "data set"),
      all$scores$log_score, all$scores$brier_score
    ),
    sprintf(
      paste(
        "Expected calibration error %.3f at most (%s); %d of %d bins are outside their",
        "95 %% bands, of which %.1f are by chance."
      ),
      max(all$ece$ece), all$ece$model[which.max(all$ece$ece)], sum(outside),
      length(outside), 0.05 * length(outside)
    )
  )
}

#' @rdname check_comparison
#' @param type `"calibration"`: frequencies against probabilities; `"confusion"`:
#'   which models are taken for which.
#' @export
autoplot.amortflow_check_comparison <- function(object, type = c("calibration", "confusion"),
                                                bins = 10, ...) {
  assert_no_dots(...)
  type <- assert_choice(type, c("calibration", "confusion"))
  all <- summary(object, bins = bins)
  if (type == "confusion") plot_confusion(all$confusion) else plot_calibration_curves(all$calibration)
}

plot_calibration_curves <- function(calibration) {
  calibration$variable <- in_order(calibration$model)
  ggplot2::ggplot(calibration, ggplot2::aes(x = .data$probability, y = .data$frequency)) +
    ggplot2::geom_abline(
      slope = 1, intercept = 0, colour = plot_colours[["quiet"]], linetype = "dashed"
    ) +
    ggplot2::geom_linerange(
      ggplot2::aes(ymin = .data$lower, ymax = .data$upper),
      colour = plot_colours[["band"]], linewidth = 3
    ) +
    ggplot2::geom_line(colour = plot_colours[["estimate"]]) +
    ggplot2::geom_point(colour = plot_colours[["estimate"]]) +
    variable_panels(nlevels(calibration$variable)) +
    ggplot2::coord_equal(xlim = c(0, 1), ylim = c(0, 1)) +
    ggplot2::labs(
      x = "probability of the model", y = "share of data sets from the model",
      title = "Calibration of model probabilities",
      subtitle = "grey: 95 % of shares where probabilities are right"
    ) +
    plot_theme()
}

plot_confusion <- function(confusion) {
  cells <- as.data.frame(as.table(confusion), responseName = "share")
  ggplot2::ggplot(cells, ggplot2::aes(x = .data$chosen, y = .data$true, fill = .data$share)) +
    ggplot2::geom_tile() +
    ggplot2::geom_text(ggplot2::aes(label = sprintf("%.2f", .data$share))) +
    ggplot2::scale_fill_gradient(
      low = "white", high = plot_colours[["estimate"]], limits = c(0, 1)
    ) +
    ggplot2::labs(
      x = "most probable model", y = "true model", title = "Which models are told apart",
      fill = "share"
    ) +
    plot_theme()
}
