#' Learn point estimates
#'
#' Trains one network that gives, for any data set, posterior means, medians and
#' quantiles of all parameters. Each is learned by a score that is best on average
#' at the exact posterior value (Gneiting and Raftery, 2007), so that no posterior
#' is needed on the way: training is shorter than that of [fit_posterior()], and
#' [predict()][predict.amortflow_point_fit] costs one pass of the network.
#'
#' @section What is learned:
#' Means by the squared error; quantiles at level p by the pinball loss
#' (y - q) (p - 1(y < q)) (Koenker and Bassett, 1978); the median is the quantile at
#' 1/2. Quantiles of a parameter never cross: the middle one is a number, its
#' neighbours are steps of softplus away.
#'
#' Quantiles are learned where the adapter maps each parameter to the real line,
#' which they survive, and never leave its support. Means survive only shifts and
#' scales, and are learned on the standardised parameter; [predict()] moves those
#' that the network puts outside the support onto its bounds. Elements of
#' simplexes, ordered vectors and matrices are taken one by one, so that their
#' quantiles (and errors of their means) need not add up.
#'
#' @inheritParams fit_posterior
#' @param targets What to learn beside the quantiles: `"mean"`, `"median"`, both, or
#'   `character()`.
#' @param probs Levels of quantiles, different numbers in (0, 1), or `NULL`.
#' @param inference [inference_mlp()], an [inference_ensemble()] of it, whose
#'   predictions are averaged (quantiles where they were learned), or `"auto"`.
#' @param adapter An [adapter()] or `"auto"`. Its steps for parameters hold for
#'   quantiles; `adapt_select()` and `adapt_apply()` must not take parameters.
#' @return An object of class `amortflow_point_fit`, for
#'   [predict()][predict.amortflow_point_fit] and
#'   [posterior_interval()][predict.amortflow_point_fit]: a plain list like that of
#'   [fit_posterior()].
#' @section Errors:
#' `amortflow_error_argument` for targets that are unknown and levels outside
#' (0, 1), `amortflow_error_adapter` for steps that parameters cannot have here, and
#' those of [fit_posterior()].
#' @references
#' Gneiting and Raftery (2007). Strictly proper scoring rules, prediction, and
#' estimation. *JASA* 102(477), 359-378.
#'
#' Koenker and Bassett (1978). Regression quantiles. *Econometrica* 46(1), 33-50.
#'
#' Sainsbury-Dale, Zammit-Mangion and Huser (2024). Likelihood-free parameter
#' estimation with neural Bayes estimators. *The American Statistician* 78(1), 1-14.
#' @examples
#' coin <- generative_model(
#'   prior_function(function() c(p = rbeta(1, 1, 1)), lb = 0, ub = 1),
#'   simulator(function(theta) rbinom(1, 50, theta$p))
#' )
#' fit <- fit_point(
#'   coin,
#'   probs = c(0.05, 0.95),
#'   epochs = 2, batches_per_epoch = 20, validation = 100, seed = 1, silent = TRUE
#' )
#' predict(fit, rbind(5, 25, 45))
#' @export
fit_point <- function(model = NULL, simulations = NULL, targets = c("mean", "median"),
                      probs = c(.05, .95), summary = "auto", inference = "auto",
                      adapter = "auto", epochs = "auto",
                      batches_per_epoch = "auto", batch_size = "auto",
                      learning_rate = "auto", validation = 1000,
                      patience = 10, seed = NULL,
                      cores = getOption("mc.cores", 1L), device = "cpu",
                      from = NULL, refresh = 1, silent = FALSE, file = NULL,
                      file_refit = c("never", "always", "on_change"),
                      schedule = "auto", average = "auto", checkpoint = NULL,
                      checkpoint_minutes = 10,
                      mode = c("online", "rounds", "replay"), bank = "auto",
                      reuse = "auto", accumulate = TRUE) {
  given <- as.list(rlang::current_env())
  point <- list(targets = assert_targets(targets), probs = assert_probs(probs))
  assert_some_target(point)
  assert_source(model, simulations)
  given$inference <- assert_mlp(inference)
  fit_with(c(list(kind = "point"), point), given)
}

point_targets <- c("mean", "median")

assert_targets <- function(targets, call = rlang::caller_env()) {
  fine <- is.character(targets) && all(targets %in% point_targets) && !anyDuplicated(targets)
  if (!fine) {
    abort_argument(
      targets, "targets", "\"mean\", \"median\", both or character()", call,
      hint = "Quantiles are asked for by `probs`."
    )
  }
  intersect(point_targets, targets)
}

assert_probs <- function(probs, call = rlang::caller_env()) {
  if (is.null(probs)) {
    return(numeric())
  }
  fine <- is.numeric(probs) && !anyNA(probs) && all(probs > 0 & probs < 1) && !anyDuplicated(probs)
  if (!fine) {
    abort_argument(probs, "probs", "different numbers between 0 and 1, or NULL", call)
  }
  sort(as.double(probs))
}

assert_some_target <- function(point, call = rlang::caller_env()) {
  if (length(point$targets) == 0 && length(point$probs) == 0) {
    abort_argument(
      point$targets, "targets", "\"mean\" or \"median\" where `probs` are empty", call
    )
  }
}

# Levels that are learned, the median's among them.
point_levels <- function(point) {
  sort(unique(c(point$probs, if ("median" %in% point$targets) 0.5)))
}

# posterior's names, q5 and q95; up to four digits of a percentage.
quantile_names <- function(probs) {
  if (length(probs) == 0) character() else paste0("q", vapply(100 * probs, format, "", digits = 6))
}

point_columns <- function(point) c(point$targets, quantile_names(point$probs))

# `count` parameters, which stand side by side on two scales (R/adapt-double.R).
point_estimator <- function(point, inference, count) {
  levels <- point_levels(point)
  rules <- c(
    if ("mean" %in% point$targets) list(list(kind = "mean", first = count, width = count)),
    if (length(levels) > 0) list(list(kind = "quantiles", first = 0, width = count, levels = levels))
  )
  prediction_estimator(inference, 2 * count, rules)
}

is_point <- function(spec) {
  if (!identical(spec$kind, "point")) {
    return(is.null(spec$point))
  }
  point <- spec$point
  holds(
    is_plain_list(point), setequal(names(point), c("targets", "probs")),
    length(point$targets) == 0 || is.character(point$targets),
    all(point$targets %in% point_targets), !anyDuplicated(point$targets),
    length(point$probs) == 0 || is.numeric(point$probs),
    all(point$probs > 0), all(point$probs < 1), !is.unsorted(point$probs, strictly = TRUE),
    length(point$targets) + length(point$probs) > 0
  )
}

# Files do not tell no values from NULL.
restore_point <- function(point) {
  list(targets = as.character(point$targets), probs = as.double(point$probs))
}
