#' A simulator written in C++
#'
#' Compiles C++ code that includes `<amortflow/simulator.hpp>` and registers one
#' simulator by the macro `AMORTFLOW_SIMULATOR`. It then runs on all cores; each
#' simulation has a random stream of its own (Philox4x32-10, counted by seed
#' and number of the simulation), so results do not depend on threads.
#'
#' @section Writing one:
#' A function reads the parameters `theta`, in the order of the prior, and
#' writes one data set into `out`, position by position:
#' ```cpp
#' #include <amortflow/simulator.hpp>
#'
#' void coin(const double* theta, double* out, amortflow::rng& random) {
#'   for (int i = 0; i < 20; ++i) {
#'     out[i] = amortflow::binomial(random, 1, theta[0]);
#'   }
#' }
#' AMORTFLOW_SIMULATOR(coin, amortflow::sizes().parameters(1).positions(20))
#' ```
#' Where there are settings or working memory, a struct takes the place of the
#' function; see the header, `system.file("include", "amortflow",
#' "simulator.hpp", package = "amortflow")`, which also lists the
#' distributions, and the sources of [example_simulator()].
#'
#' A simulation that cannot be done throws an exception. R must not be called,
#' and neither static variables nor `rand()` may be used: many threads run the
#' code at once.
#'
#' @section Cache:
#' The code is compiled once for each content, for this session; with
#' `options(amortflow.cache = "folder")` once for all sessions that use that
#' folder. The object holds the source, so that it can be saved, sent to other
#' processes and compiled there.
#'
#' @section Errors:
#' `amortflow_error_compile`, with the compiler's complaints about the lines of
#' the code (all of its output is field `output`); `amortflow_error_simulator`
#' for code without a simulator or settings that it refuses.
#'
#' @param file Path of one C++ file.
#' @param code The same as text: a character vector. One of the two.
#' @param settings Named numeric vector or list of numbers that a struct's
#'   `make()` reads, or `NULL`.
#' @return An `amortflow_simulator`: list of `name`, `file`, `code`,
#'   `settings`, `key` (hash of code and settings) and `sizes` (`parameters`,
#'   `positions`, `variables`).
#' @examples
#' coin <- cpp_simulator(code = "
#'   #include <amortflow/simulator.hpp>
#'   void coin(const double* theta, double* out, amortflow::rng& random) {
#'     for (int i = 0; i < 20; ++i) {
#'       out[i] = amortflow::binomial(random, 1, theta[0]);
#'     }
#'   }
#'   AMORTFLOW_SIMULATOR(coin, amortflow::sizes().parameters(1).positions(20))
#' ")
#' coin
#' @export
cpp_simulator <- function(file = NULL, code = NULL, settings = NULL) {
  call <- rlang::current_env()
  if (is.null(file) == is.null(code)) {
    amortflow_abort("One of `file` and `code` must be given.", "argument")
  }
  if (is.null(file)) {
    file <- "simulator.cpp"
  } else {
    assert_string(file)
    if (!file.exists(file)) {
      amortflow_abort(
        sprintf("`file` must exist: there is no \"%s\".", file), "argument"
      )
    }
    code <- readLines(file, warn = FALSE, encoding = "UTF-8")
    # A name that make and the shell can do with.
    file <- gsub("[^A-Za-z0-9_.-]", "_", basename(file))
    file <- sub("([.](cpp|cc|cxx|hpp|h))?$", ".cpp", file)
  }
  if (!is.character(code) || length(code) == 0 || anyNA(code)) {
    abort_argument(code, "code", "text", call)
  }
  settings <- check_settings(settings, call)
  new_cpp_simulator(paste(code, collapse = "\n"), file, settings, call)
}

check_settings <- function(settings, call) {
  if (length(settings) == 0) {
    return(NULL)
  }
  settings <- as.list(settings)
  fine <- rlang::is_named(settings) &&
    all(vapply(settings, rlang::is_bare_numeric, logical(1), n = 1))
  if (!fine) {
    abort_argument(settings, "settings", "named numbers", call)
  }
  lapply(settings, as.double)
}

new_cpp_simulator <- function(code, file, settings, call) {
  simulator <- structure(
    list(
      kind = "cpp", name = "", file = file, code = code, settings = settings,
      key = rlang::hash(list(code, settings)), sizes = NULL
    ),
    class = c("amortflow_cpp_simulator", "amortflow_simulator")
  )
  described <- call_core(
    core_describe_simulator(simulator_spec(simulator, call)),
    call = call
  )
  simulator$name <- described$name
  simulator$sizes <- described[c("parameters", "positions", "variables")]
  simulator
}

# What the core opens; compiles where that has not been done here.
simulator_spec <- function(simulator, call = rlang::caller_env()) {
  list(
    kind = "cpp",
    library = compile_simulator(simulator$code, simulator$file, call),
    settings = simulator$settings
  )
}

#' @export
format.amortflow_cpp_simulator <- function(x, ...) {
  sizes <- x$sizes
  c(
    sprintf("<simulator in C++: %s>", x$name),
    sprintf(
      "  %d parameter%s -> %s", sizes$parameters,
      if (sizes$parameters == 1) "" else "s",
      shown_size(c(sizes$positions, sizes$variables))
    ),
    if (length(x$settings) > 0) {
      paste("  settings:", shown_parameters(unlist(x$settings)))
    }
  )
}
