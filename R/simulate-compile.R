# From source text to a shared object, once for each content: compiled in a
# folder of its own, then renamed into the cache, so that parallel R processes
# do not meet half a file.

simulator_cache <- function() {
  getOption("amortflow.cache", file.path(tempdir(), "amortflow"))
}

header_folder <- function() {
  system.file("include", package = "amortflow", mustWork = TRUE)
}

# Everything that decides what comes out of the compiler.
library_key <- function(code, debug) {
  headers <- list.files(header_folder(), "[.]hpp$", recursive = TRUE, full.names = TRUE)
  makeconf <- c(
    file.path(R.home("etc"), Sys.getenv("R_ARCH"), "Makeconf"),
    tools::makevars_user()
  )
  rlang::hash(list(
    code, debug, unname(tools::md5sum(headers)),
    unname(tools::md5sum(makeconf[file.exists(makeconf)])),
    R.version$platform
  ))
}

#' The shared object of a simulator's source
#'
#' @param code Source text, one string.
#' @param file Name under which the compiler's messages call it.
#' @param debug Check bounds.
#' @return Path of the shared object, compiled if it is not in the cache.
#' @noRd
compile_simulator <- function(code, file, debug, call) {
  cache <- simulator_cache()
  library <- file.path(cache, paste0(library_key(code, debug), .Platform$dynlib.ext))
  if (file.exists(library)) {
    return(library)
  }
  if (!dir.exists(cache) && !dir.create(cache, recursive = TRUE) && !dir.exists(cache)) {
    amortflow_abort(
      sprintf("The folder \"%s\" for compiled simulators cannot be made.", cache),
      "compile",
      hint = "See the option `amortflow.cache`.", call = call
    )
  }
  folder <- tempfile("compile-", tmpdir = cache)
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  built <- run_compiler(code, file, debug, folder)
  if (!file.exists(built$library)) {
    abort_compile(built$output, code, file, call)
  }
  # The name is the content: where another process was faster, nothing is lost.
  if (!file.rename(built$library, library) && !file.exists(library)) {
    amortflow_abort(
      sprintf("The compiled simulator cannot be moved to \"%s\".", library),
      "compile",
      call = call
    )
  }
  library
}

# Makevars, with a place for the folder of the headers.
compiler_settings <- function(debug) {
  c(
    "CXX_STD = CXX17",
    sprintf(
      "PKG_CPPFLAGS = -I\"@include@\"%s", if (debug) " -DAMORTFLOW_DEBUG" else ""
    ),
    "PKG_CXXFLAGS = -ffp-contract=off"
  )
}

run_compiler <- function(code, file, debug, folder) {
  before <- setwd(folder)
  on.exit(setwd(before))
  writeLines(
    gsub("@include@", header_folder(), compiler_settings(debug), fixed = TRUE),
    "Makevars"
  )
  writeLines(code, file, useBytes = TRUE)
  library <- paste0("simulator", .Platform$dynlib.ext)
  # R_TESTS and MAKEFLAGS are those of a check or a make that runs this session.
  output <- suppressWarnings(system2(
    file.path(R.home("bin"), "R"),
    c("CMD", "SHLIB", "-o", library, shQuote(file)),
    stdout = TRUE, stderr = TRUE, env = c("R_TESTS=", "MAKEFLAGS=")
  ))
  list(library = file.path(folder, library), output = output)
}

abort_compile <- function(output, code, file, call) {
  errors <- own_errors(output, code, file)
  if (length(errors) == 0) {
    errors <- utils::tail(output, 10)
  }
  amortflow_abort(
    paste(
      c(sprintf("`%s` cannot be compiled.", file), errors),
      collapse = "\n"
    ),
    "compile",
    hint = if (!any(grepl(": (fatal )?error:", output))) {
      "A C++17 compiler must be there, as for installing packages from source."
    },
    output = output, call = call
  )
}

# The compiler's errors that point at the user's own lines, each with its line.
own_errors <- function(output, code, file, most = 5) {
  place <- paste0("^(?:.*[/\\\\])?\\Q", file, "\\E:([0-9]+):(?:([0-9]+):)?")
  pattern <- paste0(place, "\\s+(?:fatal )?error: (.*)$")
  found <- grepl(pattern, output, perl = TRUE)
  if (!any(found)) {
    # An error within a header: the user's line is the one that led there.
    pattern <- paste0(place, "\\s+(required from.*|.*here)$")
    found <- grepl(pattern, output, perl = TRUE)
  }
  hits <- utils::head(output[found], most)
  line <- as.integer(sub(pattern, "\\1", hits, perl = TRUE))
  lines <- strsplit(code, "\n", fixed = TRUE)[[1]]
  as.vector(rbind(
    sprintf("line %d: %s", line, sub(pattern, "\\3", hits, perl = TRUE)),
    paste0("    ", trimws(lines[line]))
  ))
}
