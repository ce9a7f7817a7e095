# C++ simulators on other R processes: their source travels, and is compiled
# there with inst/worker/run_simulator.cpp.

# Fewer than these are simulated before a worker has been asked.
fewest_for_workers <- 256

#' Base R alone, as worker_run(): on a worker, the simulator's library (from its
#' temporary folder, or compiled) and some rows.
#'
#' @param theta,context Matrices with a column for each row of the run.
#' @param build List of `key`, `code`, `file`, `makevars` (text) and `package`.
#' @return What amortflow_worker_run() gives, or list(problem = ).
#' @noRd
worker_run_cpp <- function(build, theta, context, indices, purposes, seed,
                           settings) {
  name <- paste0("amortflow_", build$key)
  dll <- getLoadedDLLs()[[name]]
  if (is.null(dll)) {
    folder <- tempfile("amortflow-")
    dir.create(folder)
    before <- setwd(folder)
    on.exit(setwd(before))
    include <- system.file("include", package = build$package)
    glue <- system.file("worker", "run_simulator.cpp", package = build$package)
    if (!nzchar(include) || !nzchar(glue)) {
      return(list(problem = sprintf("package %s is not installed there", build$package)))
    }
    writeLines(build$code, build$file, useBytes = TRUE)
    file.copy(glue, "amortflow_worker.cpp")
    writeLines(gsub("@include@", include, build$makevars, fixed = TRUE), "Makevars")
    library <- paste0(name, .Platform$dynlib.ext)
    output <- suppressWarnings(system2(
      file.path(R.home("bin"), "R"),
      c("CMD", "SHLIB", "-o", library, shQuote(build$file), "amortflow_worker.cpp"),
      stdout = TRUE, stderr = TRUE, env = c("R_TESTS=", "MAKEFLAGS=")
    ))
    if (!file.exists(library)) {
      return(list(problem = paste(
        c("the simulator cannot be compiled there:", output[max(1, length(output) - 9):length(output)]),
        collapse = "\n"
      )))
    }
    dll <- dyn.load(file.path(folder, library))
  }
  .Call(
    getNativeSymbolInfo("amortflow_worker_run", dll)$address, theta, context,
    indices, purposes, seed, settings
  )
}
environment(worker_run_cpp) <- baseenv()

worker_build <- function(simulator) {
  glue <- system.file("worker", "run_simulator.cpp", package = "amortflow")
  list(
    key = rlang::hash(list(
      library_key(simulator$code, simulator$debug), unname(tools::md5sum(glue))
    )),
    code = simulator$code, file = simulator$file,
    makevars = compiler_settings(simulator$debug), package = "amortflow"
  )
}

# The pool on which a C++ simulator runs `n` times, or NULL for here. Simulators
# of packages stay: workers would have to load these, and perhaps this one.
cpp_pool <- function(simulator, n) {
  if (n >= fewest_for_workers && is.null(simulator$package)) simulation_pool()
}

#' As core_run_simulator(), on the user's workers
#' @noRd
run_cpp_on_workers <- function(pool, model, parameters, context, range, tick,
                               call) {
  spec <- simulator_spec(model$simulator, call)
  context <- call_core(
    core_simulator_context(
      spec, context, context_variables(model$context) %||% character()
    ),
    call = call
  )
  given <- worker_rows(
    pool, model$simulator, parameters, context, range, tick, call
  )
  call_core(
    core_take_worker_rows(
      spec, model$observed == "vector", parameters, context, range$first_index,
      given
    ),
    call = call
  )
}

worker_rows <- function(pool, simulator, parameters, context, range, tick,
                        call) {
  n <- nrow(parameters)
  size <- chunk_calls(n, pool$workers())
  members <- function(i) seq.int((i - 1) * size + 1, min(i * size, n))
  build <- worker_build(simulator)
  settings <- lapply(simulator$settings, as.double)
  chunk <- function(i) {
    rows <- members(i)
    list(
      build = build, theta = t(parameters[rows, , drop = FALSE]),
      context = t(context[rows, , drop = FALSE]),
      indices = range$first_index + rows - 1, purposes = numeric(length(rows)),
      seed = range$seed, settings = settings
    )
  }
  parts <- list()
  take <- function(i, part) {
    if (nzchar(part$problem)) abort_worker(part$problem, call)
    part$failed <- part$failed + (i - 1) * size
    parts[[i]] <<- part
    tick(min(i * size, n))
    FALSE
  }
  distribute_chunks(pool, worker_run_cpp, ceiling(n / size), chunk, take, call)
  bind_worker_rows(parts)
}

bind_worker_rows <- function(parts) {
  all <- function(name) as.vector(unlist(lapply(parts, `[[`, name)))
  per_observable <- function(name) {
    lapply(seq_along(parts[[1]]$values), function(k) {
      as.double(unlist(lapply(parts, \(part) part[[name]][[k]])))
    })
  }
  list(
    abi = parts[[1]]$abi, failed = as.double(all("failed")),
    messages = as.character(all("messages")),
    lengths = per_observable("lengths"), values = per_observable("values")
  )
}
