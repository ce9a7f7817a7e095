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
  refuse_plate(model, "`model`", call)
  refuse_local(simulations, call)
  data <- if (is.null(simulations)) {
    online_data(model_for(model, settings$adapter), settings, seed, cores, call)
  } else if (inherits(simulations, "amortflow_store")) {
    store_data(simulations, settings, call)
  } else {
    offline_data(simulations, settings, seed, call)
  }
  refuse_discrete(attr(data$pilot, "support"), call)
  observed <- attr(data$pilot, "observed")
  blocks <- data_blocks(data$pilot$data, observed)
  learned <- learn_adapter(
    settings$adapter, data$pilot, settings$summary, blocks, call,
    twice = settings$estimator$kind == "point",
    fixed = categorical_columns(settings$estimator)
  )
  if (settings$estimator$kind == "comparison") learned$adapter$parameters <- list()
  adapter <- learned$adapter
  observables <- observables_spec(observed, blocks)
  seen <- network_observables(adapter, observables)
  chosen <- choose_settings(data, seen, settings, simulates_freely(model, data, settings$mode))
  chosen$mode <- choose_mode(settings$mode, chosen, is.null(simulations))
  if (uses_again(chosen$mode)) chosen$weight_decay <- reused_weight_decay
  spec <- fit_spec(data, observables, seen, learned, chosen, settings$estimator, seed, call)
  check_groups(spec, adapter, blocks, call)
  spec <- with_noise(spec, settings$noise, adapter)
  list(
    core = core_task(model, data, spec, adapter, seed, cores, from, call),
    spec = spec, adapter = adapter, model = model, from = from,
    validation = if (!is.null(simulations)) data$validation,
    probe = if (spec$kind == "posterior" && is_ensemble(spec$inference)) data$validation,
    chosen = chosen, call = call
  )
}

online_data <- function(model, settings, seed, cores, call) {
  pilot <- simulate_for_fit(
    model, pilot_simulations, derived_seed(seed, 1), cores, call
  )
  blocks <- data_blocks(pilot$data, attr(pilot, "observed"))
  validation <- simulate_for_fit(
    model, settings$validation, derived_seed(seed, 2), cores, call,
    lapply(blocks, \(rows) colnames(rows$values)),
    least = 1
  )
  list(pilot = pilot, validation = validation, training = NULL)
}

#' Simulate, raise errors of the simulator, leave out what is not finite
#' @noRd
simulate_for_fit <- function(model, nsim, seed, cores, call,
                             variables = NULL, least = 2) {
  simulations <- simulate_model(
    model, nsim,
    seed = seed, cores = cores, on_error = "drop_nonfinite", call = call,
    variables = variables
  )
  assert_enough(simulations, call, least)
}

assert_enough <- function(simulations, call, least = 2) {
  if (length(simulations) < least) {
    amortflow_abort(
      sprintf(
        "%s at least %d finite simulation%s, not %d.",
        switch(least,
          "Validation needs",
          "Training needs",
          "Training and validation need"
        ),
        least, if (least == 1) "" else "s", length(simulations)
      ),
      "simulations",
      hint = "check_simulations(model) shows what the simulator gives.",
      call = call
    )
  }
  simulations
}

# The validation part is drawn at random, because simulations may be sorted.
offline_data <- function(simulations, settings, seed, call) {
  missing <- takes_missing(settings$adapter)
  simulations <- assert_enough(finite_simulations(simulations, missing), call, least = 3)
  n <- length(simulations)
  held_out <- max(1, min(settings$validation, floor(n / 10)))
  order <- with_host_generator(function(set_state) {
    set_state(host_streams(0, 1, derived_seed(seed, 3))[1:6])
    sample.int(n)
  })
  training <- simulations[order[-seq_len(held_out)]]
  list(
    pilot = training,
    validation = simulations[order[seq_len(held_out)]],
    training = training, nsim = length(training)
  )
}

