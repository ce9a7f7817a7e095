#' Amortized Bayesian inference
#'
#' A prior and a simulator, in R or C++, are all that is needed: neural networks
#' are trained on simulations once, and from then on posteriors and diagnostics
#' for any new data set cost milliseconds.
#'
#' ```
#' simulate  ->  adapt  ->  nets  ->  fit  ->  sample  ->  compare  ->  check
#' ```
#'
#' * **simulate**: [priors()], [simulator()], [cpp_simulator()],
#'   [generative_model()], [simulate()], [example_model()]
#' * **nets**: [summary_deep_set()], [summary_set_transformer()],
#'   [summary_time_series()], [summary_transformer()], [summary_mlp()],
#'   [summary_convolution()], [summary_hierarchical()], [summary_fusion()],
#'   [inference_coupling_flow()], [default_networks()]
#' * **fit**: [fit_posterior()], [fit_likelihood()], [fit_joint()], [fit_ratio()],
#'   [fit_point()], [fit_comparison()], [save_fit()], [load_fit()]
#' * **sample**: [sample_posterior()], [sample_likelihood()], [log_density()],
#'   [posterior_predict()], [pp_check()]
#' * **compare**: [compare_evidence()], [compare_probabilities()]; methods for
#'   `loo()`, `bridge_sampler()`, `bayes_factor()` and `post_prob()`
#' * **check**: [check_simulations()], [check_training()],
#'   [check_calibration()], [check_coverage()], [check_recovery()],
#'   [check_contraction()], [check_posterior()], [check_comparison()],
#'   [check_misspecification()]
#'
#' `vignette("amortflow")` is the ten-minute start, `vignette("design")` the
#' picture behind it.
#'
#' @keywords internal
#' @useDynLib amortflow, .registration = TRUE
#' @importFrom Rcpp evalCpp
#' @importFrom rlang .data %||%
#' @importFrom utils head str tail
"_PACKAGE"
