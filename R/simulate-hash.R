# Hashes that tell models apart: functions count by their code and the values of their free
# variables, environments by their content; never by addresses, bytecode or source references, which
# change from call to call.

#' @return String that changes with prior, simulator, or what is observed.
#' @noRd
model_hash <- function(model) {
  if (is_model_mixture(model)) {
    return(rlang::hash(list(lapply(model$models, model_hash), model$counts)))
  }
  if (is_exchanged(model)) {
    return(rlang::hash(list("exchanged", model_hash(model$model), exchanged_content(model$roles))))
  }
  rlang::hash(list(
    "amortflow_model", prior_content(model$prior),
    simulator_content(model$simulator), model$observed,
    context_content(model$context)
  ))
}

#' @return String that changes with parameters, data, their support, or what is
#'   observed.
#' @noRd
simulations_hash <- function(simulations) {
  if (inherits(simulations, "amortflow_store")) {
    return(store_hash(simulations))
  }
  observed <- attr(simulations, "observed")
  rlang::hash(list(
    value_content(simulations$parameters),
    value_content(data_blocks(simulations$data, observed)),
    value_content(simulations$context), observed, value_content(attr(simulations, "support"))
  ))
}

prior_content <- function(prior) {
  if (prior$kind == "priors") {
    return(prior_spec(prior))
  }
  list(
    function_content(prior$f), function_content(prior$log_density),
    value_content(prior[c("vectorized", "dims", "support")])
  )
}

context_content <- function(context) {
  lapply(unclass(context), function(part) {
    list(
      if (part$kind == "priors") prior_content(part$prior) else function_content(part$f),
      part$per_batch
    )
  })
}

simulator_content <- function(simulator) {
  if (simulator$kind == "cpp") {
    return(simulator[c("code", "package", "name", "settings")])
  }
  list(function_content(simulator$f), simulator$vectorized)
}

# `seen` holds the functions and environments met so far: what comes again counts by its number, so
# that cycles end.
new_seen <- function() {
  seen <- new.env(parent = emptyenv())
  seen$objects <- list()
  seen
}

seen_before <- function(object, seen) {
  for (i in seq_along(seen$objects)) {
    if (identical(seen$objects[[i]], object)) {
      return(i)
    }
  }
  seen$objects <- c(seen$objects, list(object))
  NULL
}

function_content <- function(f, seen = new_seen()) {
  if (is.null(f) || is.primitive(f)) {
    return(deparse(f))
  }
  number <- seen_before(f, seen)
  if (!is.null(number)) {
    return(list("function", number))
  }
  list(
    code = list(deparse(formals(f)), deparse(body(f))),
    free = free_values(f, seen)
  )
}

# Values of variables that `f` takes from environments that are no package's.
free_values <- function(f, seen) {
  used <- c(used_names(body(f)), unlist(lapply(formals(f), used_names)))
  names <- setdiff(sort(as.character(unique(used)), method = "radix"), names(formals(f)))
  values <- lapply(names, function(name) free_value(name, environment(f), seen))
  names(values) <- names
  Filter(Negate(is.null), values)
}

# Names of an expression that can be variables: `a` of `x$a` is none.
used_names <- function(expr) {
  if (is.symbol(expr)) {
    return(if (nzchar(as.character(expr))) as.character(expr))
  }
  if (!is.call(expr) && !is.pairlist(expr)) {
    return(NULL)
  }
  parts <- as.list(expr)
  if (rlang::is_call(expr, c("::", ":::"))) {
    return(NULL)
  }
  if (rlang::is_call(expr, c("$", "@")) && !is.call(parts[[3]])) {
    parts <- parts[1:2]
  }
  unlist(lapply(seq_along(parts), function(i) used_names(parts[[i]])))
}

free_value <- function(name, env, seen) {
  while (!is.null(env) && !is_package_environment(env)) {
    if (exists(name, envir = env, inherits = FALSE)) {
      return(binding_content(name, env, seen))
    }
    env <- parent.env(env)
  }
  NULL
}

is_package_environment <- function(env) {
  identical(env, emptyenv()) || identical(env, baseenv()) || isNamespace(env) ||
    startsWith(environmentName(env), "package:")
}

# An active binding would run code, a missing argument has no value.
binding_content <- function(name, env, seen) {
  if (bindingIsActive(as.symbol(name), env)) {
    return("active binding")
  }
  tryCatch(
    value_content(get(name, envir = env, inherits = FALSE), seen),
    error = function(e) "no value"
  )
}

environment_content <- function(env, seen) {
  # The workspace as a value stands for no particular content.
  if (is_package_environment(env) || identical(env, globalenv())) {
    return(list("environment", environmentName(env)))
  }
  number <- seen_before(env, seen)
  if (!is.null(number)) {
    return(list("environment", number))
  }
  names <- sort(ls(env, all.names = TRUE, sorted = FALSE), method = "radix")
  values <- lapply(names, function(name) binding_content(name, env, seen))
  list(
    "environment", names, values, attribute_content(env, seen)
  )
}

value_content <- function(value, seen = new_seen()) {
  if (is.function(value)) {
    return(function_content(value, seen))
  }
  if (is.environment(value)) {
    return(environment_content(value, seen))
  }
  if (typeof(value) %in% c("externalptr", "weakref", "bytecode")) {
    return(class(value))
  }
  list(
    typeof(value), plain_content(value, seen), attribute_content(value, seen)
  )
}

# Of what is neither function nor environment, without its attributes.
plain_content <- function(value, seen) {
  if (is.symbol(value)) {
    as.character(value)
  } else if (is.call(value)) {
    deparse(value_of(value))
  } else if (is.list(value) || is.pairlist(value) || is.expression(value)) {
    lapply(as.list(unclass(value)), value_content, seen = seen)
  } else if (is.atomic(value)) {
    # Taken element by element: 1:3 is stored otherwise than c(1L, 2L, 3L).
    value_of(value)[seq_along(value)]
  }
}

value_of <- function(value) {
  attributes(value) <- NULL
  value
}

attribute_content <- function(value, seen) {
  attributes <- attributes(value)
  names <- setdiff(
    sort(as.character(names(attributes)), method = "radix"),
    c("srcref", "srcfile", "wholeSrcref")
  )
  lapply(attributes[names], value_content, seen = seen)
}