# Fresh simulations by a compiled model cost next to nothing beside a training step.
simulates_freely <- function(model, data, mode) {
  models <- if (is_model_mixture(model)) model$models else list(if (is_exchanged(model)) model$model else model)
  is.null(data$nsim) && mode$kind == "online" && all(vapply(models, is_compiled_model, NA))
}

# `seen`: observables as the networks see them. `free`: see simulates_freely().
choose_settings <- function(data, seen, settings, free) {
  nsim <- data$nsim
  defaults <- choose_networks(
    spec_observed(list(observables = seen)), lapply(seen, network_block),
    ncol(data$pilot$parameters), nsim, free
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
  inference <- fill_ensemble(choose("inference"), defaults$inference)
  summary <- choose_summary(settings$summary, defaults$summary)
  networks <- as_networks(summary, spec_observed(list(observables = seen)))
  list(
    summary = summary,
    inference = inference,
    epochs = if (identical(settings$epochs, "auto")) {
      choose_epochs(defaults$epochs, inference)
    } else {
      settings$epochs
    },
    until_converged = identical(settings$epochs, "auto"),
    converged_gain = choose_gain(inference, settings$estimator),
    batches_per_epoch = choose("batches_per_epoch"),
    batch_size = batch_size,
    weight_decay = defaults$weight_decay,
    schedule = choose_schedule(settings$schedule, settings$epochs),
    average = choose_average(settings$average, inference, networks, nsim),
    learning_rate = if (identical(settings$learning_rate, "auto")) {
      default_learning_rate(inference, networks, nsim, batch_size)
    } else {
      settings$learning_rate
    },
    patience = settings$patience
  )
}

# For several observables, a named list in which some may be left to "auto".
choose_summary <- function(summary, defaults) {
  if (identical(summary, "auto")) {
    return(defaults)
  }
  if (inherits(summary, "amortflow_summary") && !is_fusion(summary)) {
    return(summary)
  }
  for (name in names(defaults)) {
    given <- fused_networks(summary)[[name]]
    if (!is.null(given) && !identical(given, "auto")) defaults[[name]] <- given
  }
  if (!is_fusion(summary)) {
    return(defaults)
  }
  summary$networks <- defaults
  summary
}

# `observables` as the user has them, `seen` as the networks see them.
fit_spec <- function(data, observables, seen, learned, chosen, estimator, seed, call) {
  adapter <- learned$adapter
  variables <- kept_variables(adapter)
  inference <- resolve_inference(
    chosen$inference, length(adapter$shown$parameters) - length(estimator$levels)
  )
  observed <- spec_observed(list(observables = seen))
  networks <- Map(function(network, observable) {
    resolve_summary(network, length(variables), observable, call)
  }, as_networks(chosen$summary, observed), seen)
  summary <- if (is_named_data(observed)) {
    resolve_fusion(
      chosen$summary, rlang::set_names(networks, names(observed)),
      length(variables), call
    )
  } else {
    networks[[1]]
  }
  head <- head_spec(summary)
  spec <- list(
    kind = estimator$kind,
    variables = variables,
    observables = observables,
    context = colnames(data$pilot$context),
    support = keep_support(attr(data$pilot, "support"), adapter$keep),
    summary = summary,
    inference = inference,
    estimator = c(
      list(
        observables = Map(function(network, observable) {
          list(
            width = observable$width,
            summary = summary_spec(network, observable)
          )
        }, networks, unname(seen)),
        context_width = network_context_width(adapter),
        seed = seed
      ), head,
      switch(estimator$kind,
        posterior = ,
        likelihood = posterior_estimator(learned, networks, length(head) > 0, inference, estimator),
        comparison = comparison_estimator(estimator, inference),
        point = point_estimator(estimator, inference, length(variables)),
        ratio = ratio_estimator(estimator, inference, length(adapter$shown$parameters))
      )
    ),
    training = training_spec(chosen),
    mode = chosen$mode,
    seed = seed
  )
  if (estimator$kind != "posterior") spec[[estimator$kind]] <- estimator[names(estimator) != "kind"]
  spec
}

# Kinds of fits whose network is a conditional density; those of the others predict.
learns_density <- function(kind) kind %in% c("posterior", "likelihood")

# `roles`: of a likelihood, see exchanged_roles().
posterior_estimator <- function(learned, networks, has_head, inference, roles) {
  c(
    list(
      kind = "posterior",
      parameter_count = length(learned$adapter$shown$parameters),
      inference = density_spec(inference, roles)
    ),
    # A linear model knows nothing of levels.
    if (length(roles$levels) == 0) {
      regression_spec(learned$adapter, learned$blocks, networks, has_head)
    }
  )
}

comparison_estimator <- function(comparison, inference) {
  rule <- list(
    kind = comparison$output, first = 0, classes = length(comparison$models)
  )
  if (comparison$output == "dirichlet") rule$regularization <- comparison$regularization
  prediction_estimator(inference, 1, list(rule))
}

# `rules`: what of the targets is predicted, and how it is scored.
prediction_estimator <- function(inference, target_width, rules) {
  c(
    list(kind = "prediction", target_width = target_width),
    dense_members(inference, "scoring", list(rules = rules))
  )
}

# An inference_mlp(), or the ensemble of several, as the network of `kind` with its settings.
dense_members <- function(inference, kind, settings) {
  network <- plain_lists(member_network(inference))
  network$kind <- kind
  list(members = ensemble_size(inference), network = c(network, settings))
}

check_groups <- function(spec, adapter, blocks, call) {
  networks <- as_networks(spec$summary, spec_observed(spec))
  for (k in seq_along(networks)) {
    columns <- named_groups(networks[[k]], adapter, k)
    check_simulated_groups(blocks[[k]], columns, adapter$shown$data[[k]], call)
  }
}

training_spec <- function(chosen) {
  list(
    kind = "training",
    epochs = chosen$epochs,
    until_converged = chosen$until_converged,
    batches_per_epoch = chosen$batches_per_epoch,
    batch_size = chosen$batch_size,
    shards = default_shards(chosen$batch_size),
    patience = chosen$patience,
    converged_gain = chosen$converged_gain,
    schedule = chosen$schedule,
    average = chosen$average,
    learning_rate = chosen$learning_rate,
    warmup = 0.05,
    weight_decay = chosen$weight_decay,
    clip_norm = 1
  )
}

# Shards follow from the batch size alone, never from the cores: the sum of gradients has the same order everywhere.
# 16 data sets keep products busy; each further shard costs a pass over the weights, so that more than two must be
# larger, and more than four larger still.
default_shards <- function(batch_size) {
  max(1, min(2, floor(batch_size / 16)), min(4, floor(batch_size / 32)), min(8, floor(batch_size / 64)))
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
  if (spec$mode$kind != "offline") task$mode <- spec$mode
  if (!is.null(spec$noise)) task$noise <- plain_lists(spec$noise)
  if (!is.null(data$store)) {
    refuse_host_steps(adapter, call)
    task$store <- data$store
  } else if (!is.null(data$training)) {
    task$simulations <- host_simulations(adapter, core_simulations(data$training), call)
  } else if (!needs_host(adapter)) {
    task$model <- model_spec(model_for(model, adapter), spec$training$batch_size, call)
  }
  task
}

core_simulations <- function(simulations) {
  list(
    parameters = simulations$parameters,
    data = data_blocks(simulations$data, attr(simulations, "observed")),
    context = core_context(simulations$context, length(simulations))
  )
}

# The core wants a matrix also where there is no context.
core_context <- function(context, n) {
  if (is.null(context)) matrix(numeric(), n, 0) else context
}

finite_simulations <- function(simulations, missing = FALSE) {
  blocks <- data_blocks(simulations$data, attr(simulations, "observed"))
  simulations[which(
    finite_sets(simulations$parameters, blocks, simulations$context, missing)
  )]
}
