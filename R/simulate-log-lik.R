#' The log likelihood of a model that knows it
#'
#' @section Errors:
#' * `amortflow_error_unsupported`: the model knows no log likelihood.
#' * `amortflow_error_simulator`: it raised an error, or gave another number of
#'   values than before; with `index`, the draw.
#' * `amortflow_error_argument`: `parameters` or `newdata` do not fit the model.
#'
#' @param object A model, from [generative_model()] with `log_lik =`, or with a
#'   C++ simulator that registers one.
#' @param parameters Draws in any format of the posterior package, a matrix, a
#'   data frame, or a named vector: one column per parameter of the prior.
#' @param newdata One data set, as [sample_posterior()] takes it.
#' @param context Named list of context values, where the model has context.
#' @param ... Must be empty.
#' @return Numeric matrix S x N (draw, observation) of log densities, as
#'   [loo::loo()] takes it. With `observed = "vector"` and an R function,
#'   N is the number of values that it gives.
#' @examples
#' model <- generative_model(
#'   priors(mu ~ normal(0, 1)),
#'   simulator(function(theta) rnorm(5, theta$mu)),
#'   observed = "exchangeable",
#'   log_lik = function(theta, data) dnorm(data, theta$mu, log = TRUE)
#' )
#' log_lik(model, c(mu = 0.3), c(0.1, -0.2, 1, 0.4, 0.2))
#' @export
log_lik.amortflow_model <- function(object, parameters, newdata,
                                    context = NULL, ...) {
  call <- rlang::current_env()
  assert_no_dots(...)
  if (!has_log_lik(object)) {
    amortflow_abort(
      "The model must know its log likelihood, which it does not.",
      "unsupported",
      hint = "Give `log_lik =` to generative_model().", call = call
    )
  }
  parameters <- model_parameters(object, parameters, call)
  blocks <- model_data_set(object, newdata, call)
  context <- model_context(object, context, blocks, call)
  log_lik_function(object, blocks, context, call)(parameters)
}

#' The pointwise log likelihood of one data set that has been read
#'
#' What does not depend on parameters is done once: samplers ask for a few rows, many times.
#'
#' @param blocks Rows of each observable.
#' @param context Matrix of one row.
#' @return Function of a matrix of parameters, columns in the order of the prior's variables, and of `may_miss` (may
#'   densities of an R function be NaN, instead of an error?): a matrix (row of parameters, observation).
#' @noRd
log_lik_function <- function(model, blocks, context, call) {
  if (!is.null(model$log_lik)) {
    return(host_log_lik(model, blocks, context, call))
  }
  spec <- simulator_spec(model$simulator, call)
  names <- context_variables(model$context) %||% character()
  positions <- positions_of(blocks, model, call)
  function(parameters, may_miss = FALSE) {
    call_core(core_log_lik(spec, parameters, context, names, positions), call = call)
  }
}

has_log_lik <- function(model) {
  !is.null(model$log_lik) || isTRUE(model$simulator$has_log_lik)
}

model_parameters <- function(model, parameters, call) {
  if (missing(parameters)) {
    abort_missing_parameters(call)
  }
  if (posterior::is_draws(parameters)) {
    parameters <- unclass(posterior::as_draws_matrix(parameters))
  } else if (is.atomic(parameters) && is.null(dim(parameters))) {
    parameters <- rbind(parameters, deparse.level = 0)
  }
  parameter_table(
    list(spec = list(variables = prior_variables(model$prior))), parameters, call
  )
}

model_data_set <- function(model, newdata, call) {
  if (missing(newdata)) {
    amortflow_abort("`newdata` must be given.", "argument", call = call)
  }
  tryCatch(
    set_blocks(newdata, model$observed),
    amortflow_error_output = function(e) {
      message <- sub("^it gave ", "", conditionMessage(e))
      amortflow_abort(
        sprintf("`newdata` must be one data set of the model, but is %s", message),
        "argument",
        call = call
      )
    }
  )
}

model_context <- function(model, context, blocks, call) {
  sets <- list(data = blocks, n = 1)
  read_context(
    list(context = context_variables(model$context)), context, sets, call
  )
}

