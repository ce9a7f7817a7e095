# Progress of simulations: cli shows a bar only once a run has taken a while
# (its option `cli.progress_show_after`, 2 seconds).

#' @return List of functions: `of_core(progress)` for the core, `tick(done)`.
#' @noRd
simulation_progress <- function(total, envir = rlang::caller_env()) {
  bar <- cli::cli_progress_bar(
    "Simulating", total = total, .envir = envir, .auto_close = TRUE
  )
  shown <- proc.time()[["elapsed"]]
  tick <- function(done) {
    now <- proc.time()[["elapsed"]]
    if (now - shown > 0.1) {
      shown <<- now
      cli::cli_progress_update(set = done, id = bar, .envir = envir)
    }
  }
  list(of_core = function(progress) tick(progress$done), tick = tick)
}
