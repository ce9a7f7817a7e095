# One way from a model to simulations, whatever is compiled and whatever is R.

#' Simulations first_index + 1, ..., first_index + count of the run with `seed`
#'
#' @param first_index Whole number from 0.
#' @param on_error Which failures raise `amortflow_error_simulator`, see
#'   raise_failures(). With "stop", nothing is run after the first.
#' @param variables See run_r_simulator().
#' @return List of `parameters` (matrix, named columns), `values`, `lengths`
#'   (rows form) and `failures` (data frame `index`, from 1 over the whole run,
#'   `message` and `kind`). Data of failed simulations are NaN.
#' @noRd
draw_simulations <- function(model, first_index, count, seed, cores = 1,
                             on_error = "drop_nonfinite", progress = NULL,
                             call = rlang::caller_env(), variables = NULL) {
  range <- list(
    first_index = first_index, count = count, seed = seed, cores = cores,
    stop_on_failure = on_error == "stop"
  )
  spec <- model_spec(model, call)
  drawn <- if (!is.null(spec)) {
    call_core(core_simulate(spec, range, progress$of_core), call = call)
  } else {
    draw_with_host(model, range, progress, call, variables)
  }
  colnames(drawn$parameters) <- prior_variables(model$prior)
  raise_failures(drawn$failures, drawn$parameters, first_index, on_error, call)
  list(
    parameters = drawn$parameters, values = drawn$rows$values,
    lengths = drawn$rows$lengths, failures = failure_frame(drawn$failures)
  )
}

draw_with_host <- function(model, range, progress, call, variables = NULL) {
  states <- host_streams(range$first_index, range$count, range$seed)
  drawn <- draw_parameters(model$prior, range, states, call)
  if (model$simulator$kind == "cpp") {
    run <- call_core(
      core_run_simulator(
        simulator_spec(model$simulator, call), model$observed == "vector",
        drawn$parameters, range
      ),
      call = call
    )
  } else {
    tick <- if (is.null(progress)) function(done) NULL else progress$tick
    run <- run_r_simulator(
      model$simulator, prior_dims(model$prior), drawn$parameters,
      range$first_index, states, model$observed, range$stop_on_failure, tick,
      variables, call
    )
  }
  list(
    parameters = drawn$parameters, rows = run$rows,
    failures = merge_failures(drawn$failures, run$failures)
  )
}

draw_parameters <- function(prior, range, states, call) {
  if (prior$kind == "function") {
    return(draw_prior_function(
      prior, range$first_index, range$count, states
    ))
  }
  drawn <- call_core(core_draw_prior(prior_spec(prior), range), call = call)
  colnames(drawn$parameters) <- prior_variables(prior)
  drawn
}