# What a compiled log likelihood reads: positions as the simulator counts them,
# with its variables in its order.
positions_of <- function(blocks, model, call) {
  Map(function(rows, observed, size) {
    values <- rows$values
    if (observed == "vector") {
      check_data_size(length(values), size$positions * size$variables, "numbers", call)
      if (size$positions == 1) values <- named_in_order(values, size$names, call)
      return(matrix(values, ncol = size$variables, byrow = TRUE))
    }
    if (observed == "array") {
      check_data_size(length(values), size$positions * size$variables, "numbers", call)
      return(matrix(values, ncol = size$variables, byrow = TRUE))
    }
    check_data_size(ncol(values), size$variables, "variables", call)
    if (size$positions > 0) {
      check_data_size(nrow(values), size$positions, "positions", call)
    }
    unname(named_in_order(values, size$names, call))
  }, blocks, unname(model$observed), model$simulator$shape$observables)
}

check_data_size <- function(given, expected, what, call) {
  if (given != expected) {
    amortflow_abort(
      sprintf(
        "`newdata` must have %.0f %s, as the simulator says, not %.0f.",
        expected, what, given
      ),
      "argument",
      call = call
    )
  }
}

named_in_order <- function(values, names, call) {
  if (length(names) == 0 || is.null(colnames(values))) {
    return(values)
  }
  if (!same_variables(colnames(values), names)) {
    amortflow_abort(
      sprintf(
        "`newdata` must have the variables %s, not %s.", shown_list(names),
        shown_list(colnames(values))
      ),
      "argument",
      call = call
    )
  }
  in_order_of(values, names)
}

host_log_lik <- function(model, blocks, context, call) {
  natural <- natural_reader(prior_dims(model$prior))
  data <- natural_data(blocks, model$observed)
  f <- model$log_lik
  if (length(formals(args(f))) > 2) {
    given <- natural_context(model$context, context, FALSE)
    at <- function(theta) f(theta, data, given)
  } else {
    at <- function(theta) f(theta, data)
  }
  function(parameters, may_miss = FALSE) {
    rows <- vector("list", nrow(parameters))
    i <- 0
    tryCatch(
      for (i in seq_along(rows)) rows[i] <- list(at(natural(parameters[i, ]))),
      error = function(e) abort_log_lik("raised an error", i, parameters, call, e)
    )
    check_log_lik_rows(rows, parameters, may_miss, call)
    matrix(as.double(unlist(rows)), nrow(parameters), byrow = TRUE)
  }
}

check_log_lik_rows <- function(rows, parameters, may_miss, call) {
  for (i in seq_along(rows)) {
    if (!is.numeric(rows[[i]]) || (!may_miss && anyNA(rows[[i]]))) {
      problem <- sprintf("gave %s, not log densities", describe_value(rows[[i]]))
      abort_log_lik(problem, i, parameters, call)
    }
    if (length(rows[[i]]) != length(rows[[1]])) {
      problem <- sprintf(
        "gave %s where the first draw gave %d numbers",
        describe_value(rows[[i]]), length(rows[[1]])
      )
      abort_log_lik(problem, i, parameters, call)
    }
  }
}

# natural_row() for many rows of one prior, one at a time.
natural_reader <- function(dims) {
  columns <- parameter_columns(dims)
  arrays <- which(lengths(dims) > 1)
  function(row) {
    row <- unname(row)
    values <- lapply(columns, \(column) row[column])
    for (k in arrays) dim(values[[k]]) <- dims[[k]]
    values
  }
}

# One data set as simulators give it: vectors where there is one variable.
natural_data <- function(blocks, observed) {
  data <- Map(function(rows, observed) {
    values <- rows$values
    if (observed == "array") {
      return(one_array(rows))
    }
    if (observed == "vector" || (ncol(values) == 1 && is.null(colnames(values)))) {
      return(rlang::set_names(as.vector(values), if (observed == "vector") colnames(values)))
    }
    values
  }, blocks, unname(observed))
  if (is_named_data(observed)) rlang::set_names(data, names(observed)) else data[[1]]
}

abort_log_lik <- function(problem, i, parameters, call, parent = NULL) {
  amortflow_abort(
    sprintf("The log likelihood %s at draw %d.", problem, i), "simulator",
    hint = paste("Its parameters:", shown_parameters(parameters[i, ])),
    index = i, parent = parent, call = call
  )
}

#' @export
log_lik.amortflow_fit <- function(object, ...) {
  amortflow_abort(
    "`object` must be a model: this fit has learned no likelihood.",
    "unsupported",
    hint = "Where the model knows it: log_lik(fit$model, parameters, newdata)."
  )
}
