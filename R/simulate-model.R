#' A prior and a simulator together
#'
#' @section Errors:
#' `amortflow_error_argument` for arguments of the wrong kind;
#' `amortflow_error_config` where prior and simulator do not fit together.
#'
#' @param prior A prior, from [priors()] or [prior_function()].
#' @param simulator A simulator, from [simulator()], [cpp_simulator()] or
#'   [example_simulator()].
#' @param observed What one data set is. `"vector"`: p numbers that each mean
#'   something of their own. `"exchangeable"`: n observations of v variables in
#'   no order (an n x v matrix). `"series"`: n observations of v variables in
#'   order (an n x v matrix). It decides how data come back, and which summary
#'   network is the default. `"array"` is not offered yet.
#' @param context What varies by data set; not offered yet, must be `NULL`.
#' @param log_lik The log likelihood, where it is known; not offered yet, must
#'   be `NULL`.
#' @return An `amortflow_model`: a list of the arguments and `name`.
#' @seealso [simulate.amortflow_model()], [example_model()].
#' @examples
#' model <- generative_model(
#'   priors(mu ~ normal(0, 1), sigma ~ exponential(1)),
#'   simulator(function(theta) rnorm(30, theta$mu, theta$sigma)),
#'   observed = "exchangeable"
#' )
#' model
#' @export
generative_model <- function(prior, simulator,
                             observed = c(
                               "vector", "exchangeable", "series", "array"
                             ),
                             context = NULL, log_lik = NULL) {
  assert_class(prior, "amortflow_prior", "`priors()` or `prior_function()`")
  assert_class(
    simulator, "amortflow_simulator", "`simulator()` or `cpp_simulator()`"
  )
  observed <- assert_choice(
    observed, c("vector", "exchangeable", "series", "array")
  )
  refuse_unoffered(observed == "array", "observed = \"array\"")
  refuse_unoffered(!is.null(context), "context")
  refuse_unoffered(!is.null(log_lik), "log_lik")
  check_sizes(prior, simulator, observed, rlang::current_env())
  structure(
    list(
      prior = prior, simulator = simulator, observed = observed,
      context = NULL, log_lik = NULL, name = simulator$name
    ),
    class = "amortflow_model"
  )
}

refuse_unoffered <- function(asked, what, call = rlang::caller_env()) {
  if (asked) {
    amortflow_abort(
      sprintf("`%s` is not offered yet.", what), "argument",
      call = call
    )
  }
}

check_sizes <- function(prior, simulator, observed, call) {
  sizes <- simulator$sizes
  if (is.null(sizes)) {
    return(invisible())
  }
  d <- length(prior_variables(prior))
  if (sizes$parameters != d) {
    amortflow_abort(
      sprintf(
        "Simulator `%s` takes %d parameters, but the prior has %d.",
        simulator$name, sizes$parameters, d
      ),
      "config",
      hint = paste0("They are: ", paste(prior_variables(prior), collapse = ", "), "."),
      call = call
    )
  }
  if (observed == "series" && sizes$positions == 1 && sizes$variables > 1) {
    amortflow_abort(
      sprintf(
        "A series must have several positions, but simulator `%s` gives 1 position of %d variables.",
        simulator$name, sizes$variables
      ),
      "config",
      hint = sprintf(
        "Declare it as `amortflow::sizes().positions(%d)`.", sizes$variables
      ),
      call = call
    )
  }
}

#' @export
format.amortflow_model <- function(x, ...) {
  what <- c(
    vector = "a vector", exchangeable = "exchangeable observations",
    series = "a series"
  )
  sizes <- x$simulator$sizes
  shape <- if (!is.null(sizes)) {
    if (x$observed == "vector") {
      sprintf(" of length %d", sizes$positions * sizes$variables)
    } else {
      paste0(", ", shown_size(c(sizes$positions, sizes$variables)))
    }
  }
  c(
    sprintf("<generative model: %s>", x$name),
    "prior",
    paste0("  ", format(x$prior)),
    "simulator",
    paste0("  ", if (x$simulator$kind == "cpp") "C++" else "R function"),
    "observed",
    paste0("  ", what[[x$observed]], shape)
  )
}

#' @export
print.amortflow_model <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' What the core needs to simulate by itself
#'
#' @return List for the core's make_compiled_model(), or `NULL` where the prior
#'   or the simulator is an R function.
#' @noRd
model_spec <- function(model, call = rlang::caller_env()) {
  if (model$prior$kind != "priors" || model$simulator$kind != "cpp") {
    return(NULL)
  }
  simulator <- simulator_spec(model$simulator, call)
  list(
    kind = "compiled", prior = prior_spec(model$prior),
    library = simulator$library, settings = simulator$settings,
    observed = model$observed
  )
}
