#' A prior written as an R function
#'
#' For priors that [priors()] cannot express. They are drawn in R, so
#' simulation runs on R's thread.
#'
#' @section Errors:
#' `amortflow_error_prior`: draws that are not numeric, have no names, or
#' bounds that do not fit the parameters.
#'
#' @param f Function of no argument that returns one draw, or of one argument
#'   `n` that returns `n` draws. One draw is a named list (or named numeric
#'   vector) of scalars, vectors and arrays; `n` draws are a named list (or
#'   data frame) whose elements have a leading dimension of length `n`, or a
#'   numeric matrix with `n` rows and column names.
#' @param log_density Function of a named list in natural shapes (one draw)
#'   that returns its log density, one number; or `NULL` where it is not known.
#' @param lb,ub Numeric vector: bounds of the support, one number for all
#'   parameters, or named by parameter (`c(sigma = 0)`), others being free; or
#'   `NULL`.
#' @return An `amortflow_prior` as made by [priors()]. `f` is called once to
#'   learn the names and shapes; R's generator is left as it was.
#' @examples
#' prior <- prior_function(function() {
#'   mu <- rnorm(1)
#'   list(mu = mu, sigma = rexp(1), theta = rnorm(3, mu))
#' }, lb = c(sigma = 0))
#' sample_prior(prior, ndraws = 5, seed = 1)
#' @export
prior_function <- function(f, log_density = NULL, lb = NULL, ub = NULL) {
  call <- rlang::current_env()
  assert_function(f)
  if (!is.null(log_density)) {
    assert_function(log_density)
  }
  if (length(formals(args(f))) > 1) {
    abort_argument(f, "f", "a function of no argument or of `n` alone", call)
  }
  vectorized <- length(formals(args(f))) == 1
  trial <- with_host_generator(function(set_state) {
    set_state(host_streams(0, 1, 0)[7:12, 1])
    as_draw_list(if (vectorized) f(1) else f(), call)
  })
  dims <- lapply(trial, draw_dim, vectorized = vectorized)
  variables <- unlist(Map(element_names, names(dims), dims), use.names = FALSE)
  check_parameter_names(names(dims), call)
  structure(
    list(
      kind = "function", f = f, log_density = log_density,
      vectorized = vectorized, dims = dims, variables = variables,
      support = list(
        lower = read_bounds(lb, -Inf, "lb", dims, variables, call),
        upper = read_bounds(ub, Inf, "ub", dims, variables, call)
      )
    ),
    class = "amortflow_prior"
  )
}

as_draw_list <- function(draw, call) {
  if (is.matrix(draw)) {
    draw <- as.data.frame(draw, optional = TRUE)
  }
  draw <- as.list(draw)
  named <- length(draw) > 0 && !is.null(names(draw)) && all(nzchar(names(draw)))
  numeric <- vapply(draw, function(x) is.numeric(x) || is.logical(x), logical(1))
  if (!named || !all(numeric)) {
    amortflow_abort(
      sprintf(
        "Draws of a prior must be a named list of numbers, not %s.",
        describe_value(draw)
      ),
      "prior",
      call = call
    )
  }
  draw
}

draw_dim <- function(x, vectorized) {
  if (vectorized) {
    return(if (length(dim(x)) > 1) as.double(dim(x)[-1]))
  }
  if (!is.null(dim(x))) {
    return(as.double(dim(x)))
  }
  if (length(x) > 1) as.double(length(x))
}

read_bounds <- function(bounds, free, arg, dims, variables, call) {
  result <- rlang::set_names(rep(free, length(variables)), variables)
  if (is.null(bounds)) {
    return(result)
  }
  if (!is.numeric(bounds) || anyNA(bounds)) {
    abort_argument(bounds, arg, "numbers", call)
  }
  if (is.null(names(bounds))) {
    if (!length(bounds) %in% c(1, length(variables))) {
      must <- sprintf("1 or %d numbers", length(variables))
      abort_argument(bounds, arg, must, call)
    }
    result[] <- bounds
    return(result)
  }
  owner <- rep(names(dims), lengths(parameter_columns(dims)))
  for (name in names(bounds)) {
    at <- variables == name | owner == name
    if (!any(at)) {
      amortflow_abort(
        sprintf("`%s` names `%s`, which is no parameter.", arg, name), "prior",
        hint = nearest_hint(name, c(names(dims), variables)), call = call
      )
    }
    result[at] <- bounds[[name]]
  }
  result
}

# Draws number first_index, ..., as a matrix; see draw_simulations().
draw_prior_function <- function(prior, first_index, count, states) {
  draws <- matrix(NA_real_, count, length(prior$variables))
  colnames(draws) <- prior$variables
  failures <- no_failures()
  record <- function(index, message, error = NULL) {
    kind <- if (is.null(error)) "nonfinite" else "error"
    failures <<- add_failures(failures, index, message, kind, error)
  }
  pieces <- if (prior$vectorized) {
    grid_pieces(first_index, count)
  } else {
    as.list(seq_len(count))
  }
  with_host_generator(function(set_state) {
    for (rows in pieces) {
      set_state(states[7:12, rows[[1]]])
      drawn <- tryCatch(
        draw_matrix(prior, length(rows)),
        error = function(e) e
      )
      if (inherits(drawn, "error")) {
        problem <- paste("the prior raised an error:", conditionMessage(drawn))
        record(first_index + rows, problem, drawn)
      } else {
        draws[rows, ] <<- drawn
      }
    }
  })
  bad <- setdiff(which(rowSums(!is.finite(draws)) > 0), failures$index - first_index)
  record(first_index + bad, rep("the prior gave a value that is not finite", length(bad)))
  draws[failures$index - first_index, ] <- NA_real_
  list(parameters = draws, failures = failures)
}

draw_matrix <- function(prior, n) {
  draw <- if (prior$vectorized) prior$f(n) else prior$f()
  draw <- as_draw_list(draw, rlang::caller_env())
  missing <- setdiff(names(prior$dims), names(draw))
  if (length(missing) > 0) {
    amortflow_abort(sprintf("`%s` is missing.", missing[[1]]), "prior")
  }
  sizes <- lengths(parameter_columns(prior$dims))
  flat <- Map(function(value, size, name) {
    if (length(value) != n * size) {
      amortflow_abort(
        sprintf(
          "`%s` must have %d numbers, not %d.", name, n * size, length(value)
        ),
        "prior"
      )
    }
    matrix(as.double(value), n)
  }, draw[names(prior$dims)], sizes, names(prior$dims))
  do.call(cbind, unname(flat))
}

function_log_density <- function(prior, parameters, call) {
  if (is.null(prior$log_density)) {
    amortflow_abort(
      "The prior's density is not known: it is an R function that only draws.",
      "prior",
      hint = "Give `prior_function()` a `log_density`.", call = call
    )
  }
  columns <- parameter_columns(prior$dims)
  lower <- prior$support$lower
  upper <- prior$support$upper
  vapply(seq_len(nrow(parameters)), function(i) {
    row <- parameters[i, ]
    if (any(row < lower | row > upper)) {
      return(-Inf)
    }
    as.double(prior$log_density(natural_row(row, prior$dims, columns)))
  }, numeric(1))
}
