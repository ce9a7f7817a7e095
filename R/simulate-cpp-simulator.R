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
#' Context values, several observables, a number of positions that varies,
#' settings, working memory and log likelihoods: see the header,
#' `system.file("include", "amortflow", "simulator.hpp", package =
#' "amortflow")`, which also lists the distributions, and the sources of
#' [example_simulator()].
#'
#' A simulation that cannot be done throws an exception. R must not be called,
#' and neither static variables nor `rand()` may be used: many threads run the
#' code at once.
#'
#' With `debug = TRUE`, what a simulation writes outside of its data (up to
#' 16,384 numbers away) is an error that says where, instead of damage to memory,
#' and what it reads beyond its parameters or context is NaN. It is slower.
#'
#' @section Packages:
#' A package can bring compiled simulators: the header says how it registers
#' them. Its users need no compiler and say `cpp_simulator(package = "itsname",
#' name = "sir")`.
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
#' @param settings Named list of numbers and numeric vectors that a struct's
#'   `make()` reads, or `NULL`; a named numeric vector is a list of numbers.
#' @param debug `TRUE` checks bounds, see below.
#' @param package,name Strings: a simulator that a package registered, in the
#'   place of `file` and `code`.
#' @return An `amortflow_simulator`: list of `name`, `file`, `code`,
#'   `settings`, `debug`, `key` (hash of code and settings), `has_log_lik`, and
#'   `shape`: `parameters` (how many), `observables` (list of `name`,
#'   `positions` (0: varies), `variables` and `names`) and `context` (named list
#'   of lengths).
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
cpp_simulator <- function(file = NULL, code = NULL, settings = NULL,
                          debug = FALSE, package = NULL, name = NULL) {
  call <- rlang::current_env()
  settings <- check_settings(settings, call)
  assert_flag(debug)
  if (!is.null(package) || !is.null(name)) {
    return(package_simulator(package, name, file, code, settings, call))
  }
  if (is.null(file) == is.null(code)) {
    amortflow_abort(
      paste0(
        "One of `file` and `code` must be given",
        if (is.null(file)) "." else ", not both."
      ),
      "argument"
    )
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
  new_cpp_simulator(paste(code, collapse = "\n"), file, settings, debug, call)
}

package_simulator <- function(package, name, file, code, settings, call) {
  if (!is.null(file) || !is.null(code)) {
    amortflow_abort(
      "`package` and `name` must stand in the place of `file` and `code`, not beside them.",
      "argument",
      call = call
    )
  }
  assert_string(package, call = call)
  assert_string(name, call = call)
  if (!requireNamespace(package, quietly = TRUE)) {
    amortflow_abort(
      sprintf("Package `%s` must be installed to bring simulator `%s`.", package, name),
      "simulator",
      call = call
    )
  }
  described_simulator(
    list(
      kind = "cpp", name = name, package = package, settings = settings,
      debug = FALSE, key = rlang::hash(list(package, name, settings))
    ),
    call
  )
}

check_settings <- function(settings, call) {
  if (length(settings) == 0) {
    return(NULL)
  }
  settings <- as.list(settings)
  fine <- rlang::is_named(settings) &&
    all(vapply(settings, rlang::is_bare_numeric, logical(1)))
  if (!fine) {
    abort_argument(settings, "settings", "named numbers and numeric vectors", call)
  }
  lapply(settings, as.double)
}

new_cpp_simulator <- function(code, file, settings, debug, call) {
  described_simulator(
    list(
      kind = "cpp", name = "", file = file, code = code, settings = settings,
      debug = debug, key = rlang::hash(list(code, settings, debug))
    ),
    call
  )
}

# With what the compiled code says of itself.
described_simulator <- function(simulator, call) {
  simulator <- structure(
    simulator,
    class = c("amortflow_cpp_simulator", "amortflow_simulator")
  )
  described <- call_core(
    core_describe_simulator(simulator_spec(simulator, call)),
    call = call
  )
  simulator$name <- described$name
  simulator$shape <- described$shape
  simulator$has_log_lik <- described$has_log_lik
  simulator
}

# What the core opens; compiles where that has not been done here.
simulator_spec <- function(simulator, call = rlang::caller_env()) {
  if (!is.null(simulator$package)) {
    # Its shared object registers the simulator when the package is loaded.
    loadNamespace(simulator$package)
    return(c(
      list(kind = "cpp", missing = isTRUE(simulator$missing)),
      simulator[c("package", "name", "settings")]
    ))
  }
  list(
    kind = "cpp",
    missing = isTRUE(simulator$missing),
    library = compile_simulator(
      simulator$code, simulator$file, simulator$debug, call
    ),
    settings = simulator$settings
  )
}

#' @export
format.amortflow_cpp_simulator <- function(x, ...) {
  d <- x$shape$parameters
  context <- names(x$shape$context)
  c(
    sprintf("<simulator in C++: %s>", x$name),
    sprintf(
      "  %.0f parameter%s%s -> %s", d, if (d == 1) "" else "s",
      if (length(context) == 0) "" else paste0(", context ", shown_list(context)),
      paste(vapply(x$shape$observables, shown_observable, ""), collapse = "; ")
    ),
    if (length(x$settings) > 0) {
      paste("  settings:", shown_settings(x$settings))
    },
    if (x$has_log_lik) "  with a log likelihood",
    if (isTRUE(x$debug)) "  bounds are checked (debug = TRUE)"
  )
}

shown_observable <- function(size) {
  paste0(
    if (nzchar(size$name)) paste0(size$name, ": "),
    shown_size(c(size$positions, size$variables))
  )
}

# 0 positions: their number varies.
shown_size <- function(size) {
  positions <- if (size[[1]] == 0) {
    "any number of positions"
  } else {
    sprintf("%.0f position%s", size[[1]], if (size[[1]] == 1) "" else "s")
  }
  sprintf(
    "%s x %.0f variable%s", positions, size[[2]], if (size[[2]] == 1) "" else "s"
  )
}

shown_settings <- function(settings) {
  values <- vapply(settings, function(x) {
    if (length(x) == 1) format(x, digits = 6) else sprintf("(%d numbers)", length(x))
  }, "")
  paste0(paste(names(values), values, sep = " = ", collapse = ", "), ".")
}
