#' A prior and a simulator together
#'
#' @section Context:
#' What varies by data set without being a parameter: the number of
#' observations, a design, known constants. It is drawn for every simulation,
#' handed to the simulator and to the networks, and given by `context =` for
#' observed data. As `context`:
#' * [priors()] notation, `priors(n ~ discrete_uniform(200, 300))`;
#' * a function of the number of data sets, which gives a data frame with one
#'   row each, or a named list whose elements have that leading dimension; it is
#'   called for 1000 at a time, of which those needed are taken;
#' * [per_batch()] of either, for what a whole batch shares;
#' * a list of these.
#'
#' A simulator in R takes context values as arguments of these names, one in C++
#' declares them by `sizes().context("n")`. A value called `n_obs` that is not
#' given with observed data is read off their length.
#'
#' @section Several observables:
#' A simulator may give several, as a named list (in C++ by
#' `sizes().observable("name")`). `observed` is then a named character vector,
#' `c(times = "exchangeable", survey = "vector")`, and data sets are named lists.
#'
#' @section Errors:
#' `amortflow_error_argument` for arguments of the wrong kind;
#' `amortflow_error_config` where prior, context, simulator and observables do
#' not fit together.
#'
#' @param prior A prior, from [priors()] or [prior_function()].
#' @param simulator A simulator, from [simulator()], [cpp_simulator()] or
#'   [example_simulator()].
#' @param observed What one data set is. `"vector"`: p numbers that each mean
#'   something of their own. `"exchangeable"`: n observations of v variables in
#'   no order (an n x v matrix). `"series"`: n observations of v variables in
#'   order (an n x v matrix). The number of observations may differ between data
#'   sets. It decides how data come back, and which summary network is the
#'   default. `"array"`: numbers on a line or a grid, such as an image or a
#'   field, as an array of one, two or three dimensions, the third being
#'   channels (colours, several fields). All data sets have one shape. Of a C++
#'   simulator, positions and variables are the two dimensions of the grid.
#' @param context What varies by data set, see below, or `NULL`.
#' @param log_lik The log likelihood, where it is known: a function of `theta`
#'   (named list), `data` (one data set as the simulator gives it; take variables
#'   by name, since `newdata` may have them in another order) and, where the
#'   model has one, `context` (named list), which gives one log density for each
#'   observation. `NULL`: that of the C++ simulator's code, if it has
#'   one. See [log_lik.amortflow_model()].
#' @return An `amortflow_model`: a list of the arguments and `name`.
#' @seealso [simulate.amortflow_model()], [example_model()].
#' @examples
#' model <- generative_model(
#'   priors(mu ~ normal(0, 1), sigma ~ exponential(1)),
#'   simulator(function(theta, n) rnorm(n, theta$mu, theta$sigma)),
#'   observed = "exchangeable",
#'   context = function(nsim) data.frame(n = sample(10:30, nsim, replace = TRUE)),
#'   log_lik = function(theta, data, context) {
#'     dnorm(data, theta$mu, theta$sigma, log = TRUE)
#'   }
#' )
#' model
#' @export
generative_model <- function(prior, simulator,
                             observed = c(
                               "vector", "exchangeable", "series", "array"
                             ),
                             context = NULL, log_lik = NULL) {
  call <- rlang::current_env()
  assert_class(prior, "amortflow_prior", "`priors()` or `prior_function()`")
  assert_class(
    simulator, "amortflow_simulator", "`simulator()` or `cpp_simulator()`"
  )
  observed <- assert_observed(observed, call)
  context <- as_context(context, call)
  check_names_apart(prior, context, call)
  check_log_lik(log_lik, call)
  check_observables(simulator, observed, call)
  check_shape(prior, simulator, observed, call)
  check_context(simulator, context, names(prior_dims(prior)), call)
  check_given_context(prior, context, call)
  refuse_plate_arrays(prior, observed, call)
  structure(
    list(
      prior = prior, simulator = simulator, observed = observed,
      context = context, log_lik = log_lik, name = simulator$name
    ),
    class = "amortflow_model"
  )
}

# One kind, or a named vector of kinds.
assert_observed <- function(observed, call) {
  kinds <- c("vector", "exchangeable", "series", "array")
  if (is.null(names(observed))) {
    observed <- assert_choice(observed, kinds, arg = "observed", call = call)
  } else {
    good <- is.character(observed) && all(observed %in% kinds) &&
      all(nzchar(names(observed))) && !anyDuplicated(names(observed))
    if (!good) {
      must <- "a named vector of \"vector\", \"exchangeable\", \"series\" or \"array\""
      abort_argument(observed, "observed", must, call)
    }
  }
  observed
}

refuse_plate_arrays <- function(prior, observed, call) {
  if (!is.null(plate_of(prior)) && "array" %in% observed) {
    amortflow_abort(
      "Groups of a plate must have rows of data, not arrays.", "config",
      hint = "Say `observed = \"exchangeable\"` or \"series\".", call = call
    )
  }
}

check_log_lik <- function(log_lik, call) {
  if (is.null(log_lik)) {
    return(invisible())
  }
  assert_function(log_lik, arg = "log_lik", call = call)
  if (length(formals(args(log_lik))) < 2) {
    must <- "a function of `theta`, `data` and `context`"
    abort_argument(log_lik, "log_lik", must, call)
  }
}

#' @export
format.amortflow_model <- function(x, ...) {
  shapes <- x$simulator$shape$observables
  observed <- vapply(seq_along(x$observed), function(k) {
    describe_observable(x$observed[[k]], names(x$observed)[k], shapes[[k]])
  }, "")
  c(
    sprintf("<generative model: %s>", x$name),
    "prior",
    paste0("  ", format(x$prior)),
    if (!is.null(x$context)) c("context", paste0("  ", format(x$context))),
    "simulator",
    paste0("  ", if (x$simulator$kind == "cpp") "C++" else "R function"),
    "observed",
    paste0("  ", observed),
    if (has_log_lik(x)) c("log likelihood", "  known")
  )
}

describe_observable <- function(observed, name, size) {
  what <- c(
    vector = "a vector", exchangeable = "exchangeable observations",
    series = "a series", array = "an array"
  )
  shape <- if (!is.null(size)) {
    if (observed == "vector") {
      sprintf(" of length %.0f", size$positions * size$variables)
    } else if (observed == "array") {
      paste(" of", shown_shape(compiled_shape(size)))
    } else {
      paste0(", ", shown_size(c(size$positions, size$variables)))
    }
  }
  paste0(
    if (!is.null(name) && !is.na(name)) paste0(name, ": "), what[[observed]],
    shape
  )
}

#' @export
print.amortflow_model <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

# Whether simulating enters R nowhere.
is_compiled_model <- function(model) {
  model$prior$kind == "priors" && model$simulator$kind == "cpp" && is_compiled_context(model$context)
}

#' What the core needs to simulate by itself
#'
#' @param batch How many consecutive simulations share values of per_batch().
#' @return List for the core's make_compiled_model(), or `NULL` where the prior,
#'   the context or the simulator is an R function.
#' @noRd
model_spec <- function(model, batch = context_batch,
                       call = rlang::caller_env()) {
  if (!is_compiled_model(model)) {
    return(NULL)
  }
  list(
    kind = "compiled", prior = prior_spec(model$prior),
    simulator = simulator_spec(model$simulator, call),
    observed = unname(model$observed), context = context_spec(model$context),
    batch = batch
  )
}
