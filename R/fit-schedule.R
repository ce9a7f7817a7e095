# Learning rates over a run, and averages of weights, as fit_posterior() takes them.

schedules <- c(
  "auto", "cosine", "one_cycle", "plateau", "constant", "stable_decay"
)

# A cosine must know its end, which nobody does before validation stops improving.
choose_schedule <- function(schedule, epochs) {
  if (schedule != "auto") {
    return(schedule)
  }
  if (identical(epochs, "auto")) "stable_decay" else "cosine"
}

default_average <- 0.999

#' @return Number: the decay, 0 for no average; or "auto".
#' @noRd
assert_average <- function(average, arg = rlang::caller_arg(average),
                           call = rlang::caller_env()) {
  if (identical(average, "auto")) {
    return(average)
  }
  if (is.logical(average)) {
    return(if (assert_flag(average, arg, call)) default_average else 0)
  }
  fine <- is.numeric(average) && length(average) == 1 && !is.na(average) &&
    average > 0 && average < 1
  if (!fine) {
    abort_argument(average, arg, "\"auto\", TRUE, FALSE or one number in (0, 1)", call)
  }
  as.double(average)
}
