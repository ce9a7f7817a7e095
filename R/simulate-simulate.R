#' Simulate from a model
#'
#' @section Same seed, same numbers:
#' Simulation `i` depends on the seed and on `i` only, not on `cores`: the first
#' 100 of 1000 simulations are the 100 simulations of the same seed. (A
#' simulator with `vectorized = TRUE` draws for up to 1000 simulations at a
#' time; there this holds for whole pieces of 1000.) C++ simulators and priors
#' run on `cores` threads, R functions on R's thread.
#'
#' @section Workers:
#' Where `mirai::daemons()` are set, simulators run on these; else by the
#' `future::plan()`, if it is not sequential; else in this process. The package
#' sets neither. The numbers are the same everywhere: prior and context are
#' drawn here, and each simulation's generator is set to the state that it has
#' here. Workers get the simulator, what it finds in the workspace (functions
#' and values, by name) and the names of the packages attached here that it
#' uses; neither this package nor LibTorch is loaded there. C++ simulators are
#' compiled on the worker, once, which needs this package installed there; fewer
#' than 256 simulations, and simulators of packages, run here.
#' What a worker was doing when it died runs again on another, at most three
#' times; then that is an `amortflow_error_worker`. An interrupt cancels what is
#' outstanding. `options(amortflow.chunk_size = )` sets how many simulations (of
#' a vectorized simulator: calls) are sent at a time.
#'
#' @section Errors:
#' `amortflow_error_simulator` where a simulation raises an error, gives values
#' that are not finite, or another number or other names of variables than the
#' first (the same names in another order are put in order), or where the prior
#' gives values outside its bounds; it carries `index`
#' (from 1), `parameters` (named numeric vector), and the error of the
#' simulator as `parent`.
#' `amortflow_error_worker` where workers are lost again and again or cannot
#' load what the simulator needs; `amortflow_error_store`, see [open_store()].
#'
#' @param object A model, from [generative_model()] or [example_model()].
#' @param nsim Whole number: how many simulations.
#' @param seed Whole number, or `NULL` to draw one from R's generator.
#' @param ... Must be empty.
#' @param cores Whole number of threads.
#' @param store String: a folder to which simulations are written instead of
#'   being kept in memory, or `NULL`. The same call again goes on where an
#'   earlier one was interrupted or killed, a larger `nsim` adds to what is
#'   there, and a store that holds as many or more is given back as it is. See
#'   [open_store()].
#' @param on_error `"stop"`: the first failed simulation is an error. `"drop"`:
#'   failed simulations are left out, with a warning of class
#'   `amortflow_warning_dropped`, and listed in `attr(, "failures")`; where all
#'   fail, that is an error. `"keep"`: they stay, with all their data `NaN`, and
#'   are listed likewise.
#' @return With `store`, an `amortflow_store`, see [open_store()]. Else an
#'   `amortflow_simulations`: a list of
#'   * `parameters`: numeric matrix, simulation x parameter, named columns;
#'   * `local`: `NULL`, or for a prior with a plate a list whose entry of the
#'     plate's name is an array (simulation, group, variable), or an unnamed list
#'     of matrices (group, variable) where simulations differ in groups. `data`
#'     then hold, for each simulation, the positions of all groups below each
#'     other, with the group's number in a column called like the plate;
#'   * `data`: for `observed = "vector"` a matrix (simulation, variable), for
#'     `"array"` an array (simulation, dimensions of one data set), else
#'     an array (simulation, position, variable), or an unnamed list of matrices
#'     (position, variable) where lengths differ; for several observables a
#'     named list of these;
#'   * `context`: numeric matrix, simulation x context value, named columns, or
#'     `NULL`,
#'
#'   with attributes `observed`, `seed`, `support`, `model_hash` and `failures`
#'   (data frame: `index`, from 1, `message`, `kind`, and a column per
#'   parameter). `length()` is the number of
#'   simulations, `[i]` takes some, `as.data.frame()` gives one row each,
#'   `summary()` a data frame with one row per parameter: `variable`, `mean`,
#'   `median`, `sd`, `mad`, `q5` and `q95`.
#' @examples
#' simulations <- simulate(example_model("two_moons"), nsim = 100, seed = 1)
#' simulations
#' head(as.data.frame(simulations))
#' @importFrom stats simulate
#' @export
simulate.amortflow_model <- function(object, nsim = 1, seed = NULL, ...,
                                     cores = getOption("mc.cores", 1L),
                                     store = NULL, on_error = "stop") {
  call <- rlang::current_env()
  assert_no_dots(...)
  nsim <- assert_count(nsim)
  cores <- assert_count(cores)
  on_error <- assert_choice(on_error, c("stop", "drop", "keep"))
  if (!is.null(store)) {
    refuse_plate(object, "A model whose simulations go to a store", call)
    return(simulate_to_store(object, nsim, seed, cores, on_error, store, call))
  }
  simulate_model(object, nsim, as_seed(seed), cores, on_error, call)
}

#' @param on_error "stop", "drop", "keep", or "drop_nonfinite" (training's:
#'   errors and wrong shapes are raised), or "count" (none is raised, also where
#'   all fail).
#' @param variables See run_r_simulator().
#' @param batch See draw_simulations().
#' @noRd
simulate_model <- function(model, nsim, seed, cores = 1, on_error = "stop",
                           call = rlang::caller_env(), variables = NULL,
                           batch = context_batch) {
  drawn <- draw_simulations(
    model, 0, nsim, seed,
    cores = cores, on_error = on_error,
    progress = simulation_progress(nsim), call = call, variables = variables,
    batch = batch
  )
  drawn <- drop_failures(drawn, nsim, on_error, call)
  new_simulations(
    drawn$parameters, blocks_data(drawn$data, plate_observed(model)),
    plate_observed(model), prior_support(model$prior),
    local = local_parameters(model, drawn$local),
    context = if (ncol(drawn$context) > 0) drawn$context,
    seed = seed, model_hash = model_hash(model), failures = drawn$failures
  )
}

drop_failures <- function(drawn, nsim, on_error, call) {
  failures <- drawn$failures
  if (nrow(failures) == 0) {
    return(drawn)
  }
  drawn$failures <- cbind(
    failures,
    as.data.frame(drawn$parameters[failures$index, , drop = FALSE], optional = TRUE)
  )
  if (on_error == "keep") {
    return(drawn)
  }
  if (nrow(failures) == nsim && on_error != "count") {
    abort_all_failed(failures, drawn$parameters, call)
  }
  warn_dropped(failures, nsim, call)
  keep <- setdiff(seq_len(nsim), failures$index)
  drawn$parameters <- drawn$parameters[keep, , drop = FALSE]
  drawn$context <- drawn$context[keep, , drop = FALSE]
  drawn$data <- subset_blocks(drawn$data, keep)
  if (!is.null(drawn$local)) drawn$local <- subset_rows(drawn$local, keep)
  drawn
}
