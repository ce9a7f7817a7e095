# Hands chunks of work to a pool and takes their results in order. What ran on a
# worker that died runs again elsewhere.

# A chunk that three workers died of will kill the next one too.
most_losses <- 3

# Seconds without any worker, where there were some, after which the rest of the
# work is done here.
patience_for_workers <- 5

#' @param pool See simulation_pool().
#' @param n Number of chunks.
#' @param chunk Function of a chunk's number that gives the arguments of `f`.
#' @param take Function of a chunk's number and its value, called in order; `TRUE`
#'   ends the run.
#' @noRd
distribute_chunks <- function(pool, f, n, chunk, take, call) {
  state <- new.env()
  state$queue <- seq_len(n)
  state$running <- list()
  state$values <- list()
  state$losses <- integer(n)
  state$seen <- Sys.time()
  state$any_workers <- FALSE
  on.exit(pool$cancel(unname(state$running)))
  next_one <- 1
  pause <- 0.0005
  while (next_one <= n) {
    launch_chunks(state, pool, f, chunk, call)
    arrived <- collect_chunks(state, pool, call)
    while (next_one <= n && !is.null(state$values[[key(next_one)]])) {
      value <- state$values[[key(next_one)]]$value
      state$values[[key(next_one)]] <- NULL
      if (isTRUE(take(next_one, value))) {
        return(invisible())
      }
      next_one <- next_one + 1
    }
    pause <- if (arrived) 0.0005 else min(pause * 1.5, 0.02)
    if (!arrived) Sys.sleep(pause)
  }
}

key <- function(i) as.character(i)

seconds_since <- function(time) as.numeric(difftime(Sys.time(), time, units = "secs"))

# So many that no worker waits for the next chunk, and no more, because their
# results wait in memory. One runs in any case: what waits may wait for a chunk
# that was lost.
launch_chunks <- function(state, pool, f, chunk, call) {
  workers <- count_workers(state, pool)
  if (workers == 0 && state$any_workers && length(state$running) == 0) {
    return(run_here(state, f, chunk, call))
  }
  waiting <- length(state$running) + length(state$values)
  while (length(state$queue) > 0 &&
    (length(state$running) == 0 || waiting < 2 * max(workers, 1))) {
    i <- state$queue[[1]]
    task <- pool$launch(f, chunk(i))
    if (is.null(task)) {
      # A plan with a dead worker may start no others.
      return(if (length(state$running) == 0) run_here(state, f, chunk, call))
    }
    state$queue <- state$queue[-1]
    state$running[[key(i)]] <- task
    waiting <- waiting + 1
  }
}

# Asked for twice a second: the answer takes a message to the dispatcher.
count_workers <- function(state, pool) {
  now <- Sys.time()
  if (is.null(state$workers) || now - state$asked > 0.5) {
    state$workers <- pool$workers()
    state$asked <- now
    if (state$workers > 0) {
      state$any_workers <- TRUE
      state$seen <- now
    } else if (state$any_workers && seconds_since(state$seen) > patience_for_workers) {
      # Nobody will finish these, and one of them may be the cause.
      pool$cancel(unname(state$running))
      left <- as.integer(names(state$running))
      state$losses[left] <- state$losses[left] + 1L
      state$queue <- sort(c(left, state$queue))
      state$running <- list()
    }
  }
  state$workers
}

# One chunk on this machine, where there is no worker left: in this process, but
# once a worker died of some chunk in an R process of its own, because the next
# one may end it too.
run_here <- function(state, f, chunk, call) {
  if (length(state$queue) == 0) {
    return(invisible())
  }
  i <- state$queue[[1]]
  state$queue <- state$queue[-1]
  if (all(state$losses == 0)) {
    state$values[[key(i)]] <- list(value = do.call(f, chunk(i)))
    return(invisible())
  }
  result <- run_in_child(f, chunk(i))
  if (is.null(result$lost)) {
    state$values[[key(i)]] <- result
  } else {
    lose_chunk(state, i, result$lost, call)
  }
}

