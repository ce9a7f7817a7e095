# From the content of a file to a fit. A file with a valid hash can still be crafted or written by
# something else, so every part is checked against the others before it is believed: what passes can
# be sampled and printed.

refuse_fit <- function(what, call, parent = NULL) {
  amortflow_abort(
    paste0("The file must hold a fit, but ", what, "."), "format",
    hint = "Was it written by save_fit()?", call = call, parent = parent
  )
}

# Classes are put back by code, not read from the file.
restore_fit <- function(content, weights, call = rlang::caller_env()) {
  check_fit_parts(content, call)
  check_fit_spec(content$spec, call)
  content$adapter <- read_adapter(content$adapter)
  check_fit_adapter(content$adapter, content$spec, call)
  check_fit_estimator(content$spec, content$adapter, call)
  check_fit_outcome(content$outcome, content$versions, call)
  check_fit_speed(content$speed, call)
  check_fit_history(content$history, call)
  check_fit_model(content[["model"]], content$spec, call)
  structure(
    list(
      spec = restore_spec(content$spec),
      weights = weights,
      adapter = content$adapter,
      history = restore_history(content$history),
      outcome = content$outcome,
      speed = content$speed,
      model = NULL,
      validation = restore_simulations(
        content$validation, content$spec, content$adapter$variables, call
      ),
      versions = content$versions,
      hash = content$hash,
      source_hash = content$source_hash
    ),
    class = fit_class(content$spec$kind)
  )
}

restore_spec <- function(spec) {
  spec$summary <- if (is_text(spec$summary$kind)) {
    restore_network(spec$summary, "summary")
  } else {
    lapply(spec$summary, restore_network, stage = "summary")
  }
  spec$inference <- restore_network(spec$inference, "inference")
  if (!is.null(spec$point)) spec$point <- restore_point(spec$point)
  spec$support <- name_support(spec$support, spec$variables)
  roles <- spec$likelihood
  if (!is.null(roles)) {
    spec$likelihood <- restore_discrete(roles)
    spec$likelihood$support <- name_support(roles$support, roles$variables)
    spec$likelihood$parameter_support <- name_support(roles$parameter_support, roles$parameters)
  }
  spec
}

# Empty vectors come back from files as empty lists; fits of earlier versions have none of these.
restore_discrete <- function(roles) {
  roles$levels <- lapply(as.list(roles$levels), \(x) as.numeric(unlist(x)))
  roles$counts <- as.character(unlist(roles$counts))
  roles$covariates <- as.character(unlist(roles$covariates))
  roles$context <- as.character(unlist(roles$context))
  roles$memory <- roles$memory %||% 0
  roles
}

# Summary networks may hold others, levels and a head, and an ensemble its members' network.
restore_network <- function(x, stage) {
  fields <- if (stage == "summary") lapply(x[-1], restore_field) else x[-1]
  if (is_ensemble(x)) fields$inference <- restore_network(x$inference, stage)
  new_network_spec(x$kind, stage, fields)
}

restore_field <- function(field) {
  if (is.list(field) && is_text(field$kind)) {
    return(restore_network(field, "summary"))
  }
  if (is.list(field)) lapply(field, restore_network, stage = "summary") else field
}

restore_history <- function(history) {
  history <- as.data.frame(history[history_columns])
  whole <- c("epoch", "skipped")
  history[whole] <- lapply(history[whole], as.integer)
  history
}

# Do all arguments hold? Looks no further than the first that does not, so that later ones may build
# on earlier ones.
holds <- function(...) {
  for (i in seq_len(...length())) {
    if (!isTRUE(...elt(i))) {
      return(FALSE)
    }
  }
  TRUE
}

is_text <- function(x) is.character(x) && length(x) == 1 && !is.na(x)

is_one_number <- function(x) is.numeric(x) && length(x) == 1

is_finite_number <- function(x) is_one_number(x) && is.finite(x)

