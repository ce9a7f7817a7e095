# Simulations with their roles exchanged: a row of data is what is learned, parameters and context are what it is
# learned from. A likelihood is the "posterior" of that.

# Rows of one simulation that stand side by side in training. Few, because they share their parameters; more than one,
# because a simulation of many rows may cost as much as one of few.
exchanged_rows_online <- 4
exchanged_rows_offline <- 20

#' What is exchanged
#'
#' @param pilot `amortflow_simulations`.
#' @param asked List of `lb`, `ub`, `discrete`, `covariates`, `memory`: see fit_likelihood().
#' @return List of `observed`, `observables` (spec), `variables` (of data, that are
#'   learned), `covariates` (of data, that are not), `memory` (0 but for series),
#'   `levels` and `counts` (see discrete_roles()), `parameters` and `context` (names),
#'   `support` (of what is learned, as coded), `parameter_support` and `rows`.
#' @noRd
exchanged_roles <- function(pilot, most_rows, asked, call) {
  observed <- attr(pilot, "observed")
  refuse_unlearnable(observed, call)
  blocks <- data_blocks(pilot$data, observed)
  values <- blocks[[1]]$values
  all <- default_names(colnames(values), "x", ncol(values))
  covariates <- read_covariates(asked$covariates, all, call)
  variables <- setdiff(all, covariates)
  values <- named_rows(values, all)[, variables, drop = FALSE]
  discrete <- discrete_roles(asked$discrete, values, call)
  roles <- list(
    observed = observed, observables = observables_spec(observed, blocks),
    variables = variables, covariates = covariates,
    memory = if (observed == "series") asked$memory else 0,
    levels = discrete$levels, counts = discrete$counts,
    parameters = colnames(pilot$parameters), context = colnames(pilot$context), support = NULL,
    parameter_support = attr(pilot, "support"),
    rows = min(most_rows, min(blocks[[1]]$lengths))
  )
  roles$support <- coded_support(roles, asked, values, call)
  check_free_conditions(roles, call)
  roles
}

refuse_unlearnable <- function(observed, call) {
  if (is_named_data(observed) || !observed %in% c("vector", "exchangeable", "series")) {
    amortflow_abort(
      sprintf(
        "Likelihoods are learned of data observed as \"vector\", \"exchangeable\" or \"series\", not %s.",
        shown_observed(observed)
      ),
      "unsupported",
      hint = "An array of fixed size can be given as a vector.", call = call
    )
  }
}

read_covariates <- function(covariates, variables, call) {
  good <- is.null(covariates) || is.character(covariates) && all(covariates %in% variables) &&
    !anyDuplicated(covariates) && length(covariates) < length(variables)
  if (!good) {
    must <- sprintf("names of some of the data variables %s, or NULL", shown_names(variables))
    abort_argument(covariates, "covariates", must, call)
  }
  as.character(covariates)
}

# Names beside which parameters stand.
row_condition_names <- function(roles) {
  c(
    if (roles$observed == "series") past_names(c(roles$variables, roles$covariates), roles$memory),
    roles$covariates
  )
}

check_free_conditions <- function(roles, call) {
  taken <- intersect(row_condition_names(roles), roles$parameters)
  if (length(taken) > 0) {
    amortflow_abort(
      sprintf("Data variables must not be called like parameters, but \"%s\" is both.", taken[[1]]),
      "argument",
      arg = "covariates", call = call
    )
  }
}

# Bounds of what the networks learn. A count k becomes k + u: where none is negative, it stays above -1, which leaves
# room for the density to fall.
coded_support <- function(roles, asked, values, call) {
  variables <- roles$variables
  support <- list(
    lower = data_bound(asked$lb, -Inf, variables, "lb", call),
    upper = data_bound(asked$ub, Inf, variables, "ub", call)
  )
  support$lower[names(roles$levels)] <- -Inf
  support$upper[names(roles$levels)] <- Inf
  for (name in roles$counts) {
    least <- if (all(values[, name] >= 0, na.rm = TRUE)) 0 else -Inf
    support$lower[[name]] <- max(support$lower[[name]], least) - 1
    support$upper[[name]] <- support$upper[[name]] + 2
  }
  coded <- code_rows(values, roles, 0.5)
  check_within_bounds(coded, support, call)
  support
}

data_bound <- function(bound, none, variables, arg, call) {
  all <- rlang::set_names(rep(none, length(variables)), variables)
  if (is.null(bound)) {
    return(all)
  }
  named <- !is.null(names(bound))
  good <- is.numeric(bound) && !anyNA(bound) &&
    if (named) all(names(bound) %in% variables) else length(bound) %in% c(1, length(variables))
  if (!good) {
    must <- sprintf("numbers named by data variables (%s), or one for all", shown_names(variables))
    abort_argument(bound, arg, must, call)
  }
  all[if (named) names(bound) else TRUE] <- bound
  all
}

# A density that ends at a bound is wrong about data on it or beyond.
check_within_bounds <- function(values, support, call) {
  inside <- t(t(values) > support$lower & t(values) < support$upper)
  beyond <- which(!inside & is.finite(values), arr.ind = TRUE)
  if (nrow(beyond) > 0) {
    at <- beyond[1, ]
    amortflow_abort(
      sprintf(
        "Data must lie between `lb` and `ub`, but \"%s\" of a simulation is %s, and its bounds are %s and %s.",
        names(support$lower)[[at[[2]]]], format(values[at[[1]], at[[2]]]),
        format(support$lower[[at[[2]]]]), format(support$upper[[at[[2]]]])
      ),
      "argument",
      hint = "Bounds are open: data on them have no density. Give wider bounds, or none.",
      arg = "lb", call = call
    )
  }
}

