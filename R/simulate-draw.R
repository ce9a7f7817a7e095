# One way from a model to simulations, whatever is compiled and whatever is R.

#' Simulations first_index + 1, ..., first_index + count of the run with `seed`
#'
#' @param first_index Whole number from 0.
#' @param on_error Which failures raise `amortflow_error_simulator`, see
#'   raise_failures(). With "stop", nothing is run after the first.
#' @param variables See run_r_simulator().
#' @param batch How many consecutive simulations share values of per_batch().
#' @return List of `parameters` (matrix, named columns), `data` (list of rows,
#'   one per observable), `context` (matrix, named columns), `local` (rows of
#'   local parameters, one per group, or `NULL`) and `failures` (data
#'   frame `index`, from 1 over the whole run, `message` and `kind`). Data of
#'   failed simulations are NaN.
#' @noRd
draw_simulations <- function(model, first_index, count, seed, cores = 1,
                             on_error = "drop_nonfinite", progress = NULL,
                             call = rlang::caller_env(), variables = NULL,
                             batch = context_batch) {
  if (is_model_mixture(model)) {
    return(draw_mixture(
      model, first_index, count, seed, cores, on_error, call, variables, batch
    ))
  }
  if (is_exchanged(model)) {
    return(draw_exchanged(
      model, first_index, count, seed, cores, on_error, call, variables, batch
    ))
  }
  range <- list(
    first_index = first_index, count = count, seed = seed, cores = cores,
    stop_on_failure = on_error == "stop"
  )
  on_workers <- model$simulator$kind == "cpp" &&
    is.null(plate_of(model$prior)) &&
    !is.null(cpp_pool(model$simulator, count))
  spec <- if (!on_workers) model_spec(model, batch, call)
  drawn <- if (!is.null(spec)) {
    call_core(core_simulate(spec, range, progress$of_core), call = call)
  } else {
    draw_with_host(model, range, batch, progress, call, variables)
  }
  drawn <- name_columns(drawn, model)
  raise_failures(drawn$failures, drawn$parameters, first_index, on_error, call)
  drawn$failures <- failure_frame(drawn$failures)
  drawn[c("parameters", "data", "context", "local", "failures")]
}

name_columns <- function(drawn, model) {
  colnames(drawn$parameters) <- prior_variables(model$prior)
  if (length(model$context) > 0) {
    colnames(drawn$context) <- context_variables(model$context)
  }
  if (model$simulator$kind == "cpp") {
    drawn$data <- Map(function(rows, size, observed) {
      if (observed == "array") {
        return(with_shape(rows, compiled_shape(size)))
      }
      if (length(size$names) > 0 && ncol(rows$values) == length(size$names)) {
        colnames(rows$values) <- size$names
      }
      rows
    }, drawn$data, model$simulator$shape$observables, unname(model$observed))
  }
  plate <- plate_of(model$prior)
  if (is.null(plate)) {
    drawn["local"] <- list(NULL)
    return(drawn)
  }
  colnames(drawn$local) <- model$prior$local$variables
  drawn$local <- list(values = drawn$local, lengths = as.integer(drawn$groups))
  drawn$data <- plate_blocks(drawn$data, drawn$groups, plate, model$observed)
  drawn
}

draw_with_host <- function(model, range, batch, progress, call,
                           variables = NULL) {
  states <- host_streams(range$first_index, range$count, range$seed)
  context <- draw_context(model$context, range, batch, call)
  plate <- plate_groups(model$prior, context, range$first_index)
  drawn <- draw_parameters(
    model$prior, range, states, call,
    given_values(model$prior, context$values), plate$groups %||% numeric()
  )
  run <- run_groups(
    model, drawn, context$values, plate, range, states, progress$tick,
    variables, call
  )
  causes <- list(context$failures, plate$failures, drawn$failures, run$failures)
  list(
    parameters = drawn$parameters, data = run$data, context = context$values,
    local = drawn$local$values, groups = plate$groups,
    failures = Reduce(merge_failures, Filter(Negate(is.null), causes))
  )
}

# Runs the simulator for each simulation, or with a plate for each group.
run_groups <- function(model, drawn, context, plate, range, states, tick,
                       variables, call) {
  if (is.null(plate)) {
    return(run_simulator(
      model, drawn$parameters, context, range, states, tick, variables, call
    ))
  }
  parameters <- cbind(
    drawn$parameters[plate$of, , drop = FALSE], drawn$local$values
  )
  context <- context[plate$of, , drop = FALSE]
  if (model$simulator$kind == "cpp") {
    return(run_simulator(
      model, parameters, context, range,
      call = call, groups = plate$groups
    ))
  }
  run <- run_r_simulator(
    model, parameters, context, 0, group_states(plate, range),
    range$stop_on_failure, tick %||% function(done) NULL, variables, call,
    of = plate$of
  )
  run$failures <- failures_of_simulations(run$failures, plate, range$first_index)
  run
}

#' One data set per row of parameters and context
#'
#' @return List of `data` (list of rows, one per observable) and `failures`.
#' @noRd
run_simulator <- function(model, parameters, context, range, states = NULL,
                          tick = NULL, variables = NULL, call,
                          groups = numeric()) {
  if (model$simulator$kind == "cpp") {
    pool <- if (length(groups) == 0) cpp_pool(model$simulator, nrow(parameters))
    if (!is.null(pool)) {
      return(tall_arrays(run_cpp_on_workers(
        pool, model, parameters, context, range, tick %||% function(done) NULL,
        call
      ), model))
    }
    return(tall_arrays(call_core(
      core_run_simulator(
        simulator_spec(model$simulator, call), model$observed == "vector",
        parameters, context, context_variables(model$context) %||% character(),
        groups, range
      ),
      call = call
    ), model))
  }
  if (is.null(states)) {
    states <- host_streams(range$first_index, range$count, range$seed)
  }
  run_r_simulator(
    model, parameters, context, range$first_index, states,
    range$stop_on_failure, tick %||% function(done) NULL, variables,
    call
  )
}

# Arrays of a C++ simulator as the rows that all arrays have.
tall_arrays <- function(run, model) {
  run$data <- Map(function(rows, size, observed) {
    if (observed != "array") {
      return(rows)
    }
    with_shape(tall_rows(rows), compiled_shape(size))
  }, run$data, model$simulator$shape$observables, unname(model$observed))
  run
}

draw_parameters <- function(prior, range, states, call, given = no_given(),
                            groups = numeric()) {
  if (prior$kind == "function") {
    return(draw_prior_function(
      prior, range$first_index, range$count, states
    ))
  }
  context <- list(given = given, groups = groups)
  drawn <- call_core(
    core_draw_prior(prior_spec(prior), range, context),
    call = call
  )
  colnames(drawn$parameters) <- prior_variables(prior)
  drawn
}
