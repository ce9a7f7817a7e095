#' Out-of-sample predictive performance of posterior fits
#'
#' Leave-one-out cross-validation by Pareto-smoothed importance sampling, for fits
#' whose model knows its log likelihood. Draws come from the networks, not from the
#' posterior itself: [loo::loo_approximate_posterior()] corrects for it, by the
#' posterior's log density and that of the networks. Nothing is fitted again.
#'
#' @inheritParams log_lik.amortflow_posterior_fit
#' @param x A fit made by [fit_posterior()] whose model knows its log likelihood.
#' @param ndraws Whole number: draws per data set.
#' @param save_psis `TRUE` to keep the smoothed weights.
#' @return For one data set an object of class `psis_loo_ap`, as loo makes it, with
#'   elpd, Pareto k of each observation and all else; for many an unnamed list of
#'   these. `loo::loo_compare()` compares those of several models.
#' @inheritSection log_lik.amortflow_posterior_fit Errors
#' @references
#' Magnusson, Andersen, Jonasson and Vehtari (2019). Bayesian leave-one-out
#' cross-validation for large data. *ICML*.
#'
#' Vehtari, Gelman and Gabry (2017). Practical Bayesian model evaluation using
#' leave-one-out cross-validation and WAIC. *Statistics and Computing* 27, 1413-1432.
#' @examples
#' \donttest{
#' fit <- fit_posterior(
#'   example_model("gaussian_mean"),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' loo::loo(fit, matrix(rnorm(200), 50, 4), ndraws = 1000, seed = 1)
#' }
#' @importFrom loo loo
#' @export
loo.amortflow_posterior_fit <- function(
    x, newdata, context = NULL, by = NULL, ndraws = 4000, seed = NULL,
    cores = getOption("mc.cores", 1L), save_psis = FALSE, ...) {
  assert_no_dots(...)
  assert_known_likelihood(x, "x")
  assert_has_density(x)
  sets <- read_newdata(x, newdata, by, context)
  ndraws <- assert_count(ndraws)
  cores <- assert_count(cores)
  save_psis <- assert_flag(save_psis)
  weighed <- weighed_draws(x, sets, ndraws, x$model$prior, as_seed(seed), cores)
  results <- lapply(seq_len(sets$n), function(i) {
    possible <- which(is.finite(weighed$log_target[, i]))
    draws <- matrix(
      weighed$draws[, i, ], ndraws,
      dimnames = list(NULL, x$spec$variables)
    )
    loo::loo_approximate_posterior(
      set_likelihood(x, sets, i)(draws[possible, , drop = FALSE]),
      log_p = weighed$log_target[possible, i],
      log_g = weighed$log_density[possible, i],
      cores = as.integer(cores), save_psis = save_psis
    )
  })
  if (sets$many) results else results[[1]]
}
