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
    writeLines(c(build$makevars, sprintf("PKG_CPPFLAGS = -I\"%s\"", include)), "Makevars")
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
    key = rlang::hash(list(library_key(simulator$code), unname(tools::md5sum(glue)))),
    code = simulator$code, file = simulator$file,
    makevars = c("CXX_STD = CXX17", "PKG_CXXFLAGS = -ffp-contract=off"),
    package = "amortflow"
  )
}
