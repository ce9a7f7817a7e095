#' Networks and training that "auto" stands for
#'
#' The rules by which [fit_posterior()] fills in what is `"auto"`, in one
#' place. `print()` of a fit shows what was chosen.
#'
#' @section Rules:
#' * **Summary**: [summary_identity()] for vectors of at most 10 numbers,
#'   [summary_mlp()] for longer ones and for series of one length with at most
#'   64 numbers, [summary_time_series()] for all other series,
#'   [summary_convolution()] for arrays (of at most 64 numbers [summary_mlp()]),
#'   [summary_deep_set()] for exchangeable data. Dense networks have 64 units
#'   per layer up to 5,000 simulations and 256 beyond (or online).
#' * **Several observables**: one summary network for each, by these rules; what
#'   they give goes side by side to the inference network, and context values
#'   with it.
#' * **Inference**: [inference_coupling_flow()] of depth 6, with 128 units per
#'   layer; 64 up to 5,000 simulations, and after dense layers, which leave it
#'   little to do.
#' * **Online** (`nsim = NULL`: fresh simulations for every batch): 100 batches
#'   of 64 an epoch; at most 450 epochs where a data set is read at once (no
#'   summary network, or dense layers), 100 where it is read row by row, because
#'   those steps cost many times as much.
#' * **Offline**: batches of 32 up to 5,000 simulations, 64 up to 50,000, 256
#'   beyond; an epoch is one pass; at most as many epochs as make 20,000 steps,
#'   but no fewer than 20 and no more than 200.
#'
#' In all cases the learning rate warms up over 5 % of the steps, stays until
#' validation stops improving, and falls to zero in a third as many epochs (see
#' Schedules in [fit_posterior()]); the best epoch's weights are kept. A given
#' number of epochs is kept to, with a cosine. Offline training uses weight decay
#' 0.01, and so does training that uses simulations again (`mode` of
#' [fit_posterior()]); online training none, because fresh simulations cannot be
#' overfitted.
#'
#' @param model A [generative_model()], which is simulated twice to see the
#'   shape of its data, or `amortflow_simulations`.
#' @param nsim Whole number: simulations to train on, or `NULL` for online
#'   training.
#' @return A list: `summary` and `inference` (network specifications; `summary`
#'   is a named list of them for several observables), `epochs` (the most),
#'   `batches_per_epoch`, `batch_size`, `weight_decay`.
#' @section Errors:
#' `amortflow_error_argument` if `model` is neither a model nor simulations;
#' `amortflow_error_simulator` if its simulator fails.
#' @examples
#' default_networks(example_model("two_moons"), nsim = 10000)
#' @export
default_networks <- function(model, nsim = NULL) {
  if (!inherits(model, "amortflow_simulations")) {
    assert_class(model, "amortflow_model", "generative_model()")
    model <- simulate(model, nsim = 2, seed = 1)
  }
  if (!is.null(nsim)) {
    nsim <- assert_count(nsim)
  }
  observed <- attr(model, "observed")
  choose_networks(observed, data_blocks(model$data, observed), nsim)
}

#' @param blocks See `data_blocks()`.
#' @noRd
choose_networks <- function(observed, blocks, nsim) {
  small <- !is.null(nsim) && nsim <= 5000
  networks <- Map(function(observed, rows) {
    default_summary(observed, rows, small)
  }, unname(observed), blocks)
  c(
    list(
      summary = if (is_named_data(observed)) {
        rlang::set_names(networks, names(observed))
      } else {
        networks[[1]]
      },
      inference = default_inference(networks, small)
    ),
    default_training(nsim, networks)
  )
}

# Numbers up to which a flow takes data as they are, and up to which a series is short.
longest_plain_vector <- 10
longest_dense_series <- 64

default_summary <- function(observed, rows, small) {
  if (observed == "exchangeable") {
    return(summary_deep_set())
  }
  numbers <- max(rows$lengths) * ncol(rows$values)
  one_length <- length(unique(rows$lengths)) == 1
  if (observed == "vector" && numbers <= longest_plain_vector) {
    return(summary_identity())
  }
  if (observed == "array" && numbers > longest_dense_series) {
    return(summary_convolution())
  }
  if (observed == "series" && !(one_length && numbers <= longest_dense_series)) {
    return(summary_time_series())
  }
  summary_mlp(width = if (small) 64 else 256)
}

kinds_of <- function(networks) vapply(networks, `[[`, "", "kind")

default_inference <- function(networks, small) {
  narrow <- small || all(kinds_of(networks) == "dense")
  inference_coupling_flow(width = if (narrow) 64 else 128)
}

# For simulations that are seen more than once.
reused_weight_decay <- 0.01

online_batch_size <- 64

default_training <- function(nsim, networks) {
  if (is.null(nsim)) {
    at_once <- all(kinds_of(networks) %in% c("identity", "dense"))
    return(list(
      epochs = if (at_once) 450 else 100, batches_per_epoch = 100,
      batch_size = online_batch_size, weight_decay = 0
    ))
  }
  batch_size <- if (nsim <= 5000) 32 else if (nsim <= 50000) 64 else 256
  batch_size <- min(batch_size, nsim)
  batches_per_epoch <- max(1, floor(nsim / batch_size))
  list(
    epochs = min(max(round(20000 / batches_per_epoch), 20), 200),
    batches_per_epoch = batches_per_epoch,
    batch_size = batch_size,
    weight_decay = reused_weight_decay
  )
}