is_whole <- function(x, n = 1, lower = 0) {
  is.numeric(x) && length(x) == n && all(is.finite(x)) &&
    all(x == trunc(x)) && all(x >= lower)
}

is_plain_list <- function(x, names = NULL) {
  is.list(x) && (is.null(names) || setequal(names(x), names)) &&
    !anyDuplicated(names(x))
}

check_fit_parts <- function(content, call) {
  parts <- c("spec", "adapter", "outcome", "versions", "history")
  lists <- is.list(content) &&
    all(vapply(parts, \(part) is.list(content[[part]]), logical(1)))
  if (!lists) {
    refuse_fit("parts of it are missing", call)
  }
  for (part in c("hash", "source_hash")) {
    if (!is.null(content[[part]]) && !is_text(content[[part]])) {
      refuse_fit(sprintf("its `%s` is no string", part), call)
    }
  }
}

check_fit_spec <- function(spec, call) {
  fine <- c(
    kind = is_text(spec$kind) &&
      spec$kind %in% c("posterior", "comparison", "likelihood", "point", "ratio"),
    likelihood = is_likelihood(spec), comparison = is_comparison(spec), point = is_point(spec),
    ratio = is_ratio(spec),
    variables = are_names(spec$variables) && !anyDuplicated(spec$variables),
    observables = is.list(spec$observables) && length(spec$observables) > 0 &&
      all(vapply(spec$observables, is_observable, NA)),
    context = is.null(spec$context) || are_names(spec$context),
    support = is_support(spec$support, length(spec$variables)),
    seed = is_whole(spec$seed),
    training = is_training(spec$training), mode = is_mode(spec$mode),
    noise = is_noise(spec$noise)
  )
  if (!all(fine)) {
    odd <- names(fine)[!fine][[1]]
    refuse_fit(sprintf("`%s` of its specification is malformed", odd), call)
  }
}

is_comparison <- function(spec) {
  comparison <- spec$comparison
  if (!identical(spec$kind, "comparison")) {
    return(is.null(comparison))
  }
  count <- length(comparison$models)
  are_probabilities <- function(x) {
    holds(is.numeric(x), length(x) == count, all(x > 0), abs(sum(x) - 1) < 1e-6)
  }
  holds(
    is.list(comparison), are_names(comparison$models), count >= 2, !anyDuplicated(comparison$models),
    is_text(comparison$output), comparison$output %in% c("softmax", "dirichlet"),
    is_finite_number(comparison$regularization), are_probabilities(comparison$prior_prob),
    are_probabilities(comparison$training_prob)
  )
}

is_likelihood <- function(spec) {
  roles <- spec$likelihood
  if (!identical(spec$kind, "likelihood")) {
    return(is.null(roles))
  }
  holds(
    is.list(roles), length(roles$observables) == 1, is_observable(roles$observables[[1]]),
    identical(roles$observed, roles$observables[[1]]$observed),
    are_names(roles$variables),
    are_names(roles$parameters), is_support(roles$support, length(roles$variables)),
    is_support(roles$parameter_support, length(roles$parameters)), is_whole(roles$rows, lower = 1),
    is_discrete(roles)
  )
}

is_discrete <- function(roles) {
  roles <- restore_discrete(roles)
  named <- c(names(roles$levels), roles$counts, roles$covariates)
  holds(
    is_whole(roles$memory), !anyDuplicated(named),
    all(c(names(roles$levels), roles$counts) %in% roles$variables),
    length(names(roles$levels)) == length(roles$levels),
    all(vapply(roles$levels, \(x) length(x) > 0 && all(is.finite(x)), NA)),
    length(roles$variables) + length(roles$covariates) == roles$observables[[1]]$width
  )
}

is_observable <- function(one) {
  holds(
    is.list(one), is_text(one$name) || identical(one$name, ""),
    is_text(one$observed),
    one$observed %in% c("vector", "exchangeable", "series", "array"),
    (one$observed == "array") == !is.null(one$shape),
    is.null(one$shape) || is_array_shape(one),
    is_whole(one$width, lower = 1),
    is.null(one$names) || are_names(one$names, one$width),
    are_lengths(one$n_obs, one$observed)
  )
}

