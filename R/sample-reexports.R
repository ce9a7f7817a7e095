#' Generics of other packages that fits and draws answer to
#'
#' They are re-exported, so that `library(amortflow)` is enough; they stay
#' posterior's, rstantools', bayesplot's and ggplot2's own.
#'
#' @name reexports
#' @keywords internal
NULL

#' @rdname reexports
#' @importFrom posterior as_draws
#' @export
posterior::as_draws

#' @rdname reexports
#' @importFrom posterior as_draws_array
#' @export
posterior::as_draws_array

#' @rdname reexports
#' @importFrom posterior as_draws_df
#' @export
posterior::as_draws_df

#' @rdname reexports
#' @importFrom posterior as_draws_matrix
#' @export
posterior::as_draws_matrix

#' @rdname reexports
#' @importFrom posterior as_draws_list
#' @export
posterior::as_draws_list

#' @rdname reexports
#' @importFrom posterior as_draws_rvars
#' @export
posterior::as_draws_rvars

#' @rdname reexports
#' @importFrom posterior summarise_draws
#' @export
posterior::summarise_draws

#' @rdname reexports
#' @importFrom posterior ndraws
#' @export
posterior::ndraws

#' @rdname reexports
#' @importFrom posterior variables
#' @export
posterior::variables

#' @rdname reexports
#' @importFrom rstantools posterior_predict
#' @export
rstantools::posterior_predict

#' @rdname reexports
#' @importFrom rstantools posterior_interval
#' @export
rstantools::posterior_interval

#' @rdname reexports
#' @importFrom rstantools predictive_interval
#' @export
rstantools::predictive_interval

#' @rdname reexports
#' @importFrom rstantools prior_summary
#' @export
rstantools::prior_summary

#' @rdname reexports
#' @importFrom bayesplot pp_check
#' @export
bayesplot::pp_check

#' @rdname reexports
#' @importFrom ggplot2 autoplot
#' @export
ggplot2::autoplot
