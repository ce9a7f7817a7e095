# Generics of other packages that fits and draws answer to. They are
# re-exported, so that library(amortflow) is enough, and stay the others' own.

#' @importFrom posterior as_draws
#' @export
posterior::as_draws

#' @importFrom posterior as_draws_array
#' @export
posterior::as_draws_array

#' @importFrom posterior as_draws_df
#' @export
posterior::as_draws_df

#' @importFrom posterior as_draws_matrix
#' @export
posterior::as_draws_matrix

#' @importFrom posterior as_draws_list
#' @export
posterior::as_draws_list

#' @importFrom posterior as_draws_rvars
#' @export
posterior::as_draws_rvars

#' @importFrom posterior summarise_draws
#' @export
posterior::summarise_draws

#' @importFrom posterior ndraws
#' @export
posterior::ndraws

#' @importFrom posterior variables
#' @export
posterior::variables

#' @importFrom rstantools posterior_predict
#' @export
rstantools::posterior_predict

#' @importFrom rstantools posterior_interval
#' @export
rstantools::posterior_interval

#' @importFrom rstantools predictive_interval
#' @export
rstantools::predictive_interval

#' @importFrom rstantools log_lik
#' @export
rstantools::log_lik

#' @importFrom rstantools prior_summary
#' @export
rstantools::prior_summary

#' @importFrom bayesplot pp_check
#' @export
bayesplot::pp_check

#' @importFrom ggplot2 autoplot
#' @export
ggplot2::autoplot
