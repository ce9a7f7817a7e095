#' Are the networks' draws those of the posterior?
#'
#' For fits whose model knows its log likelihood: what `refine = "auto"` of
#' [sample_posterior()] has to do to each data set. Where it takes the step
#' `"none"` or `"weights"` with many effective draws, the networks know the
#' posterior well; where it takes `"mcmc"`, they do not, for want of training or
#' because the data are unlike those of training.
#'
#' @inheritParams sample_posterior
#' @param ndraws Whole number: refined draws per data set.
#' @return A data frame of class `amortflow_check_posterior` and [amortflow_check]
#'   with one row per data set: `data_set`, `step`, `pareto_k`, `ess`, `rhat`,
#'   `chains` (as in section Refinement of [sample_posterior()]) and `efficiency`,
#'   the share that Pareto-smoothed weights leave of the networks' draws (0 to 1).
#' @section Errors:
#' Those of [sample_posterior()] with `refine = "auto"`.
#' @examples
#' \donttest{
#' fit <- fit_posterior(
#'   example_model("gaussian_linear"),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' checked <- check_posterior(fit, matrix(rnorm(50, 0, 0.4), 5), seed = 1)
#' checked
#' plot(checked)
#' }
#' @export
check_posterior <- function(fit, newdata, context = NULL, by = NULL,
                            ndraws = 1000, prior = NULL, seed = NULL,
                            cores = getOption("mc.cores", 1L)) {
  assert_posterior_fit(fit)
  assert_has_density(fit)
  assert_known_likelihood(fit)
  sets <- read_newdata(fit, newdata, by, context)
  prior <- as_other_prior(prior, fit)
  refined <- refined_draws(
    fit, sets, assert_count(ndraws), prior, as_seed(seed), assert_count(cores)
  )
  columns <- attr(refined, "refinement")
  columns$efficiency <- vapply(columns$log_weights, function(log_ratio) {
    smooth_ratios(log_ratio)$ess / length(log_ratio)
  }, numeric(1))
  columns$log_weights <- NULL
  new_check(columns, "posterior")
}

refinement_steps <- c("none", "weights", "mcmc")

posterior_columns <- c("data_set", "step", "pareto_k", "efficiency", "rhat")

#' @exportS3Method
check_sentences.amortflow_check_posterior <- function(x) {
  if (!has_columns(x, posterior_columns)) {
    return(NULL)
  }
  count <- table(factor(x$step, refinement_steps))
  exact <- x$rhat[x$step == "mcmc"]
  c(
    sprintf(
      "Of %s, %d needed no weights, %d were reweighed, %d took the exact sampler.",
      many_of(nrow(x), "data set"), count[["none"]], count[["weights"]], count[["mcmc"]]
    ),
    sprintf(
      "The networks' draws are worth %s as many draws of the posterior (median).",
      percent(stats::median(x$efficiency))
    ),
    if (length(exact) > 0) sprintf("The largest rhat of its chains is %.3f.", max(exact))
  )
}

#' @rdname check_posterior
#' @param object What `check_posterior()` gave.
#' @param ... Empty.
#' @export
autoplot.amortflow_check_posterior <- function(object, ...) {
  assert_no_dots(...)
  assert_columns(object, posterior_columns)
  shown <- as.data.frame(object)
  shown$place <- seq_len(nrow(shown))
  shown$step <- factor(shown$step, refinement_steps)
  ggplot2::ggplot(
    shown, ggplot2::aes(x = .data$place, y = .data$efficiency, shape = .data$step)
  ) +
    ggplot2::geom_point(colour = plot_colours[["estimate"]], size = 2) +
    ggplot2::scale_y_continuous(limits = c(0, 1)) +
    ggplot2::scale_shape_manual(values = c(none = 1, weights = 16, mcmc = 4), drop = FALSE) +
    ggplot2::labs(
      x = "data set", y = "effective share of draws",
      title = "The networks' draws against the known likelihood",
      subtitle = "1: they are draws of the posterior itself"
    ) +
    plot_theme()
}
