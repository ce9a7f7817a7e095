# Simulations with their roles exchanged: a row of data is what is learned, parameters and context are what it is
# learned from. A likelihood is the "posterior" of that.

# Rows of one simulation that stand side by side in training. Few, because they share their parameters; more than one,
# because a simulation of many rows may cost as much as one of few.
exchanged_rows_online <- 4
exchanged_rows_offline <- 20

#' What is exchanged
#'
#' @param pilot `amortflow_simulations`.
#' @param lb,ub See fit_likelihood().
#' @return List of `observed`, `observables` (spec), `variables` (of data),
#'   `parameters` (names), `support` (of data), `parameter_support` and `rows`.
#' @noRd
exchanged_roles <- function(pilot, most_rows, lb, ub, call) {
  observed <- attr(pilot, "observed")
  if (is_named_data(observed) || !observed %in% c("vector", "exchangeable")) {
    amortflow_abort(
      sprintf(
        "Likelihoods are learned of data observed as \"vector\" or \"exchangeable\", not %s.",
        shown_observed(observed)
      ),
      "unsupported",
      hint = "A series of fixed length can be given as a vector.", call = call
    )
  }
  blocks <- data_blocks(pilot$data, observed)
  values <- blocks[[1]]$values
  variables <- default_names(colnames(values), "x", ncol(values))
  support <- list(
    lower = data_bound(lb, -Inf, variables, "lb", call),
    upper = data_bound(ub, Inf, variables, "ub", call)
  )
  check_within_bounds(values, support, call)
  warn_discrete(values, variables, call)
  list(
    observed = observed, observables = observables_spec(observed, blocks),
    variables = variables, parameters = colnames(pilot$parameters), support = support,
    parameter_support = attr(pilot, "support"),
    rows = min(most_rows, min(blocks[[1]]$lengths))
  )
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

warn_discrete <- function(values, variables, call) {
  whole <- apply(values, 2, \(x) all(x == trunc(x), na.rm = TRUE))
  if (any(whole)) {
    amortflow_warn(
      sprintf("Likelihoods are learned of continuous data, but %s gives whole numbers only.", shown_names(variables[whole])),
      "simulations",
      hint = "The density is spread over what lies between them: it is no probability.", call = call
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

#' Rows first_index + 1, ..., first_index + count: see draw_simulations()
#' @noRd
draw_exchanged <- function(exchanged, first_index, count, seed, cores, on_error, call,
                           variables, batch) {
  rows <- exchanged$roles$rows
  first <- floor(first_index / rows)
  last <- floor((first_index + count - 1) / rows)
  drawn <- draw_simulations(
    exchanged$model, first, last - first + 1, seed, cores, on_error,
    call = call, batch = max(1, batch %/% rows)
  )
  row <- first_index - first * rows + seq_len(count)
  of <- floor((row - 1) / rows) + 1
  out <- exchange_rows(drawn$parameters, drawn$data[[1]], drawn$context, of, (row - 1) %% rows)
  check_within_bounds(out$rows, exchanged$roles$support, call)
  failed <- match(first + of, drawn$failures$index)
  hit <- which(!is.na(failed))
  failures <- drawn$failures[failed[hit], , drop = FALSE]
  failures$index <- first_index + hit
  list(
    parameters = named_rows(out$rows, exchanged$roles$variables),
    data = list(out$parameters), context = out$context, local = NULL, failures = failures
  )
}

# Row `place` (from 0, around the end) of the data of simulation `of`, and what belongs to it.
exchange_rows <- function(parameters, rows, context, of, place) {
  start <- cumsum(c(0, rows$lengths))[of]
  list(
    rows = rows$values[start + place %% rows$lengths[of] + 1, , drop = FALSE],
    parameters = list(
      values = parameters[of, , drop = FALSE], lengths = rep(1L, length(of))
    ),
    context = context[of, , drop = FALSE]
  )
}

named_rows <- function(values, names) {
  dimnames(values) <- list(NULL, names)
  values
}

exchange_simulations <- function(simulations, roles) {
  rows <- data_blocks(simulations$data, roles$observed)[[1]]
  each <- pmin(roles$rows, rows$lengths)
  of <- rep(seq_along(each), each)
  place <- sequence(each) - 1
  context <- simulations$context
  out <- exchange_rows(
    simulations$parameters, rows, core_context(context, length(each)), of, place
  )
  check_within_bounds(out$rows, roles$support, rlang::caller_env())
  new_simulations(
    named_rows(out$rows, roles$variables), blocks_data(list(out$parameters), "vector"), "vector",
    roles$support,
    context = if (!is.null(context)) out$context,
    model_hash = rlang::hash(list("exchanged", simulations_hash(simulations)))
  )
}
