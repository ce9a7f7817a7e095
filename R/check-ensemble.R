#' Do the members of an ensemble agree?
#'
#' Networks that start differently and saw the same simulations differ by what
#' the simulations left open: overfitting, chance, regions with few simulations.
#' Where members disagree about a data set, more simulations are needed, or it
#' lies outside of what was simulated.
#'
#' @inheritParams check_calibration
#' @param fit A fit made by [fit_posterior()] with [inference_ensemble()].
#' @param ndraws Whole number of draws from each member's posterior, made with
#'   the same random numbers for all members.
#' @return A data frame of class `amortflow_check_ensemble` and
#'   [amortflow_check] with one row per simulation and variable:
#'   * `sim_id`: number of the simulation,
#'   * `variable`: name of the parameter,
#'   * `spread`: standard deviation of the members' posterior means, in standard
#'     deviations of the whole ensemble's posterior. Its square is the share of
#'     the posterior's variance that comes from disagreement,
#'   * `log_density_spread`: standard deviation over members of the log density
#'     at the true parameters (of all variables jointly, so the same in all rows
#'     of a simulation); `NA` for networks without a density.
#'
#'   `summary()` gives one row per variable: `spread` (median), `spread_90` (90 %
#'   quantile), `log_density_spread` (median) and `n_sim`.
#' @section Errors:
#' `amortflow_error_unsupported` if the fit is no ensemble, or there are no
#' simulations to check with; `amortflow_error_argument` if an argument is not
#' what it must be.
#' @references
#' Lakshminarayanan, Pritzel and Blundell (2017). Simple and scalable predictive
#' uncertainty estimation using deep ensembles. *NeurIPS 30*.
#' @examples
#' \donttest{
#' fit <- fit_posterior(
#'   example_model("two_moons"),
#'   inference = inference_ensemble(3),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' agreement <- check_ensemble(fit, nsim = 50, seed = 2)
#' agreement
#' plot(agreement)
#' }
#' @export
check_ensemble <- function(fit, simulations = NULL, nsim = 200, ndraws = 1000,
                           seed = NULL, cores = getOption("mc.cores", 1L)) {
  assert_posterior_fit(fit)
  call <- rlang::current_env()
  assert_ensemble(fit, call)
  seed <- as_seed(seed)
  cores <- assert_count(cores)
  ndraws <- assert_count(ndraws, lower = 2)
  chosen <- check_source(fit, simulations, nsim, seed, cores, call)
  columns <- ensemble_spread(
    fit, chosen$simulations, ndraws, seed, cores,
    call = call
  )
  new_check(columns, "ensemble", source = chosen$source, members = member_count(fit))
}

assert_ensemble <- function(fit, call) {
  if (member_count(fit) > 1) {
    return(invisible())
  }
  amortflow_abort(
    "Only an ensemble has members to compare, but this fit has one network.",
    "unsupported",
    hint = "Fit with `inference = inference_ensemble()`.", call = call
  )
}

#' How far members disagree, for each simulation and variable
#'
#' @param density Are log densities compared, too? `NA` otherwise.
#' @noRd
ensemble_spread <- function(fit, simulations, ndraws, seed, cores,
                            density = has_density(fit),
                            call = rlang::caller_env()) {
  truths <- true_parameters(fit, simulations, 1, call)
  sets <- read_newdata(fit, simulations, call = call)
  members <- seq_len(member_count(fit))
  moments <- lapply(members, function(member) {
    values <- draws_matrix_of(
      posterior_draws_array(fit, sets, ndraws, seed, cores, call, member)
    )
    list(mean = colMeans(values), variance = column_variances(values))
  })
  means <- vapply(moments, `[[`, numeric(length(truths)), "mean")
  dim(means) <- c(length(truths), length(members))
  within <- Reduce(`+`, lapply(moments, `[[`, "variance")) / length(members)
  between <- rowMeans((means - rowMeans(means))^2)
  columns <- simulation_rows(truths)
  columns$spread <- sqrt(between / (between + within))
  columns$log_density_spread <- if (density) {
    rep(member_density_spread(fit, truths, sets, cores, call), ncol(truths))
  } else {
    NA_real_
  }
  own <- setdiff(seq_len(ncol(truths)), implied_columns(fit$spec$support$shapes))
  columns[columns$variable %in% colnames(truths)[own], , drop = FALSE]
}