new_exchanged_model <- function(model, roles) {
  structure(
    list(
      model = model, roles = roles,
      prior = list(
        kind = "rows", variables = roles$variables, vectorized = TRUE, support = roles$support
      ),
      simulator = list(kind = "rows", vectorized = TRUE),
      observed = "vector", context = model$context, name = model$name
    ),
    class = c("amortflow_exchanged", "amortflow_model")
  )
}

is_exchanged <- function(model) inherits(model, "amortflow_exchanged")

# What tells one exchange from another.
exchanged_content <- function(roles) {
  c(list(roles$support), roles[c("covariates", "memory", "levels", "counts", "rows")])
}

#' Rows first_index + 1, ..., first_index + count: see draw_simulations()
#' @noRd
draw_exchanged <- function(exchanged, first_index, count, seed, cores, on_error, call,
                           variables, batch) {
  roles <- exchanged$roles
  first <- floor(first_index / roles$rows)
  last <- floor((first_index + count - 1) / roles$rows)
  drawn <- draw_simulations(
    exchanged$model, first, last - first + 1, seed, cores, on_error,
    call = call, batch = max(1, batch %/% roles$rows)
  )
  row <- first_index - first * roles$rows + seq_len(count)
  of <- floor((row - 1) / roles$rows) + 1
  place <- spread_places(first + of, (row - 1) %% roles$rows, roles$rows, drawn$data[[1]]$lengths[of])
  out <- exchange_rows(roles, drawn, drawn$data[[1]], of, place, first_index + seq_len(count), call)
  failed <- match(first + of, drawn$failures$index)
  hit <- which(!is.na(failed))
  failures <- drawn$failures[failed[hit], , drop = FALSE]
  failures$index <- first_index + hit
  list(
    parameters = out$rows, data = list(out$conditions), context = out$context, local = NULL, failures = failures
  )
}

# Places (from 0) of row `number` of `rows` in simulation `of`: even steps from a start that differs between
# simulations, so that early and late rows come as often.
spread_places <- function(of, number, rows, lengths) {
  start <- floor(even_numbers(of, 1)[, 1] * lengths)
  (start + number * pmax(1, lengths %/% rows)) %% lengths
}

#' Row `place` (from 0) of the data of simulation `of`, and what belongs to it
#'
#' @param drawn List with `parameters` and `context`, one row per simulation.
#' @param index Of the rows, from which what is added to counts follows.
#' @return List of `rows` (coded), `conditions` (a block of vectors) and `context`.
#' @noRd
exchange_rows <- function(roles, drawn, rows, of, place, index, call) {
  at <- cumsum(c(0, rows$lengths))[of] + place + 1
  values <- named_rows(rows$values[at, , drop = FALSE], all_variables(roles))
  own <- values[, roles$variables, drop = FALSE]
  coded <- code_rows(own, roles, even_numbers(index, length(roles$counts)))
  refuse_unknown_level(coded, own, roles, call)
  check_within_bounds(coded, roles$support, call)
  conditions <- cbind(drawn$parameters[of, , drop = FALSE], row_conditions(roles, rows, at))
  list(
    rows = coded,
    conditions = list(values = conditions, lengths = rep(1L, length(of))),
    context = row_context(roles, drawn$context)[of, , drop = FALSE]
  )
}

# How many rows there are says nothing of one of them.
row_context <- function(roles, context) {
  names <- if (roles$observed == "vector") roles$context else setdiff(roles$context, "n_obs")
  context[, match(names, roles$context), drop = FALSE]
}

# Data variables in the data's order.
all_variables <- function(roles) {
  roles$observables[[1]]$names %||%
    default_names(NULL, "x", roles$observables[[1]]$width)
}

#' What of the data a row is learned from
#'
#' @param rows Block of data.
#' @param at Rows of it.
#' @return Matrix (row, condition).
#' @noRd
row_conditions <- function(roles, rows, at = seq_len(nrow(rows$values))) {
  values <- named_rows(rows$values, all_variables(roles))
  covariates <- values[at, roles$covariates, drop = FALSE]
  if (roles$observed != "series") {
    return(covariates)
  }
  seen <- list(
    values = values[, c(roles$variables, roles$covariates), drop = FALSE], lengths = rows$lengths
  )
  past <- past_of_rows(seen, roles$memory)[at, , drop = FALSE]
  named_rows(cbind(past, covariates), row_condition_names(roles))
}

named_rows <- function(values, names) {
  dimnames(values) <- list(NULL, names)
  values
}

exchange_simulations <- function(simulations, roles, call = rlang::caller_env()) {
  rows <- data_blocks(simulations$data, roles$observed)[[1]]
  each <- pmin(roles$rows, rows$lengths)
  of <- rep(seq_along(each), each)
  place <- spread_places(of, sequence(each) - 1, each[of], rows$lengths[of])
  context <- simulations$context
  drawn <- list(
    parameters = simulations$parameters, context = core_context(context, length(each))
  )
  out <- exchange_rows(roles, drawn, rows, of, place, seq_along(of), call)
  new_simulations(
    out$rows, blocks_data(list(out$conditions), "vector"), "vector", roles$support,
    context = if (ncol(out$context) > 0) out$context,
    model_hash = rlang::hash(list("exchanged", simulations_hash(simulations), exchanged_content(roles)))
  )
}
