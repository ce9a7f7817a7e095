#' Learn posterior and likelihood together
#'
#' Trains a neural posterior and a neural likelihood on the same model (Radev et
#' al. 2023). With both, [compare_evidence()], [bridge_sampler()][amortflow_bridgesampling],
#' [loo()][loo.amortflow_posterior_fit], `sample_posterior(refine = "auto")` and
#' [log_lik()][log_lik.amortflow_posterior_fit] work although nobody can write down
#' the likelihood; where the model knows its own, that is used.
#'
#' @inheritParams fit_posterior
#' @inheritParams fit_likelihood
#' @param inference Inference network of the posterior, or `"auto"`.
#' @param likelihood Inference network of the likelihood, or `"auto"`.
#' @return An object of class `amortflow_joint_fit`, which is a fit of
#'   [fit_posterior()] with one of [fit_likelihood()] in its field `likelihood`.
#' @section Errors:
#' Those of [fit_posterior()] and [fit_likelihood()].
#' @references
#' Radev, Schmitt, Pratz, Picchini, Koethe and Buerkner (2023). JANA: jointly
#' amortized neural approximation of complex Bayesian models. *UAI*.
#' @examples
#' fit <- fit_joint(
#'   example_model("two_moons"),
#'   epochs = 2, batches_per_epoch = 20, validation = 100, seed = 1, silent = TRUE
#' )
#' compare_evidence(fit, c(0, 0), ndraws = 500, seed = 1)
#' @export
fit_joint <- function(model = NULL, simulations = NULL, summary = "auto",
                      inference = "auto", likelihood = "auto", adapter = "auto",
                      epochs = "auto", batches_per_epoch = "auto",
                      batch_size = "auto", learning_rate = "auto",
                      validation = 1000, patience = 10, seed = NULL,
                      cores = getOption("mc.cores", 1L), device = "cpu",
                      refresh = 1, silent = FALSE, schedule = "auto",
                      average = "auto", lb = NULL, ub = NULL) {
  seed <- as_seed(seed)
  shared <- list(
    model = model, simulations = simulations, epochs = epochs,
    batches_per_epoch = batches_per_epoch, batch_size = batch_size,
    learning_rate = learning_rate, validation = validation, patience = patience,
    seed = seed, cores = cores, device = device, refresh = refresh, silent = silent,
    schedule = schedule, average = average
  )
  # The likelihood first: what it cannot learn is refused before hours of training.
  learned <- do.call(fit_likelihood, c(shared, list(inference = likelihood, lb = lb, ub = ub)))
  fit <- do.call(
    fit_posterior, c(shared, list(summary = summary, inference = inference, adapter = adapter))
  )
  new_joint_fit(fit, learned)
}

new_joint_fit <- function(fit, learned) {
  fit$likelihood <- learned
  class(fit) <- c("amortflow_joint_fit", class(fit))
  fit
}
