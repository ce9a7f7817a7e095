#' Base distributions of flows
#'
#' What a flow turns parameters into, and draws from: see
#' [inference_coupling_flow()].
#'
#' @section Shape:
#' d numbers for d parameters.
#'
#' @section Formula:
#' * `base_normal()`: independent standard normals.
#' * `base_student()`: independent Student t of unit scale; `df` degrees of
#'   freedom, or a number learned for each.
#' * `base_mixture()`: a mixture of `components` normals with diagonal
#'   covariance, whose weights, means and standard deviations are learned;
#'   means start as draws from normal(0, sqrt(1/2)), standard deviations at
#'   sqrt(1/2).
#'
#' @section Use when:
#' the normal one, unless posteriors have tails heavier than normal ones, which
#' no flow that is linear in its tails can make from a normal base
#' (`base_student()`), or separated modes, between which a flow from one mode
#' leaves bridges (`base_mixture()`).
#'
#' @param df Number from 0.5 to 10,000: degrees of freedom, where they start if
#'   they are learned.
#' @param components Whole number: components of the mixture.
#' @param learned `TRUE` if the base is learned with the flow; `FALSE` keeps it
#'   as it starts.
#' @return A base distribution, a plain list for [inference_coupling_flow()].
#' @section Errors:
#' `amortflow_error_argument` for a number out of range.
#' @references
#' Jaini, Kobyzev, Yu and Brubaker (2020). Tails of Lipschitz triangular flows.
#' *ICML 37*.
#'
#' Laszkiewicz, Lederer and Fischer (2022). Marginal tail-adaptive normalizing
#' flows. *ICML 39*.
#'
#' Izmailov, Kirichenko, Finzi and Wilson (2020). Semi-supervised learning with
#' normalizing flows. *ICML 37*.
#' @examples
#' inference_coupling_flow(base = base_student())
#' inference_coupling_flow(transform = "spline", base = base_mixture(components = 2))
#' @name base_distributions
NULL

new_base <- function(kind, fields = list()) {
  structure(c(list(kind = kind), fields), class = "amortflow_base")
}

#' @rdname base_distributions
#' @export
base_normal <- function() {
  new_base("normal")
}

#' @rdname base_distributions
#' @export
base_student <- function(df = 10, learned = TRUE) {
  new_base("student", list(
    df = assert_number(df, lower = 0.5, upper = 1e4),
    learned = assert_flag(learned)
  ))
}

#' @rdname base_distributions
#' @export
base_mixture <- function(components = 4, learned = TRUE) {
  new_base("mixture", list(
    components = assert_size(components, upper = 1000),
    learned = assert_flag(learned)
  ))
}

#' @export
format.amortflow_base <- function(x, ...) {
  fields <- unclass(x)[-1]
  shown <- paste(names(fields), "=", vapply(fields, format, ""), recycle0 = TRUE)
  sprintf("base_%s(%s)", x$kind, paste(shown, collapse = ", "))
}

#' @export
print.amortflow_base <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' Accept a base, also without its class, as it comes back from a file
#' @noRd
as_base <- function(base, arg = rlang::caller_arg(base),
                    call = rlang::caller_env()) {
  constructors <- list(
    normal = base_normal, student = base_student, mixture = base_mixture
  )
  if (is.list(base) && is_text(base$kind) && base$kind %in% names(constructors)) {
    return(do.call(constructors[[base$kind]], unclass(base)[-1]))
  }
  assert_class(
    base, "amortflow_base", "base_normal(), base_student() or base_mixture()", arg, call
  )
}
