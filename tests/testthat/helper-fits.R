# Small fits that many tests share: made once per run, in seconds.

fitted_once <- new.env()

#' theta ~ N(0, 1), x ~ N(theta, 1): the posterior is N(x / 2, 1 / 2).
conjugate_model <- function() {
  generative_model(
    priors(theta ~ normal(0, 1)),
    simulator(
      function(theta) cbind(rnorm(length(theta$theta), theta$theta, 1)),
      vectorized = TRUE
    )
  )
}

small_fit <- function() {
  if (is.null(fitted_once$small)) {
    fitted_once$small <- fit_posterior(
      example_model("two_moons"),
      inference = inference_coupling_flow(depth = 2, width = 16),
      epochs = 3, batches_per_epoch = 20, validation = 100,
      seed = 5, silent = TRUE
    )
  }
  fitted_once$small
}
