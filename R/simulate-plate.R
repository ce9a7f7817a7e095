# Models with a plate: local parameters, drawn once for each group of a
# simulation; the simulator is called once per group. How many groups there are,
# the context value of the plate's name says.

plate_of <- function(prior) prior$local$plate

#' Groups of each simulation of a run
#'
#' @param context From draw_context().
#' @return `NULL` without a plate, else a list of `groups` (whole numbers, 1
#'   where the value cannot be), `of` (the simulation of each group, from 1) and
#'   `failures`.
#' @noRd
plate_groups <- function(prior, context, first_index) {
  plate <- plate_of(prior)
  if (is.null(plate)) {
    return(NULL)
  }
  groups <- context$values[, plate]
  odd <- which(!is.finite(groups) | groups < 1 | groups != trunc(groups))
  groups[odd] <- 1
  failures <- add_failures(
    no_failures(), first_index + odd,
    sprintf("context `%s` must be a whole number of groups from 1", plate),
    "nonfinite"
  )
  list(
    groups = unname(groups), of = rep(seq_along(groups), groups),
    failures = failures
  )
}

# What is given to the prior, in its order, one row per simulation.
given_values <- function(prior, context) {
  if (length(prior$given) == 0) {
    return(no_given())
  }
  columns <- unlist(
    Map(element_names, names(prior$given), prior$given),
    use.names = FALSE
  )
  context[, columns, drop = FALSE]
}

# Streams of groups: every group of a simulation has one of its own.
group_states <- function(plate, range) {
  number <- sequence(plate$groups)
  states <- matrix(0L, 12, length(plate$of))
  for (g in seq_len(max(number))) {
    own <- host_streams(
      range$first_index, range$count, derived_seed(range$seed, 1000 + g)
    )
    states[, number == g] <- own[, plate$of[number == g]]
  }
  storage.mode(states) <- "integer"
  states
}

# Failures of groups, as failures of their simulations.
failures_of_simulations <- function(failures, plate, first_index) {
  group <- sequence(plate$groups)[failures$index]
  failures$message <- sprintf("group %d: %s", group, failures$message)
  failures$index <- first_index + plate$of[failures$index]
  keep <- !duplicated(failures$index)
  failures[c("index", "message", "kind")] <- lapply(
    failures[c("index", "message", "kind")], `[`, keep
  )
  failures
}

# One row of data for each position of each group, with the group's number in a
# column that is called like the plate; one data set per simulation.
plate_blocks <- function(blocks, groups, plate, observed) {
  of <- rep(seq_along(groups), groups)
  number <- sequence(groups)
  Map(function(rows, stem) {
    values <- named_values(rows$values, stem)
    values <- cbind(rep(number, rows$lengths), values)
    colnames(values)[[1]] <- plate
    lengths <- tabulate(rep(of, rows$lengths), length(groups))
    list(values = values, lengths = lengths)
  }, blocks, names(observed) %||% "x") |> unname()
}

# What one data set of all groups is.
plate_observed <- function(model) {
  observed <- model$observed
  if (!is.null(plate_of(model$prior))) {
    observed[observed == "vector"] <- "exchangeable"
  }
  observed
}

# `$local` of simulations: by the plate's name an array (simulation, group,
# variable), or a list of matrices where simulations differ in groups.
local_parameters <- function(model, local) {
  if (is.null(plate_of(model$prior))) {
    return(NULL)
  }
  rlang::set_names(list(rows_data(local, "series")), plate_of(model$prior))
}

refuse_plate <- function(model, what, call) {
  if (!is.null(model) && !is.null(plate_of(model$prior))) {
    amortflow_abort(
      sprintf(
        "%s must not have a plate, but the prior has local parameters of each `%s`.",
        what, plate_of(model$prior)
      ),
      "unsupported",
      hint = "Models with a plate are simulated, but not fitted yet.", call = call
    )
  }
}

refuse_local <- function(simulations, call) {
  if (!is.null(simulations) && !is.null(unclass(simulations)$local)) {
    amortflow_abort(
      "`simulations` must not have local parameters of a plate.",
      "unsupported",
      hint = "Models with a plate are simulated, but not fitted yet.", call = call
    )
  }
}
