#' Networks and training that "auto" stands for
#'
#' The rules by which [fit_posterior()] fills in what is `"auto"`, in one
#' place. `print()` of a fit shows what was chosen.
#'
#' @section Rules:
#' * **Summary**: [summary_identity()] for vectors of at most 20 numbers,
#'   [summary_mlp()] for longer ones and for series of one length with at most
#'   64 numbers, [summary_time_series()] for all other series,
#'   [summary_convolution()] for arrays (of at most 64 numbers [summary_mlp()]),
#'   [summary_deep_set()] for exchangeable data. Dense networks have 64 units
#'   per layer up to 20,000 simulations and 256 beyond (or online).
#' * **Several observables**: one summary network for each, by these rules; what
#'   they give goes side by side to the inference network, and context values
#'   with it.
#' * **Regression**: where a linear regression of the parameters on vectors and
#'   context values leaves residuals that look normal with one variance, networks
#'   learn the posterior of these residuals (Beaumont, Zhang and Balding, 2002).
#'   `adapter(auto = FALSE)` leaves it out.
#' * **Inference, offline, data read at once** (no summary network, or dense
#'   layers): [inference_ensemble()] of 5 spline couplings of depth 4 with narrow
#'   layers, 16 units up to 10,000 simulations and 16 sqrt(`nsim` / 10,000) beyond
#'   (at most 128; at least twice the number of parameters). Few simulations are
#'   overfitted by wide layers and small steps; narrow layers, large steps and a
#'   mixture are what helped most on the tasks of Lueckmann et al. (2021).
#' * **Inference, offline, data read row by row**: one [inference_coupling_flow()]
#'   of depth 6, with 128 units per layer, 64 up to 5,000 simulations: here an
#'   ensemble would take hours.
#' * **Inference, online** (`nsim = NULL`: fresh simulations for every batch): one
#'   [inference_coupling_flow()] of depth 6: splines with 64 units per layer for
#'   plain vectors, affine couplings with 64 units after dense layers, which leave
#'   them little to do, and with 128 after other networks.
#' * **Online training**: 100 batches of 64 an epoch, of 256 for plain vectors from a
#'   compiled model, whose simulations cost next to nothing; at most 450 epochs where
#'   a data set is read at once, 100 where it is read row by row, because those steps
#'   cost many times as much. For plain vectors, averaged weights (`average`).
#' * **Offline training**: batches of 32 up to 5,000 simulations, 64 up to 50,000,
#'   256 beyond; an epoch is one pass; at most as many epochs as make 20,000 steps
#'   (50,000 where data are read at once), but no fewer than 20 and no more than
#'   200.
#' * **Time-conditioned networks** ([inference_flow_matching()],
#'   [inference_diffusion()], [inference_consistency()]): 2.5 times as many epochs
#'   at most.
#' * **Learning rate**: 0.064 / `width` of flows and mixtures for plain vectors, and
#'   offline after dense layers, online times sqrt(`batch_size` / 64), within
#'   \[0.0005, 0.004\]; 0.001 for
#'   [inference_flow_matching()], [inference_diffusion()] and
#'   [inference_consistency()]; 0.0005 otherwise.
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
#'   `batches_per_epoch`, `batch_size`, `learning_rate`, `weight_decay`.
#' @section Errors:
#' `amortflow_error_argument` if `model` is neither a model nor simulations;
#' `amortflow_error_simulator` if its simulator fails.
#' @references
#' Beaumont, Zhang and Balding (2002). Approximate Bayesian computation in
#' population genetics. *Genetics* 162(4), 2025-2035.
#'
#' Lueckmann et al. (2021). Benchmarking simulation-based inference. *AISTATS*.
#' @examples
#' default_networks(example_model("two_moons"), nsim = 10000)
#' @export
default_networks <- function(model, nsim = NULL) {
  simulated <- model
  if (!inherits(model, "amortflow_simulations")) {
    assert_class(model, "amortflow_model", "generative_model()")
    simulated <- simulate(model, nsim = 2, seed = 1)
  }
  if (!is.null(nsim)) {
    nsim <- assert_count(nsim)
  }
  observed <- attr(simulated, "observed")
  choose_networks(
    observed, data_blocks(simulated$data, observed), ncol(simulated$parameters), nsim,
    free = is.null(nsim) && inherits(model, "amortflow_model") && is_compiled_model(model)
  )
}

