# Where simulations in R can run: on mirai's daemons if the user has set them,
# else by the user's future plan, else here. A pool is a list of functions:
# `workers()`, how many there are now; `launch(f, arguments)`, which gives a task
# or NULL where none can be started; `done(task)`; `result(task)`, a list of
# `value` or of `lost`, the reason why there is none; and `cancel(tasks)`.

simulation_pool <- function() {
  # Neither can have been set without having been loaded.
  if (isNamespaceLoaded("mirai") && mirai::daemons_set()) {
    return(mirai_pool())
  }
  if (isNamespaceLoaded("future") &&
    !inherits(future::plan(), c("sequential", "transparent"))) {
    return(future_pool())
  }
  NULL
}

mirai_pool <- function() {
  list(
    workers = function() mirai::status()$connections,
    launch = function(f, arguments) {
      mirai::mirai(
        do.call(f, arguments),
        .args = list(f = f, arguments = arguments)
      )
    },
    done = function(task) !mirai::unresolved(task),
    result = function(task) {
      value <- task$data
      if (mirai::is_mirai_error(value)) {
        return(list(error = as.character(value)))
      }
      if (mirai::is_error_value(value)) {
        return(list(lost = paste("mirai error", unclass(value))))
      }
      list(value = value)
    },
    cancel = function(tasks) {
      for (task in tasks) mirai::stop_mirai(task)
    }
  )
}

future_pool <- function() {
  list(
    workers = function() min(future::nbrOfWorkers(), 1000),
    launch = function(f, arguments) {
      tryCatch(
        future::future(
          quote(do.call(f, arguments)),
          substitute = FALSE, globals = list(f = f, arguments = arguments),
          # Our own streams; their check would take them for R's.
          seed = NULL, stdout = FALSE
        ),
        FutureError = function(e) NULL
      )
    },
    done = function(task) {
      tryCatch(future::resolved(task), FutureError = function(e) TRUE)
    },
    result = function(task) {
      tryCatch(
        list(value = future::value(task)),
        FutureError = function(e) list(lost = conditionMessage(e)),
        error = function(e) list(error = conditionMessage(e))
      )
    },
    cancel = function(tasks) {
      # A function of later versions.
      cancel <- get0("cancel", envir = asNamespace("future"), mode = "function")
      if (!is.null(cancel)) for (task in tasks) try(cancel(task), silent = TRUE)
    }
  )
}
