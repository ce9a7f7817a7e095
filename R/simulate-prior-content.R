# What others ask of a prior, whatever it is made of.

# Names of the d shared scalar parameters: "theta[1]".
prior_variables <- function(prior) prior$variables

# list(lower, upper): where parameters can be, -Inf and Inf where free; and,
# where there are any, `discrete` and `shapes`, see priors().
prior_support <- function(prior) prior$support

# The bounds with the parameters' names.
name_support <- function(support, variables) {
  support$lower <- rlang::set_names(support$lower, variables)
  support$upper <- rlang::set_names(support$upper, variables)
  support
}

# The core's form.
prior_spec <- function(prior) {
  priors_spec(prior$parameters, prior$given)
}

priors_spec <- function(parameters, given = NULL) {
  list(
    kind = "priors",
    given = if (length(given) > 0) {
      unname(Map(function(name, dim) list(name = name, dim = dim), names(given), given))
    },
    parameters = parameters
  )
}

# Named list: the dim of each shared parameter, NULL for scalars.
prior_dims <- function(prior) {
  if (prior$kind == "function") {
    return(prior$dims)
  }
  line_dims(prior, local = FALSE)
}

# The same of the local parameters of one group.
prior_local_dims <- function(prior) {
  if (prior$kind == "function") list() else line_dims(prior, local = TRUE)
}

line_dims <- function(prior, local) {
  is_local <- vapply(prior$parameters, \(line) !is.null(line$plate), logical(1))
  lines <- prior$parameters[is_local == local]
  dims <- lapply(lines, `[[`, "dim")
  rlang::set_names(dims, vapply(lines, `[[`, "", "name"))
}

# Which shared parameters are whole numbers: a logical vector with their names.
prior_discrete <- function(prior) {
  variables <- prior_variables(prior)
  rlang::set_names(seq_along(variables) %in% prior$support$discrete, variables)
}

#' Refuse to learn a posterior of whole numbers
#'
#' @param support List as of `prior_support()`.
#' @noRd
refuse_discrete <- function(support, call) {
  if (length(support$discrete) == 0) {
    return(invisible())
  }
  name <- names(support$lower)[[support$discrete[[1]]]]
  amortflow_abort(
    sprintf(
      "Parameters must be continuous to be learned, but `%s` is discrete.", name
    ),
    "prior",
    hint = paste(
      "Marginalise it, draw it in the simulator instead of the prior, or make",
      "it a context variable if it is known with the data."
    ),
    variable = name, call = call
  )
}

#' log density of a prior
#'
#' @param parameters Numeric matrix, one row per point, columns in the order of
#'   `prior_variables()`, user's scale.
#' @param given Numeric matrix of what is given to the prior: no row, one for
#'   all, or one per point.
#' @return Numeric vector, `-Inf` outside the support.
#' @noRd
prior_log_density <- function(prior, parameters, given = no_given(),
                              call = rlang::caller_env()) {
  if (prior$kind == "priors") {
    return(call_core(
      core_prior_log_density(prior_spec(prior), parameters, given),
      call = call
    ))
  }
  function_log_density(prior, parameters, call)
}

#' log density of local parameters given the shared ones
#'
#' @param parameters,local Numeric matrices, one row per group.
#' @noRd
prior_local_log_density <- function(prior, parameters, local,
                                    given = no_given(),
                                    call = rlang::caller_env()) {
  call_core(
    core_prior_local_log_density(prior_spec(prior), parameters, local, given),
    call = call
  )
}

no_given <- function() matrix(numeric(), 0, 0)

# One row of what is given to a prior, from a named list of context values.
given_row <- function(prior, context, call) {
  columns <- Map(function(name, dim) {
    value <- context[[name]]
    size <- prod(dim %||% 1)
    if (!is.numeric(value) || length(value) != size || anyNA(value)) {
      amortflow_abort(
        sprintf(
          "`context$%s` must be %s, not %s.", name,
          if (size == 1) "one number" else sprintf("%g numbers", size),
          describe_value(value)
        ),
        "context",
        hint = "The prior uses it: it is `given`.", call = call
      )
    }
    as.double(value)
  }, names(prior$given), prior$given)
  if (length(columns) > 0) matrix(unlist(columns), 1) else no_given()
}
