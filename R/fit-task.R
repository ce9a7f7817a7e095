# From a user's arguments to what the core trains on: pilot simulations that teach the adapter, a validation set, and
# all choices that "auto" left open.

# Pilot simulations settle means, scales and tails; a thousand put the error of a mean at 3 % of a sd.
pilot_simulations <- 1000

# Streams of one fit: the seed itself is the networks'. Training simulations have one of their own, or they would be
# those of simulate(model, seed = <the same seed>), and a check on these would be a check on training data.
derived_seed <- function(seed, k) {
  (seed + k * 2654435761) %% 2^53
}

#' What one training run needs
#'
#' @return A list: `core` (for the glue), and what the fit object keeps.
#' @noRd
fit_task <- function(model, simulations, settings, seed, cores, from,
                     call = rlang::caller_env()) {
  data <- if (is.null(simulations)) {
    online_data(model, settings$validation, seed, cores, call)
  } else {
    offline_data(simulations, settings$validation, seed, call)
  }
  rows <- data_rows(data$pilot$data, attr(data$pilot, "observed"))
  adapter <- fit_adapter(settings$adapter, data$pilot, settings$summary, call)
  seen <- network_rows(adapter, rows)
  chosen <- choose_settings(data, seen, settings, adapter)
  spec <- fit_spec(data, rows, seen, adapter, chosen, seed, call)
  list(
    core = core_task(model, data, spec, adapter, seed, cores, from, call),
    spec = spec, adapter = adapter, model = model, from = from,
    validation = if (!is.null(simulations)) data$validation,
    chosen = chosen, call = call
  )
}

online_data <- function(model, validation, seed, cores, call) {
  pilot <- simulate_for_fit(
    model, pilot_simulations, derived_seed(seed, 1), cores, call
  )
  rows <- data_rows(pilot$data, attr(pilot, "observed"))
  validation <- simulate_for_fit(
    model, validation, derived_seed(seed, 2), cores, call, colnames(rows$values)
  )
  list(pilot = pilot, validation = validation, training = NULL)
}

#' Simulate, raise errors of the simulator, leave out what is not finite
#' @noRd
simulate_for_fit <- function(model, nsim, seed, cores, call,
                             variables = NULL) {
  simulations <- simulate_model(
    model, nsim,
    seed = seed, cores = cores, on_error = "drop_nonfinite", call = call,
    variables = variables
  )
  assert_enough(simulations, call)
}

assert_enough <- function(simulations, call) {
  if (length(simulations) < 2) {
    amortflow_abort(
      sprintf(
        "Training needs at least 2 finite simulations, not %d.",
        length(simulations)
      ),
      "simulations",
      hint = "check_simulations(model) shows what the simulator gives.",
      call = call
    )
  }
  simulations
}

# The validation part is drawn at random, because simulations may be sorted.
offline_data <- function(simulations, validation, seed, call) {
  simulations <- assert_enough(finite_simulations(simulations), call)
  n <- length(simulations)
  held_out <- max(1, min(validation, floor(n / 10)))
  order <- with_host_generator(function(set_state) {
    set_state(host_streams(0, 1, derived_seed(seed, 3))[1:6])
    sample.int(n)
  })
  training <- simulations[order[-seq_len(held_out)]]
  list(
    pilot = training,
    validation = simulations[order[seq_len(held_out)]],
    training = training
  )
}

# `rows` as the networks see them.
choose_settings <- function(data, rows, settings, adapter) {
  nsim <- if (!is.null(data$training)) length(data$training)
  defaults <- choose_networks(
    network_observed(adapter, attr(data$pilot, "observed")), rows, nsim
  )
  if (inherits(settings$summary, "amortflow_summary_function")) {
    settings$summary <- summary_identity()
  }
  choose <- function(name) {
    if (identical(settings[[name]], "auto")) defaults[[name]] else settings[[name]]
  }
  batch_size <- choose("batch_size")
  if (!is.null(nsim)) {
    batch_size <- min(batch_size, nsim)
    if (identical(settings$batches_per_epoch, "auto")) {
      settings$batches_per_epoch <- max(1, floor(nsim / batch_size))
    }
  }
  list(
    summary = choose("summary"),
    inference = choose("inference"),
    epochs = choose("epochs"),
    batches_per_epoch = choose("batches_per_epoch"),
    batch_size = batch_size,
    weight_decay = defaults$weight_decay,
    learning_rate = settings$learning_rate,
    patience = settings$patience
  )
}

# `rows` as the user has them, `seen` as the networks see them.
fit_spec <- function(data, rows, seen, adapter, chosen, seed, call) {
  variables <- kept_variables(adapter)
  n_obs <- range(seen$lengths)
  summary <- resolve_summary(
    chosen$summary, length(variables), n_obs, call
  )
  list(
    kind = "posterior",
    variables = variables,
    observed = attr(data$pilot, "observed"),
    data_names = colnames(rows$values),
    data_width = ncol(rows$values),
    n_obs = range(rows$lengths),
    support = lapply(attr(data$pilot, "support"), `[`, variables),
    summary = summary,
    inference = chosen$inference,
    estimator = list(
      kind = "posterior",
      parameter_count = length(variables),
      data_width = ncol(seen$values),
      seed = seed,
      summary = summary_spec(summary, n_obs),
      inference = unclass(chosen$inference)
    ),
    training = training_spec(chosen),
    seed = seed
  )
}

training_spec <- function(chosen) {
  list(
    kind = "training",
    epochs = chosen$epochs,
    batches_per_epoch = chosen$batches_per_epoch,
    batch_size = chosen$batch_size,
    shards = default_shards(chosen$batch_size),
    patience = chosen$patience,
    learning_rate = chosen$learning_rate,
    warmup = 0.05,
    weight_decay = chosen$weight_decay,
    clip_norm = 1
  )
}

# Shards follow from the batch size alone, never from the cores: the sum of gradients has the same order everywhere.
default_shards <- function(batch_size) {
  max(1, min(8, floor(batch_size / 32)))
}

core_task <- function(model, data, spec, adapter, seed, cores, from, call) {
  task <- list(
    estimator = spec$estimator,
    training = spec$training,
    adapter = adapter_spec(adapter, training = TRUE),
    seed = derived_seed(seed, 4),
    cores = as.integer(cores),
    validation = host_simulations(adapter, core_simulations(data$validation), call)
  )
  if (!is.null(from)) {
    task$weights <- from$weights
  }
  if (!is.null(data$training)) {
    task$simulations <- host_simulations(adapter, core_simulations(data$training), call)
  } else if (!needs_host(adapter)) {
    task$model <- model_spec(model)
  }
  task
}

core_simulations <- function(simulations) {
  rows <- data_rows(simulations$data, attr(simulations, "observed"))
  list(
    parameters = simulations$parameters,
    values = rows$values, lengths = rows$lengths
  )
}

finite_simulations <- function(simulations) {
  rows <- data_rows(simulations$data, attr(simulations, "observed"))
  set <- rep(seq_along(rows$lengths), rows$lengths)
  finite_data <- rowSums(!is.finite(rows$values)) == 0
  broken <- unique(set[!finite_data])
  finite <- rowSums(!is.finite(simulations$parameters)) == 0
  finite[broken] <- FALSE
  simulations[which(finite)]
}
