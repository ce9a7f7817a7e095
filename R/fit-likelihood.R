#' Learn the likelihood of a simulator
#'
#' Trains a network on simulations to give the density of data for any
#' parameters: neural likelihood estimation, or an emulator of the simulator.
#' With it go [sample_likelihood()], [log_lik()][log_lik.amortflow_likelihood_fit]
#' and [log_density()] `(type = "likelihood")`; [sample_posterior()] on the fit
#' runs Markov chains on prior times learned likelihood, for any prior.
#'
#' @section What is learned:
#' For `observed = "vector"` the density p(x | theta) of the whole vector; for
#' `observed = "exchangeable"` that of one observation, which must be independent
#' of the others given the parameters (and the context): the log likelihood of a
#' data set is the sum over its observations, however many there are.
#'
#' Data must be continuous. Bounds that the simulator respects (reaction times
#' above 0) are best given by `lb` and `ub`: densities then end there.
#'
#' @inheritParams fit_posterior
#' @param inference An inference network with a density, or `"auto"`.
#' @param lb,ub Lower and upper bounds of data variables: a named numeric vector
#'   (`c(rt = 0)`), one number for all, or `NULL` for none.
#' @param discrete `"auto"` (see Discrete data), `NULL` (all variables are
#'   continuous), or a named list with the levels of categorical variables, or
#'   `"count"`: `list(choice = c(0, 1), visits = "count")`.
#' @param covariates Names of data variables that are given, or `NULL`.
#' @param memory Whole number from 1: rows of a series that the network sees as they
#'   are. Other data have no use for it.
#' @return An object of class `amortflow_likelihood_fit`: a plain list like that of
#'   [fit_posterior()].
#' @section Errors:
#' `amortflow_error_unsupported` for data observed as arrays or several
#' observables, and those of [fit_posterior()].
#' @references
#' Uria, Murray and Larochelle (2013). RNADE: the real-valued neural autoregressive
#' density-estimator. *NeurIPS 26*.
#'
#' Boelts, Lueckmann, Gao and Macke (2022). Flexible and efficient simulation-based
#' inference for models of decision-making. *eLife* 11.
#'
#' Papamakarios, Sterratt and Murray (2019). Sequential neural likelihood: fast
#' likelihood-free inference with autoregressive flows. *AISTATS*.
#'
#' Radev, Schmitt, Pratz, Picchini, Koethe and Buerkner (2023). JANA: jointly
#' amortized neural approximation of complex Bayesian models. *UAI*.
#' @seealso [fit_joint()] for posterior and likelihood together.
#' @examples
#' fit <- fit_likelihood(
#'   example_model("gaussian_mean"),
#'   epochs = 2, batches_per_epoch = 20, validation = 100, seed = 1, silent = TRUE
#' )
#' fit
#' @export
fit_likelihood <- function(model = NULL, simulations = NULL, inference = "auto",
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
                           reuse = "auto", accumulate = TRUE, lb = NULL, ub = NULL,
                           discrete = "auto", covariates = NULL, memory = 3) {
  given <- as.list(rlang::current_env())
  call <- rlang::current_env()
  assert_source(model, simulations)
  given$inference <- assert_density_network(inference)
  refuse_plate(model, "`model`", call)
  pilot <- simulations %||% likelihood_pilot(model, call)
  most <- if (is.null(simulations)) exchanged_rows_online else exchanged_rows_offline
  asked <- list(
    lb = lb, ub = ub, discrete = discrete, covariates = covariates,
    memory = assert_count(memory, upper = 1000)
  )
  roles <- exchanged_roles(pilot, most, asked, call)
  given$inference <- only_classifier(given$inference, roles, call)
  given$summary <- "auto"
  given["model"] <- list(if (!is.null(model)) new_exchanged_model(model, roles))
  given["simulations"] <- list(if (!is.null(simulations)) exchange_simulations(simulations, roles, call))
  fit <- fit_with(c(list(kind = "likelihood"), roles), given)
  fit["model"] <- list(model)
  fit
}

# A few simulations tell names, sizes and the least number of observations.
likelihood_pilot <- function(model, call) {
  simulate_for_fit(model, 100, seed = 1, cores = 1, call = call)
}

# Where all variables are categorical, there is no density to learn.
only_classifier <- function(inference, roles, call) {
  if (length(roles$levels) < length(roles$variables)) {
    return(inference)
  }
  if (!identical(inference, "auto")) {
    abort_argument(inference, "inference", "\"auto\" where all data variables are categorical", call)
  }
  inference_mlp(width = 128, hidden = classifier_hidden)
}
