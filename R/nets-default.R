#' Networks and training that "auto" stands for
#'
#' The rules by which [fit_posterior()] fills in what is `"auto"`, in one
#' place. `print()` of a fit shows what was chosen.
#'
#' @section Rules:
#' * **Summary**: [summary_identity()] for vectors, [summary_deep_set()] for
#'   exchangeable data, [summary_time_series()] for series.
#' * **Inference**: [inference_coupling_flow()] of depth 6, with 64 units per
#'   layer up to 5,000 simulations and 128 beyond (or online).
#' * **Online** (`nsim = NULL`: fresh simulations for every batch): 100 epochs
#'   of 100 batches of 64.
#' * **Offline**: batches of 32 up to 5,000 simulations, 64 up to 50,000, 256
#'   beyond; an epoch is one pass; as many epochs as make 20,000 steps, at
#'   least 20 and at most 200.
#'
#' In all cases the learning rate warms up over 5 % of the steps and falls to
#' zero along a cosine, the best epoch's weights are kept, and training stops
#' early when validation got worse for `patience` epochs. Offline
#' training uses weight decay 0.01, online training none, because fresh
#' simulations cannot be overfitted.
#'
#' @param model A [generative_model()], or `amortflow_simulations`.
#' @param nsim Whole number: simulations to train on, or `NULL` for online
#'   training.
#' @return A list: `summary` and `inference` (network specifications), `epochs`,
#'   `batches_per_epoch`, `batch_size`, `weight_decay`.
#' @section Errors:
#' `amortflow_error_argument` if `model` is neither a model nor simulations.
#' @examples
#' default_networks(example_model("two_moons"), nsim = 10000)
#' @export
default_networks <- function(model, nsim = NULL) {
  observed <- if (inherits(model, "amortflow_simulations")) {
    attr(model, "observed")
  } else {
    assert_class(model, "amortflow_model", "generative_model()")$observed
  }
  if (!is.null(nsim)) {
    nsim <- assert_count(nsim)
  }
  c(
    list(
      summary = default_summary(observed),
      inference = default_inference(nsim)
    ),
    default_training(nsim)
  )
}

default_summary <- function(observed) {
  switch(observed,
    vector = summary_identity(),
    exchangeable = summary_deep_set(),
    series = summary_time_series()
  )
}

default_inference <- function(nsim) {
  small <- !is.null(nsim) && nsim <= 5000
  inference_coupling_flow(width = if (small) 64 else 128)
}

default_training <- function(nsim) {
  if (is.null(nsim)) {
    return(list(
      epochs = 100, batches_per_epoch = 100, batch_size = 64, weight_decay = 0
    ))
  }
  batch_size <- if (nsim <= 5000) 32 else if (nsim <= 50000) 64 else 256
  batch_size <- min(batch_size, nsim)
  batches_per_epoch <- max(1, floor(nsim / batch_size))
  list(
    epochs = min(max(round(20000 / batches_per_epoch), 20), 200),
    batches_per_epoch = batches_per_epoch,
    batch_size = batch_size,
    weight_decay = 0.01
  )
}
