# Whether prior, context, simulator and observables of a model fit together.

# Names of a C++ simulator's observables and those of the model.
check_observables <- function(simulator, observed, call) {
  if (simulator$kind != "cpp") {
    return(invisible())
  }
  given <- vapply(simulator$shape$observables, `[[`, "", "name")
  expected <- names(observed) %||% given[[1]]
  if (!setequal(given, expected) || length(given) != length(observed)) {
    amortflow_abort(
      sprintf(
        "`observed` must say what each observable of simulator `%s` is: %s.",
        simulator$name, shown_list(dQuote(given, FALSE))
      ),
      "config",
      hint = sprintf(
        "observed = c(%s)", paste0(given, " = \"vector\"", collapse = ", ")
      ),
      call = call
    )
  }
  if (!is.null(names(observed)) && !identical(given, names(observed))) {
    amortflow_abort(
      sprintf(
        "`observed` must have the order of simulator `%s`: %s.",
        simulator$name, shown_list(given)
      ),
      "config",
      call = call
    )
  }
}

check_shape <- function(prior, simulator, observed, call) {
  shape <- simulator$shape
  if (is.null(shape)) {
    return(invisible())
  }
  names <- c(prior_variables(prior), prior$local$variables)
  d <- length(names)
  if (shape$parameters != d) {
    amortflow_abort(
      sprintf(
        "Simulator `%s` takes %.0f parameters, but the prior has %d.",
        simulator$name, shape$parameters, d
      ),
      "config",
      hint = paste0("They are: ", paste(names, collapse = ", "), "."),
      call = call
    )
  }
  for (k in seq_along(observed)) {
    check_positions(shape$observables[[k]], observed[[k]], simulator$name, call)
  }
}

check_positions <- function(size, observed, name, call) {
  if (observed == "series" && size$positions == 1 && size$variables > 1) {
    amortflow_abort(
      sprintf(
        "A series must have several positions, but simulator `%s` gives 1 position of %.0f variables.",
        name, size$variables
      ),
      "config",
      hint = sprintf(
        "Declare it as `amortflow::sizes().positions(%.0f)`.", size$variables
      ),
      call = call
    )
  }
  if (observed %in% c("vector", "array") && size$positions == 0) {
    amortflow_abort(
      sprintf(
        "%s must have one length, but simulator `%s` gives a number of positions that varies.",
        if (observed == "vector") "A vector" else "An array", name
      ),
      "config",
      hint = "Say `observed = \"exchangeable\"` or \"series\".", call = call
    )
  }
}

# Does the simulator find the context values that it asks for?
check_context <- function(simulator, context, parameters, call) {
  dims <- context_dims(context)
  given <- vapply(dims, function(dim) prod(dim %||% 1), numeric(1))
  wanted <- context_wanted(simulator)
  missing <- setdiff(wanted$required, names(given))
  if (length(missing) > 0) {
    what <- if (simulator$kind == "cpp") "context value" else "argument"
    amortflow_abort(
      sprintf(
        "The simulator asks for %s `%s`, which is not in the model's context (%s).",
        what, missing[[1]],
        if (length(given) == 0) "there is none" else shown_list(names(given))
      ),
      "config",
      hint = missing_context_hint(missing[[1]], names(given), parameters),
      call = call
    )
  }
  for (name in names(wanted$lengths)) {
    if (wanted$lengths[[name]] != given[[name]]) {
      amortflow_abort(
        sprintf(
          "Context `%s` must be %.0f numbers, as simulator `%s` says, not %.0f.",
          name, wanted$lengths[[name]], simulator$name, given[[name]]
        ),
        "config",
        call = call
      )
    }
  }
}

# Parameters come together.
missing_context_hint <- function(name, context, parameters) {
  if (name %in% parameters) {
    return(sprintf(
      "Parameters come as a list, in the simulator's first argument: function(theta) ... theta$%s.",
      name
    ))
  }
  nearest_hint(name, context) %||% sprintf("Give `context = priors(%s ~ ...)`.", name)
}

# A simulator, draws and newdata tell parameters and context apart by name.
check_names_apart <- function(prior, context, call) {
  parameters <- names(c(prior_dims(prior), prior_local_dims(prior)))
  both <- intersect(names(context_dims(context)), parameters)
  if (length(both) > 0) {
    amortflow_abort(
      sprintf(
        "Context and parameters must have names of their own, but `%s` is both.",
        both[[1]]
      ),
      "config",
      hint = "Rename the one or the other.", call = call
    )
  }
}

# Does the prior find what is given to it, and the size of its plate?
check_given_context <- function(prior, context, call) {
  dims <- context_dims(context)
  plate <- plate_of(prior)
  wanted <- c(prior$given, if (!is.null(plate)) rlang::set_names(list(NULL), plate))
  for (name in names(wanted)) {
    same <- name %in% names(dims) &&
      prod(dims[[name]] %||% 1) == prod(wanted[[name]] %||% 1)
    if (!same) {
      size <- prod(wanted[[name]] %||% 1)
      amortflow_abort(
        sprintf(
          "The prior needs %s `%s` of context, which the model's context (%s) does not give.",
          if (size == 1) "one number" else sprintf("%g numbers", size), name,
          if (length(dims) == 0) "there is none" else shown_list(names(dims))
        ),
        "config",
        hint = if (identical(name, plate)) {
          sprintf("It is how many groups the plate has: `context = priors(%s ~ ...)`.", name)
        },
        call = call
      )
    }
  }
}

context_wanted <- function(simulator) {
  if (simulator$kind == "cpp") {
    lengths <- simulator$shape$context
    return(list(required = names(lengths), lengths = lengths))
  }
  list(required = simulator$required, lengths = list())
}
