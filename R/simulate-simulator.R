#' A simulator written in R
#'
#' @section Randomness:
#' Each simulation finds R's generator in a state of its own, which depends on
#' the seed and the number of the simulation only; the generator is put back
#' afterwards. A vectorized simulator is called for up to 1000 simulations at a
#' time, so its numbers depend on where such a piece begins.
#'
#' @section Errors:
#' `amortflow_error_argument` for a function without arguments. That a model's
#' context lacks what it asks for, [generative_model()] tells. What goes wrong while it runs is `amortflow_error_simulator`, see
#' [simulate.amortflow_model()].
#'
#' @param f Function of `theta`, a named list of the parameters in their natural
#'   shapes: numbers, vectors (`dim = 3`), arrays (`dim = c(2, 3)`). Further
#'   arguments take context values of their names (all that are not named go to
#'   `...`, if there is one), or must have defaults. It returns one data set: a
#'   numeric vector, a matrix or a data frame (positions x variables), whose
#'   columns must all be numbers; where variables have names, these must always
#'   be the same, in any order. Several observables come as a named list of
#'   such. With `vectorized = TRUE` every element of `theta` and every context
#'   value has a leading dimension, the simulation, and so must the result: for
#'   vectors a matrix (simulation, variable), else an array (simulation,
#'   position, variable), a matrix (simulation, position), or an unnamed list
#'   of data sets that differ in length.
#' @param vectorized `TRUE` if `f` does many simulations in one call.
#' @return An `amortflow_simulator`.
#' @seealso [cpp_simulator()] for C++, which is faster by orders of magnitude
#'   and runs on all cores.
#' @examples
#' coin <- simulator(function(theta) rbinom(20, 1, theta$p))
#' model <- generative_model(
#'   priors(p ~ beta(1, 1)), coin,
#'   observed = "exchangeable"
#' )
#' dim(simulate(model, nsim = 10, seed = 1)$data)
#' @export
simulator <- function(f, vectorized = FALSE) {
  assert_function(f)
  assert_flag(vectorized)
  arguments <- as.list(formals(args(f)))
  if (length(arguments) == 0) {
    abort_argument(f, "f", "a function of `theta`", rlang::current_env())
  }
  required <- vapply(arguments[-1], function(value) {
    is.symbol(value) && !nzchar(as.character(value))
  }, logical(1))
  names <- names(arguments)[-1]
  structure(
    list(
      kind = "r", name = "R function", f = f, vectorized = vectorized,
      arguments = setdiff(names, "..."),
      required = setdiff(names[required], "..."), dots = "..." %in% names
    ),
    class = c("amortflow_r_simulator", "amortflow_simulator")
  )
}

#' @export
print.amortflow_simulator <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @export
format.amortflow_r_simulator <- function(x, ...) {
  c(
    sprintf("<simulator in R%s>", if (x$vectorized) ", vectorized" else ""),
    paste0("  ", utils::head(deparse(x$f), 6))
  )
}
