#' What runs underneath: LibTorch, BLAS, CUDA, cores
#'
#' The first thing to look at, and to send along, when something is slow or
#' does not work.
#'
#' @param fit A fit, to see beside it how fast its training was; or `NULL`.
#' @return A list of class `amortflow_backend`:
#'   * `amortflow`: version of the package.
#'   * `libtorch`: version of the LibTorch that is loaded.
#'   * `libtorch_compiled`: version whose headers the package was compiled
#'     with. Reinstall the package where the two differ.
#'   * `libtorch_path`: the loaded library; `libtorch_found`: how `configure`
#'     came to it.
#'   * `cuda`: `TRUE` if LibTorch can use a CUDA device now; `cuda_built`:
#'     `TRUE` if this LibTorch was built for CUDA at all; `cuda_devices`: how
#'     many it sees.
#'   * `blas`: the library from which LibTorch takes its linear algebra;
#'     `blas_reference`: `TRUE` if that is the slow reference implementation.
#'   * `cores`: how many cores this R process may use.
#'   * `instruction_set`: which kernels run: `"portable"`, `"sse2"`, `"avx2"` or
#'     `"avx512"`. The environment variable `AMORTFLOW_ISA` chooses another.
#'   * `run`: of `fit`, else `NULL`: a list of `device` (`"cpu"` or `"cuda"`),
#'     `instruction_set`, `shards` (parts of a batch that can go side by side),
#'     `threads`, `seconds`, `waiting` (seconds of these spent waiting for
#'     simulations), `steps`, `simulations` (data sets trained on, each counted as
#'     often as it was used).
#'     `NULL`, too, for fits that were restored from files of earlier versions.
#'
#' @section Errors:
#' `amortflow_error_config` if `AMORTFLOW_ISA` names an instruction set that
#' does not exist or that this machine does not have;
#' `amortflow_error_argument` if `fit` is no fit.
#'
#' @examples
#' backend_info()
#' @export
backend_info <- function(fit = NULL) {
  if (!is.null(fit)) {
    assert_class(fit, "amortflow_fit", "a fit_*() function")
  }
  core <- call_core(core_backend_info())
  facts <- installed_backend_facts()
  path <- normalizePath(core$library, mustWork = FALSE)
  blas <- normalizePath(core$blas, mustWork = FALSE)
  structure(
    list(
      amortflow = as.character(utils::packageVersion("amortflow")),
      libtorch = libtorch_version(path, core$compiled_version),
      libtorch_compiled = core$compiled_version,
      libtorch_path = path,
      libtorch_found = facts[["Found"]],
      cuda = core$cuda_available,
      cuda_built = identical(facts[["CUDA"]], "yes"),
      cuda_devices = core$cuda_devices,
      blas = blas,
      blas_reference = is_reference_blas(blas),
      cores = core$cores,
      instruction_set = core$instruction_set,
      run = fit_speed(fit)
    ),
    class = "amortflow_backend"
  )
}

fit_speed <- function(fit) {
  if (!is.null(fit$speed)) {
    c(
      list(
        # Fits of before there were devices were made on the CPU.
        device = fit$versions$device %||% "cpu",
        instruction_set = fit$versions$instruction_set,
        shards = fit$spec$training$shards
      ),
      fit$speed
    )
  }
}

#' What `configure` wrote down, as a named character vector
#' @noRd
installed_backend_facts <- function() {
  read.dcf(system.file("backend.dcf", package = "amortflow"))[1, ]
}

#' The version of the library in a file
#'
#' Debian's file name ends in the version; an archive of PyTorch has a file
#' `build-version` beside its `lib` folder. Else what we were compiled with
#' is as good as can be known.
#' @noRd
libtorch_version <- function(path, compiled) {
  in_name <- regmatches(path, regexpr("[0-9]+([.][0-9]+)+$", path))
  if (length(in_name) == 1) {
    return(in_name)
  }
  build_version <- file.path(dirname(dirname(path)), "build-version")
  if (file.exists(build_version)) {
    return(readLines(build_version, n = 1, warn = FALSE))
  }
  compiled
}

#' Debian keeps the reference BLAS in a folder `blas`, R its own in libRblas
#' @noRd
is_reference_blas <- function(path) {
  basename(dirname(path)) == "blas" || grepl("^libRblas[.]", basename(path))
}

#' @export
format.amortflow_backend <- function(x, ...) {
  cuda <- if (x$cuda) {
    sprintf("%d device%s", x$cuda_devices, if (x$cuda_devices == 1) "" else "s")
  } else if (x$cuda_built) {
    "built in, but no device works"
  } else {
    "not in this LibTorch"
  }
  blas <- if (x$blas_reference) {
    paste(x$blas, "(reference BLAS: slow)")
  } else {
    x$blas
  }
  rows <- c(
    "amortflow" = x$amortflow,
    "LibTorch" = x$libtorch,
    "  library" = x$libtorch_path,
    "  found by" = paste("configure, in", x$libtorch_found),
    "CUDA" = cuda,
    "BLAS" = blas,
    "cores" = format(x$cores),
    "instruction set" = x$instruction_set,
    if (!is.null(x$run)) {
      c(
        "training" = sprintf(
          "%s, %s, %s", x$run$device, x$run$instruction_set,
          ngettext(x$run$shards, "1 shard", paste(x$run$shards, "shards"))
        ),
        "  speed" = describe_speed(x$run)
      )
    }
  )
  paste(formatC(names(rows), width = -15), unname(rows))
}

#' @export
print.amortflow_backend <- function(x, ...) {
  cat(format(x), sep = "\n")
  for (hint in backend_hints(x)) {
    cat("! ", hint, "\n", sep = "")
  }
  invisible(x)
}

#' What the user should know and mend, one sentence each
#' @noRd
backend_hints <- function(x) {
  minor <- function(version) {
    sub("^([0-9]+[.][0-9]+).*$", "\\1", version)
  }
  c(
    if (minor(x$libtorch) != minor(x$libtorch_compiled)) {
      sprintf(
        paste(
          "amortflow was compiled with LibTorch %s but %s is loaded:",
          "reinstall amortflow."
        ),
        x$libtorch_compiled, x$libtorch
      )
    },
    if (x$blas_reference) {
      paste(
        "The reference BLAS is many times slower than OpenBLAS",
        "(Debian and Ubuntu: apt-get install libopenblas0-pthread)."
      )
    }
  )
}
