# What runs on other R processes: base R alone, in base's namespace, so that
# sending it neither loads this package nor LibTorch there.

#' Calls `f` once for each of `arguments`
#'
#' @param arguments List of lists of arguments.
#' @param states Integer matrix: 6 words of R's generator "L'Ecuyer-CMRG" in a
#'   column for each call.
#' @param globals Named list: what `f` finds in the user's workspace.
#' @param packages Names of packages that `f` finds attached.
#' @return List of `outcomes`, a list of `list(value = )` or `list(error = )`
#'   for each call, and `warnings`, the first few messages.
#' @noRd
worker_run <- function(f, arguments, states, globals, packages) {
  global <- globalenv()
  kept <- c(".Random.seed", names(globals))
  before <- mget(kept, envir = global, inherits = FALSE, ifnotfound = list(NULL))
  there <- vapply(kept, exists, NA, envir = global, inherits = FALSE)
  on.exit({
    for (name in kept[there]) assign(name, before[[name]], envir = global)
    rm(list = intersect(kept[!there], ls(global, all.names = TRUE)), envir = global)
  })
  for (package in packages) {
    suppressPackageStartupMessages(
      library(package, character.only = TRUE, warn.conflicts = FALSE)
    )
  }
  for (name in names(globals)) assign(name, globals[[name]], envir = global)
  warnings <- character()
  run_one <- function(i) {
    # Inversion and rejection, as with_host_generator() has them.
    assign(".Random.seed", c(10407L, states[1:6, i]), envir = global)
    tryCatch(
      list(value = do.call(f, arguments[[i]], quote = TRUE)),
      error = function(e) {
        # Without a trace, which would hold all that the call saw.
        list(error = structure(
          list(message = conditionMessage(e), call = conditionCall(e)),
          class = class(e)
        ))
      }
    )
  }
  outcomes <- withCallingHandlers(
    lapply(seq_along(arguments), run_one),
    warning = function(w) {
      if (length(warnings) < 10) warnings <<- c(warnings, conditionMessage(w))
      invokeRestart("muffleWarning")
    }
  )
  list(outcomes = outcomes, warnings = warnings)
}
environment(worker_run) <- baseenv()