is_array_shape <- function(one) {
  holds(
    length(one$shape) %in% 1:3, is_whole(one$shape, length(one$shape), 1),
    one$width == array_channels(one$shape),
    all(one$n_obs == prod(array_grid(one$shape)))
  )
}

are_names <- function(x, count = length(x)) {
  holds(is.character(x), length(x) > 0, length(x) == count, !anyNA(x))
}

are_lengths <- function(n_obs, observed) {
  holds(
    is_whole(n_obs, 2, 1), n_obs[[1]] <= n_obs[[2]],
    !identical(observed, "vector") || n_obs[[2]] == 1
  )
}

is_training <- function(training) {
  counts <- c("epochs", "batches_per_epoch", "batch_size", "shards", "patience")
  # Fits of earlier versions have not all of these.
  rates <- training[intersect(
    c("average", "warmup", "weight_decay", "clip_norm", "converged_gain"), names(training)
  )]
  holds(
    is.list(training), is_finite_number(training$learning_rate),
    all(vapply(rates, is_finite_number, NA)),
    is.null(training$schedule) || is_text(training$schedule),
    is.null(training$until_converged) || is_flag(training$until_converged),
    all(vapply(counts, \(name) is_whole(training[[name]]), logical(1)))
  )
}

is_support <- function(support, d) {
  holds(
    is_plain_list(support), all(c("lower", "upper") %in% names(support)),
    all(names(support) %in% c("lower", "upper", "shapes")),
    is.numeric(support$lower), length(support$lower) == d,
    is.numeric(support$upper), length(support$upper) == d,
    is.list(support$shapes) || is.null(support$shapes),
    all(vapply(support$shapes, is_shape, logical(1), columns = d)),
    # What is constant by construction belongs to a shape.
    all(support$lower < support$upper |
      seq_len(d) %in% shape_columns(support$shapes))
  )
}

# What the networks were built for must be what the fit says of itself.
check_fit_estimator <- function(spec, adapter, call) {
  estimator <- spec$estimator
  seen <- network_observables(adapter, spec$observables)
  if (!is.list(estimator)) {
    refuse_fit("`estimator` of its specification is malformed", call)
  }
  if (!is.list(spec$summary)) {
    refuse_fit("its summary network is malformed", call)
  }
  fine <- c(
    kind = is_text(estimator$kind), what_is_learned = learns_what_it_says(spec, adapter),
    observables = is.list(estimator$observables) && identical(
      as.double(lapply(estimator$observables, `[[`, "width")),
      as.double(lapply(seen, `[[`, "width"))
    ),
    context_width = identical(
      as.double(estimator$context_width), as.double(network_context_width(adapter))
    ),
    seed = is_whole(estimator$seed)
  )
  if (!all(fine)) {
    odd <- names(fine)[!fine][[1]]
    refuse_fit(sprintf("`%s` of its networks fits nothing else in it", odd), call)
  }
  networks <- as_networks(spec$summary, spec_observed(spec))
  if (length(networks) != length(seen)) {
    refuse_fit("it has not one summary network for each observable", call)
  }
  for (k in seq_along(networks)) {
    check_fit_network(
      networks[[k]], estimator$observables[[k]]$summary, "summary",
      seen[[k]], call
    )
  }
  check_fit_head(spec$summary, estimator$head, call)
  if (learns_density(spec$kind)) {
    check_fit_density(spec, call)
  }
}

# What stands around the network that `spec$inference` says.
check_fit_density <- function(spec, call) {
  roles <- if (!is.null(spec$likelihood)) restore_discrete(spec$likelihood)
  built <- spec$estimator$inference
  plain <- if (length(roles$levels) == 0) built else without_classes(built)
  check_fit_network(spec$inference, plain, "inference", list(n_obs = 1), call)
  if (!isTRUE(all.equal(built, density_spec(restore_network(spec$inference, "inference"), roles)))) {
    refuse_fit("its inference network is malformed", call)
  }
}

