# Models as data: a prior in priors() notation and a C++ simulator's source can go into a file; R functions cannot.

#' @return List of plain values, or `NULL` where the model holds R functions.
#' @noRd
model_source <- function(model) {
  if (is.null(model) || model$prior$kind != "priors" ||
    model$simulator$kind != "cpp" || !is.null(model$simulator$package) ||
    !is_compiled_context(model$context)) {
    return(NULL)
  }
  list(
    name = model$name,
    observed = if (is_named_data(model$observed)) {
      as.list(model$observed)
    } else {
      model$observed
    },
    prior = model$prior$parameters,
    context = lapply(unclass(model$context), function(part) {
      list(prior = part$prior$parameters, per_batch = part$per_batch)
    }),
    given = prior_spec(model$prior)$given,
    code = model$simulator$code,
    settings = model$simulator$settings
  )
}

#' Compile a model that came with a file; only ever done when asked for
#' @noRd
restore_model <- function(source, compile, call = rlang::caller_env()) {
  if (is.null(source) || !compile) {
    return(NULL)
  }
  model <- generative_model(
    new_prior(source$prior, restore_given(source$given), call),
    new_cpp_simulator(source$code, "simulator.cpp", source$settings, FALSE, call),
    observed = unlist(source$observed),
    context = restored_context(source$context, call)
  )
  model$name <- source$name
  model
}

restored_context <- function(parts, call) {
  parts <- lapply(parts, function(part) {
    context <- prior_context(new_prior(part$prior, list(), call))
    context$per_batch <- part$per_batch
    context
  })
  if (length(parts) > 0) structure(parts, class = "amortflow_context")
}

# Dimensions by name, as priors() keeps them.
restore_given <- function(given) {
  if (length(given) == 0) {
    return(list())
  }
  names <- vapply(given, `[[`, "", "name")
  rlang::set_names(lapply(given, `[[`, "dim"), names)
}
