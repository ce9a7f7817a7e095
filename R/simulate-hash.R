# Hashes that tell models apart: functions count by their code and the values
# of their free variables, never by their environment's address.

#' @return String that changes with prior, simulator, or what is observed.
#' @noRd
model_hash <- function(model) {
  rlang::hash(list(
    "amortflow_model", prior_content(model$prior),
    simulator_content(model$simulator), model$observed
  ))
}

prior_content <- function(prior) {
  if (prior$kind == "priors") {
    return(prior_spec(prior))
  }
  list(
    function_content(prior$f), function_content(prior$log_density),
    prior$support
  )
}

simulator_content <- function(simulator) {
  if (simulator$kind == "cpp") {
    return(list(simulator$code, simulator$settings))
  }
  list(function_content(simulator$f), simulator$vectorized)
}

function_content <- function(f, seen = list()) {
  if (is.null(f) || is.primitive(f)) {
    return(deparse(f))
  }
  code <- f
  attributes(code) <- NULL
  code <- list(deparse(formals(code)), deparse(body(code)))
  for (other in seen) {
    if (identical(other, f)) {
      return(code)
    }
  }
  list(code = code, free = free_values(f, c(seen, list(f))))
}

# Values of variables that `f` takes from environments that are no package's.
free_values <- function(f, seen) {
  names <- setdiff(
    sort(unique(c(all.names(body(f)), unlist(lapply(formals(f), all.names))))),
    names(formals(f))
  )
  values <- lapply(names, function(name) free_value(name, environment(f), seen))
  names(values) <- names
  Filter(Negate(is.null), values)
}

free_value <- function(name, env, seen) {
  while (!is.null(env) && !identical(env, emptyenv()) && !isNamespace(env) &&
    !is_package_environment(env)) {
    if (exists(name, envir = env, inherits = FALSE)) {
      return(value_content(get(name, envir = env, inherits = FALSE), seen))
    }
    env <- parent.env(env)
  }
  NULL
}

is_package_environment <- function(env) {
  identical(env, baseenv()) || startsWith(environmentName(env), "package:")
}

value_content <- function(value, seen) {
  if (is.function(value)) {
    return(function_content(value, seen))
  }
  if (is.environment(value) || typeof(value) %in% c("externalptr", "weakref")) {
    return(class(value))
  }
  list(value)
}
