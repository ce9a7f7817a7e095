#' Learn ratios of posterior to prior
#'
#' Trains a classifier to tell parameters that belong to a data set from such that
#' do not; its log odds are log p(theta | x) / p(theta) at best (Hermans et al.
#' 2020). [sample_posterior()] then draws from the prior times this ratio by slice
#' sampling, so that the prior needs a density. Draws take longer than those of
#' [fit_posterior()], but the network is any network: nothing needs to be
#' invertible or normalised.
#'
#' @section What is learned:
#' The contrastive loss NRE-C (Miller et al. 2022): among K parameters, does one
#' belong to the data set, and which? `gamma` is the odds that one does. The other
#' parameters are those of the same shard of the batch (a shard has at least 16
#' data sets where the batch has 32, see `print()`), taken in a circle. The best
#' classifier is the same for every K and `gamma`; larger K learns faster.
#'
#' With `balance` above 0, the loss grows by `balance` (m1 + m0 - 1)^2, where m1 and
#' m0 are the mean probabilities, by the ratio alone, that a data set's own and
#' that other parameters belong to it (Delaunoy et al. 2022; they take 100). Too
#' narrow posteriors become wider. The means are taken shard by shard.
#'
#' @inheritParams fit_posterior
#' @param alternatives Whole number: parameters of other data sets that each is
#'   compared with, at most so many as there are in a shard; `"auto"` is all of
#'   these, up to 64.
#' @param gamma Positive number, see What is learned.
#' @param balance Number from 0, see What is learned.
#' @param inference [inference_mlp()], an [inference_ensemble()] of it, whose
#'   ratios are averaged, or `"auto"`: `inference_mlp(128)`.
#' @return An object of class `amortflow_ratio_fit`, for [sample_posterior()] and
#'   [log_density()] (the log of prior times ratio, which integrates to one only
#'   as nearly as the ratio is right): a plain list like that of
#'   [fit_posterior()].
#' @section Errors:
#' Those of [fit_posterior()].
#' @references
#' Delaunoy, Hermans, Rozet, Wehenkel and Louppe (2022). Towards reliable
#' simulation-based inference with balanced neural ratio estimation. *NeurIPS*.
#'
#' Hermans, Begy and Louppe (2020). Likelihood-free MCMC with amortized approximate
#' ratio estimators. *ICML*.
#'
#' Miller, Weniger and Forre (2022). Contrastive neural ratio estimation.
#' *NeurIPS*.
#' @examples
#' coin <- generative_model(
#'   priors(p ~ beta(1, 1)),
#'   simulator(function(theta) rbinom(1, 50, theta$p))
#' )
#' fit <- fit_ratio(
#'   coin,
#'   epochs = 2, batches_per_epoch = 20, validation = 100, seed = 1, silent = TRUE
#' )
#' log_density(fit, rbind(0.2, 0.5), newdata = 25)
#' @export
fit_ratio <- function(model = NULL, simulations = NULL, alternatives = "auto",
                      gamma = 1, balance = 0, summary = "auto", inference = "auto",
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
                      reuse = "auto", accumulate = TRUE) {
  given <- as.list(rlang::current_env())
  alternatives <- assert_auto_count(alternatives)
  ratio <- list(
    alternatives = if (identical(alternatives, "auto")) most_alternatives else alternatives,
    gamma = assert_number(gamma, lower = 1e-6, upper = 1e6),
    balance = assert_number(balance, lower = 0, upper = 1e6)
  )
  assert_source(model, simulations)
  given$inference <- if (identical(inference, "auto")) inference_mlp(ratio_width) else assert_mlp(inference)
  # A shard of 32 data sets shows each 31 others.
  if (identical(batch_size, "auto")) given$batch_size <- ratio_batch_size
  if (identical(average, "auto")) given$average <- default_average
  fit_with(c(list(kind = "ratio"), ratio), given)
}

most_alternatives <- 64
ratio_width <- 128
ratio_batch_size <- 256

ratio_estimator <- function(ratio, inference, count) {
  c(
    list(kind = "ratio", parameter_count = count),
    dense_members(inference, "ratio", ratio[c("alternatives", "gamma", "balance")])
  )
}

is_ratio <- function(spec) {
  if (!identical(spec$kind, "ratio")) {
    return(is.null(spec$ratio))
  }
  holds(
    is_plain_list(spec$ratio, c("alternatives", "gamma", "balance")),
    all(vapply(spec$ratio, is_finite_number, NA))
  )
}

describe_ratio <- function(ratio) {
  if (!is.null(ratio)) {
    sprintf(
      "at most %g alternatives, gamma %g%s", ratio$alternatives, ratio$gamma,
      if (ratio$balance > 0) sprintf(", balance %g", ratio$balance) else ""
    )
  }
}