# Over members, of log q at the true parameters.
member_density_spread <- function(fit, truths, sets, cores, call) {
  density <- vapply(seq_len(member_count(fit)), function(member) {
    posterior_log_density(
      fit, truths, sets, seq_len(nrow(truths)), cores, call, member
    )
  }, numeric(nrow(truths)))
  apply(matrix(density, nrow(truths)), 1, stats::sd)
}

ensemble_columns <- c("variable", "spread", "log_density_spread")

#' @rdname check_ensemble
#' @param object What `check_ensemble()` gave.
#' @param ... Empty.
#' @export
summary.amortflow_check_ensemble <- function(object, ...) {
  assert_no_dots(...)
  assert_columns(object, ensemble_columns)
  by_variable(as.data.frame(object), function(one) {
    data.frame(
      spread = stats::median(one$spread),
      spread_90 = stats::quantile(one$spread, 0.9, names = FALSE),
      log_density_spread = stats::median(one$log_density_spread),
      n_sim = nrow(one)
    )
  })
}

#' @exportS3Method
check_sentences.amortflow_check_ensemble <- function(x) {
  if (!has_columns(x, ensemble_columns)) {
    return(NULL)
  }
  by <- summary(x)
  worst <- by[which.max(by$spread), ]
  c(
    sprintf(
      paste(
        "The means of %s differ most in %s: by %.2f posterior standard deviations",
        "for half of the data sets, above %.2f for a tenth (%s of the variance)."
      ),
      many_of(attr(x, "members") %||% NA, "member"), worst$variable,
      worst$spread, worst$spread_90, percent(worst$spread_90^2)
    ),
    if (!is.na(worst$log_density_spread)) {
      sprintf(
        "Their log densities at the true parameters differ by %.2f (median sd).",
        worst$log_density_spread
      )
    },
    checked_on(x, worst$n_sim)
  )
}

#' @rdname check_ensemble
#' @export
autoplot.amortflow_check_ensemble <- function(object, ...) {
  assert_no_dots(...)
  assert_columns(object, ensemble_columns)
  spreads <- as.data.frame(object)
  spreads$variable <- in_order(spreads$variable)
  ggplot2::ggplot(spreads, ggplot2::aes(x = .data$spread)) +
    ggplot2::geom_histogram(bins = 30, fill = plot_colours[["estimate"]], boundary = 0) +
    variable_panels(nlevels(spreads$variable)) +
    ggplot2::labs(
      x = "sd of members' means / sd of the posterior", y = "data sets",
      title = "Agreement of the ensemble",
      subtitle = "0: all members have the same posterior mean"
    ) +
    plot_theme()
}

# What print(fit) says: medians over validation data sets.
probe_sets <- 100
probe_draws <- 200

probe_ensemble <- function(fit, simulations, cores, call) {
  if (member_count(fit) == 1 || is.null(simulations)) {
    return(NULL)
  }
  known <- simulations[seq_len(min(probe_sets, length(simulations)))]
  # Fields must solve an equation for each density.
  density <- has_density(fit) &&
    !member_network(fit$spec$inference)$kind %in% field_kinds
  columns <- ensemble_spread(
    fit, known, probe_draws, fit$spec$seed, cores, density, call
  )
  log_density <- stats::median(columns$log_density_spread)
  c(
    list(means = stats::median(columns$spread)),
    if (is.finite(log_density)) list(log_density = log_density)
  )
}

describe_spread <- function(spread) {
  paste0(
    sprintf(
      "members' means differ by %.2f posterior standard deviations",
      spread$means
    ),
    if (!is.null(spread$log_density)) {
      sprintf(", log densities by %.2f", spread$log_density)
    },
    " (medians)"
  )
}