# `list(value = )`, or `list(lost = )` where the process ended before it was done.
run_in_child <- function(f, arguments) {
  folder <- tempfile("chunk-")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  given <- file.path(folder, "given.rds")
  done <- file.path(folder, "done.rds")
  saveRDS(list(f = f, arguments = arguments), given)
  script <- file.path(folder, "run.R")
  writeLines(c(
    sprintf("given <- readRDS(%s)", deparse(given)),
    "value <- do.call(given$f, given$arguments)",
    sprintf("saveRDS(value, %s)", deparse(done))
  ), script)
  status <- suppressWarnings(system2(
    file.path(R.home("bin"), "Rscript"), c("--no-save", shQuote(script)),
    stdout = FALSE, stderr = FALSE, env = "R_TESTS="
  ))
  if (status != 0 || !file.exists(done)) {
    return(list(lost = sprintf("an R process that ended with status %d", status)))
  }
  list(value = readRDS(done))
}

#' @return `TRUE` if a result came.
#' @noRd
collect_chunks <- function(state, pool, call) {
  done <- names(Filter(pool$done, state$running))
  for (name in done) {
    result <- pool$result(state$running[[name]])
    state$running[[name]] <- NULL
    if (!is.null(result$error)) abort_worker(result$error, call)
    if (is.null(result$lost)) {
      state$values[[name]] <- result
    } else {
      lose_chunk(state, as.integer(name), result$lost, call)
    }
  }
  length(done) > 0
}

lose_chunk <- function(state, i, reason, call) {
  state$losses[[i]] <- state$losses[[i]] + 1L
  if (state$losses[[i]] >= most_losses) {
    amortflow_abort(
      sprintf(
        "The same chunk of simulations was lost with %d workers, the last time by: %s.",
        most_losses, sub("[.]$", "", reason)
      ),
      "worker",
      hint = paste(
        "Does the simulator end R, or need more memory than a worker has?",
        "Without workers it runs in this process."
      ),
      call = call
    )
  }
  state$queue <- sort(c(i, state$queue))
}

# The simulator's own errors are results; this one kept it from being called.
abort_worker <- function(message, call) {
  amortflow_abort(
    sprintf("A worker cannot run the simulator: %s.", sub("[.\n]+$", "", message)),
    "worker",
    hint = "Are the packages that it needs installed there?", call = call
  )
}

# How many calls of a simulator go to a worker at a time: enough that sending
# them costs little, few enough that all workers end together. What comes out
# does not depend on it.
chunk_calls <- function(n, workers) {
  size <- getOption("amortflow.chunk_size")
  if (is.null(size)) {
    return(max(1, min(1000, ceiling(n / (4 * max(workers, 1))))))
  }
  assert_count(size, arg = "options(amortflow.chunk_size)")
}

#' Calls of a simulator, one after the other here, or on the user's workers
#'
#' @param arguments Function of the number of a call, from 1 to `n`, that gives
#'   the list of its arguments.
#' @param states Integer matrix with a column for each call, see worker_run().
#' @param take Function of the number of a call and its outcome, `list(value = )`
#'   or `list(error = )`, called in order; `TRUE` ends the run.
#' @noRd
run_calls <- function(f, n, arguments, states, take, call) {
  pool <- if (n > 0) simulation_pool()
  if (is.null(pool)) {
    return(run_calls_here(f, n, arguments, states, take))
  }
  size <- chunk_calls(n, pool$workers())
  needs <- find_globals(f)
  members <- function(i) seq.int((i - 1) * size + 1, min(i * size, n))
  chunk <- function(i) {
    list(
      f = f, arguments = lapply(members(i), arguments),
      states = states[, members(i), drop = FALSE], globals = needs$globals,
      packages = needs$packages
    )
  }
  take_chunk <- function(i, value) {
    for (message in value$warnings) warning(message, call. = FALSE)
    for (k in seq_along(value$outcomes)) {
      if (isTRUE(take(members(i)[[k]], value$outcomes[[k]]))) {
        return(TRUE)
      }
    }
  }
  distribute_chunks(pool, worker_run, ceiling(n / size), chunk, take_chunk, call)
}

run_calls_here <- function(f, n, arguments, states, take) {
  with_host_generator(function(set_state) {
    for (i in seq_len(n)) {
      given <- arguments(i)
      set_state(states[1:6, i])
      outcome <- tryCatch(
        list(value = do.call(f, given, quote = TRUE)),
        error = function(e) list(error = e)
      )
      if (isTRUE(take(i, outcome))) break
    }
  })
}
