# Models as data: a prior in priors() notation and a C++ simulator's source can go into a file; R functions cannot.

#' @return List of plain values, or `NULL` where the model holds R functions.
#' @noRd
model_source <- function(model) {
  if (is.null(model) || model$prior$kind != "priors" ||
    model$simulator$kind != "cpp") {
    return(NULL)
  }
  list(
    name = model$name,
    observed = model$observed,
    prior = model$prior$parameters,
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
    new_cpp_simulator(source$code, NULL, source$settings, call),
    observed = source$observed
  )
  model$name <- source$name
  model
}

# Dimensions by name, as priors() keeps them.
restore_given <- function(given) {
  if (length(given) == 0) {
    return(list())
  }
  names <- vapply(given, `[[`, "", "name")
  rlang::set_names(lapply(given, `[[`, "dim"), names)
}