#' @param blocks See `data_blocks()`.
#' @param dimension Parameters.
#' @noRd
choose_networks <- function(observed, blocks, dimension, nsim, free) {
  networks <- Map(function(observed, rows) {
    default_summary(observed, rows, nsim)
  }, unname(observed), blocks)
  inference <- default_inference(networks, dimension, nsim)
  training <- default_training(networks, nsim, free)
  c(
    list(
      summary = if (is_named_data(observed)) {
        rlang::set_names(networks, names(observed))
      } else {
        networks[[1]]
      },
      inference = inference
    ),
    training,
    list(learning_rate = default_learning_rate(inference, networks, nsim, training$batch_size))
  )
}

# Numbers up to which a flow takes data as they are, and up to which a series is short.
longest_plain_vector <- 20
longest_dense_series <- 64

default_summary <- function(observed, rows, nsim) {
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
  summary_mlp(width = if (!is.null(nsim) && nsim <= 20000) 64 else 256)
}

kinds_of <- function(networks) vapply(networks, `[[`, "", "kind")

reads_at_once <- function(networks) all(kinds_of(networks) %in% c("identity", "dense"))

reads_plainly <- function(networks) all(kinds_of(networks) == "identity")

default_inference <- function(networks, dimension, nsim) {
  if (is.null(nsim)) {
    return(online_inference(networks))
  }
  if (!reads_at_once(networks)) {
    return(inference_coupling_flow(width = if (nsim <= 5000) 64 else 128))
  }
  width <- max(16, 16 * sqrt(nsim / 10000), 2 * dimension)
  inference_ensemble(5, inference_coupling_flow(
    "spline",
    depth = 4, width = min(round(width), 128)
  ))
}

online_inference <- function(networks) {
  if (reads_plainly(networks)) {
    return(inference_coupling_flow("spline", width = 64))
  }
  inference_coupling_flow(width = if (all(kinds_of(networks) == "dense")) 64 else 128)
}

# Narrow layers bear large steps, and generalise better after them.
default_learning_rate <- function(inference, networks, nsim, batch_size) {
  network <- member_network(inference)
  if (network$kind %in% field_kinds) {
    return(1e-3)
  }
  narrow <- reads_plainly(networks) || !is.null(nsim) && reads_at_once(networks)
  if (!narrow) {
    return(5e-4)
  }
  larger <- if (is.null(nsim)) sqrt(batch_size / online_batch_size) else 1
  min(max(0.064 / network$width * larger, 5e-4), 4e-3)
}

# For simulations that are seen more than once.
reused_weight_decay <- 0.01

online_batch_size <- 64
free_batch_size <- 256

default_training <- function(networks, nsim, free) {
  at_once <- reads_at_once(networks)
  if (is.null(nsim)) {
    return(list(
      epochs = if (at_once) 450 else 100, batches_per_epoch = 100,
      batch_size = if (free && reads_plainly(networks)) free_batch_size else online_batch_size,
      weight_decay = 0
    ))
  }
  batch_size <- if (nsim <= 5000) 32 else if (nsim <= 50000) 64 else 256
  batch_size <- min(batch_size, nsim)
  batches_per_epoch <- max(1, floor(nsim / batch_size))
  steps <- if (at_once) 50000 else 20000
  list(
    epochs = min(max(round(steps / batches_per_epoch), 20), 200),
    batches_per_epoch = batches_per_epoch,
    batch_size = batch_size,
    weight_decay = reused_weight_decay
  )
}