learns_what_it_says <- function(spec, adapter) {
  estimator <- spec$estimator
  if (!learns_density(spec$kind)) {
    own <- switch(spec$kind,
      comparison = comparison_estimator(spec$comparison, spec$inference),
      point = point_estimator(restore_point(spec$point), spec$inference, length(spec$variables)),
      ratio = ratio_estimator(spec$ratio, spec$inference, length(adapter$shown$parameters))
    )
    return(isTRUE(all.equal(estimator[names(own)], plain_lists(own))))
  }
  holds(
    identical(estimator$kind, "posterior"),
    identical(
      as.double(estimator$parameter_count), as.double(length(adapter$shown$parameters))
    ),
    is.null(estimator$regression) ||
      is_regression(estimator$regression, estimator$parameter_count)
  )
}

check_fit_head <- function(summary, built, call) {
  head <- if (identical(summary$kind, "fusion")) summary$head
  if (is.null(head) != is.null(built)) {
    refuse_fit("the head of its summary networks is malformed", call)
  }
  if (!is.null(head)) {
    one_row <- list(observed = "vector", n_obs = c(1, 1), width = 1)
    check_fit_network(head, built, "summary", one_row, call)
  }
}

network_constructors <- function(stage) {
  switch(stage,
    summary = list(
      deep_set = summary_deep_set, set_transformer = summary_set_transformer,
      time_series = summary_time_series, transformer = summary_transformer,
      dense = summary_mlp, hierarchical = summary_hierarchical,
      convolution = summary_convolution, identity = summary_identity
    ),
    inference = list(
      coupling_flow = inference_coupling_flow,
      autoregressive_flow = inference_autoregressive_flow,
      mixture = inference_mixture,
      flow_matching = inference_flow_matching,
      diffusion = inference_diffusion,
      consistency = inference_consistency,
      ensemble = inference_ensemble, mlp = inference_mlp
    )
  )
}

check_fit_network <- function(network, built, stage, observable, call) {
  refuse <- function(parent = NULL) {
    refuse_fit(sprintf("its %s network is malformed", stage), call, parent)
  }
  if (!is.list(network) || !is.list(built) || !is_text(network$kind) ||
    !identical(names(network)[[1]], "kind")) {
    refuse()
  }
  constructor <- network_constructors(stage)[[network$kind]]
  if (is.null(constructor)) {
    refuse()
  }
  if (is_ensemble(network)) {
    check_fit_network(network$inference, built$inference, stage, observable, call)
  }
  restored <- tryCatch(
    {
      restored <- restore_network(network, stage)
      do.call(constructor, unclass(restored)[-1])
      restored
    },
    error = refuse
  )
  expected <- if (stage == "summary") {
    tryCatch(plain_lists(summary_spec(restored, observable)), error = refuse)
  } else {
    network
  }
  if (!isTRUE(all.equal(built[names(expected)], expected)) ||
    !reads_rows(network, built, observable$n_obs)) {
    refuse()
  }
}

reads_rows <- function(network, built, n_obs) {
  switch(network$kind,
    identity = all(n_obs == 1),
    dense = is_whole(built$positions) && all(n_obs == built$positions),
    TRUE
  )
}

outcome_codes <- c(
  "converged", "max_epochs", "stopped_early", "interrupted", "diverged",
  "simulator_failed", "store_failed"
)

check_fit_outcome <- function(outcome, versions, call) {
  fine <- holds(
    is_text(outcome$code), outcome$code %in% outcome_codes,
    is_text(outcome$advice), is_whole(outcome$best_epoch),
    is_one_number(outcome$best_validation_loss),
    is_whole(outcome$dropped), is_whole(outcome$n_weights),
    is.null(outcome$spread) || is_spread(outcome$spread)
  )
  if (!fine) {
    refuse_fit("its outcome is malformed", call)
  }
  texts <- c("amortflow", "libtorch", "instruction_set")
  fine <- all(vapply(texts, \(name) is_text(versions[[name]]), logical(1))) &&
    (is.null(versions$device) || is_text(versions$device))
  if (!fine) {
    refuse_fit("its versions are malformed", call)
  }
}

is_spread <- function(spread) {
  holds(
    is.list(spread), is_finite_number(spread$means),
    is.null(spread$log_density) || is_finite_number(spread$log_density)
  )
}

speed_parts <- c("seconds", "waiting", "steps", "simulations", "threads")

# Fits of earlier versions have none.
check_fit_speed <- function(speed, call) {
  fine <- is.null(speed) || holds(
    is_plain_list(speed, speed_parts),
    all(vapply(speed, is_one_number, NA)), all(unlist(speed) >= 0)
  )
  if (!fine) {
    refuse_fit("its speed is malformed", call)
  }
}

history_columns <- c(
  "epoch", "loss", "validation_loss", "learning_rate", "gradient_norm",
  "skipped", "seconds"
)

check_fit_history <- function(history, call) {
  columns <- history[history_columns]
  fine <- all(vapply(columns, is.numeric, logical(1))) &&
    length(unique(lengths(columns))) == 1
  if (!fine) {
    refuse_fit("its history is malformed", call)
  }
}

check_fit_model <- function(model, spec, call) {
  fine <- is.null(model) || holds(
    is.list(model), is_text(model$name), is_text(model$code),
    identical(unlist(model$observed), spec$likelihood$observed %||% spec_observed(spec)),
    is.list(model$prior), all(vapply(model$prior, is.list, logical(1)))
  )
  if (!fine) {
    refuse_fit("its model is malformed", call)
  }
}

restore_simulations <- function(content, spec, variables,
                                call = rlang::caller_env()) {
  if (is.null(content)) {
    return(NULL)
  }
  check_fit_validation(content, spec, variables, call)
  named <- function(values, names, columns) {
    matrix(
      values,
      ncol = columns, dimnames = if (!is.null(names)) list(NULL, names)
    )
  }
  blocks <- Map(function(rows, observable) {
    with_shape(list(
      values = named(rows$values, observable$names, observable$width),
      lengths = as.integer(rows$lengths)
    ), observable$shape)
  }, content$data, spec$observables)
  observed <- spec_observed(spec)
  new_simulations(
    named(content$parameters, variables, length(variables)),
    blocks_data(blocks, observed), observed,
    name_support(content$support, variables),
    context = if (!is.null(spec$context)) {
      named(content$context, spec$context, length(spec$context))
    }
  )
}

check_fit_validation <- function(content, spec, variables, call) {
  finite <- function(x, count) {
    holds(is.numeric(x), length(x) == count, all(is.finite(x)))
  }
  if (!is.list(content)) {
    refuse_fit("its validation simulations are malformed", call)
  }
  d <- length(variables)
  n <- length(content$parameters) / d
  block_fits <- function(rows, observable) {
    holds(
      is.list(rows), is_whole(rows$lengths, n, 1),
      # What adapt_missing() fills in may be missing, but not infinite.
      is.numeric(rows$values), !any(is.infinite(rows$values)),
      length(rows$values) == sum(rows$lengths) * observable$width
    )
  }
  fine <- holds(
    is.list(content), is_whole(n, lower = 1),
    identical(content$variables, variables),
    identical(content$context_names, spec$context),
    is_support(content$support, d), finite(content$parameters, n * d),
    length(spec$context) == 0 || finite(content$context, n * length(spec$context)),
    is.list(content$data), length(content$data) == length(spec$observables),
    all(mapply(block_fits, content$data, spec$observables))
  )
  if (!fine) {
    refuse_fit("its validation simulations are malformed", call)
  }
}
