#' A prior written as an R function
#'
#' For priors that [priors()] cannot express. They are drawn in R, so
#' simulation runs on R's thread.
#'
#' @section Errors:
#' `amortflow_error_prior`: a function that raises an error; draws that are not
#' numeric, not finite, have no names, or lie outside the bounds; bounds that do
#' not fit the parameters or leave nothing between them. Where this happens only
#' while draws are made, it is `amortflow_error_simulator`.
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
#'   `NULL`. They are checked, not imposed: `f` must draw within them.
#' @return An `amortflow_prior` as made by [priors()]. `f` is called once (for 3
#'   draws, if it takes `n`) to learn the names and shapes; R's generator is left
#'   as it was.
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
  trial <- trial_draw(f, vectorized, call)
  if (vectorized) {
    check_leading_dimension(trial, call)
  }
  dims <- lapply(trial, draw_dim, vectorized = vectorized)
  variables <- unlist(Map(element_names, names(dims), dims), use.names = FALSE)
  check_parameter_names(names(dims), call)
  support <- list(
    lower = read_bounds(lb, -Inf, "lb", dims, variables, call),
    upper = read_bounds(ub, Inf, "ub", dims, variables, call)
  )
  check_bounds(support, call)
  check_trial(trial, variables, support, call)
  structure(
    list(
      kind = "function", f = f, log_density = log_density,
      vectorized = vectorized, dims = dims, variables = variables,
      support = support
    ),
    class = "amortflow_prior"
  )
}

# Other than the size of a likely dimension of length 1, so that a function that
# ignores its `n` is found out.
trial_draws <- 3

# One draw, or some of a vectorized function, from which names and shapes are
# learnt.
trial_draw <- function(f, vectorized, call) {
  draw <- tryCatch(
    with_host_generator(function(set_state) {
      set_state(host_streams(0, 1, 0)[7:12, 1])
      if (vectorized) f(trial_draws) else f()
    }),
    error = function(e) {
      amortflow_abort(
        sprintf(
          "`%s` must give a draw, but it raised an error.",
          if (vectorized) sprintf("f(%d)", trial_draws) else "f()"
        ),
        "prior",
        call = call, parent = e
      )
    }
  )
  as_draw_list(draw, call)
}

check_leading_dimension <- function(trial, call) {
  for (name in names(trial)) {
    value <- trial[[name]]
    if ((dim(value) %||% length(value))[[1]] != trial_draws) {
      amortflow_abort(
        sprintf(
          "`f(%d)` must give %d draws, but its `%s` is %s.", trial_draws,
          trial_draws, name, describe_value(value)
        ),
        "prior",
        hint = "Every element must have a leading dimension of length `n`; a function of no argument gives one draw.",
        call = call
      )
    }
  }
}

check_bounds <- function(support, call) {
  bad <- which(support$lower >= support$upper)
  if (length(bad) > 0) {
    name <- names(support$lower)[[bad[[1]]]]
    amortflow_abort(
      sprintf(
        "`lb` must be below `ub`: for `%s` they are %s and %s.", name,
        format(support$lower[[name]]), format(support$upper[[name]])
      ),
      "prior",
      variable = name, call = call
    )
  }
}

check_trial <- function(trial, variables, support, call) {
  draw <- matrix(
    as.double(unlist(trial)),
    ncol = length(variables), dimnames = list(NULL, variables)
  )
  bad <- which(!is.finite(draw))
  if (length(bad) > 0) {
    amortflow_abort(
      sprintf(
        "Draws of a prior must be finite, but `f` gave `%s` = %s.",
        variables[[col(draw)[[bad[[1]]]]]], format(draw[[bad[[1]]]])
      ),
      "prior",
      call = call
    )
  }
  outside <- outside_support(draw, support)
  if (length(outside$row) > 0) {
    amortflow_abort(
      sprintf("Draws must lie within `lb` and `ub`, but %s.", outside$message[[1]]),
      "prior",
      hint = "Let `f` draw within its bounds, or change them.", call = call
    )
  }
}

# Rows of draws that leave the support, and of each what is wrong.
outside_support <- function(draws, support) {
  outside <- t(draws) < support$lower | t(draws) > support$upper
  outside[is.na(outside)] <- FALSE
  row <- which(colSums(outside) > 0)
  message <- vapply(row, function(i) {
    at <- which(outside[, i])[[1]]
    sprintf(
      "the prior gave `%s` = %s, outside its bounds [%s, %s]",
      colnames(draws)[[at]], format(draws[[i, at]]),
      format(support$lower[[at]]), format(support$upper[[at]])
    )
  }, "")
  list(row = row, message = message)
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
  drawn <- draw_pieces(prior, first_index, count, states)
  draws <- drawn$draws
  failures <- drawn$failures
  record <- function(rows, message, kind) {
    failures <<- add_failures(failures, first_index + rows, message, kind)
    draws[rows, ] <<- NA_real_
  }
  failed <- failures$index - first_index
  bad <- setdiff(which(rowSums(!is.finite(draws)) > 0), failed)
  record(bad, "the prior gave a value that is not finite", "nonfinite")
  outside <- outside_support(draws, prior$support)
  record(outside$row, outside$message, "bounds")
  # In the order of the draws.
  list(parameters = draws, failures = merge_failures(failures, no_failures()))
}

# What the function gives, with NA where it raised an error.
draw_pieces <- function(prior, first_index, count, states) {
  draws <- matrix(NA_real_, count, length(prior$variables))
  colnames(draws) <- prior$variables
  failures <- no_failures()
  pieces <- if (prior$vectorized) {
    grid_pieces(first_index, count)
  } else {
    as.list(seq_len(count))
  }
  with_host_generator(function(set_state) {
    for (rows in pieces) {
      set_state(states[7:12, rows[[1]]])
      drawn <- tryCatch(draw_matrix(prior, length(rows)), error = function(e) e)
      if (inherits(drawn, "error")) {
        problem <- paste("the prior raised an error:", conditionMessage(drawn))
        failures <<- add_failures(
          failures, first_index + rows, problem, "error", drawn
        )
      } else {
        draws[rows, ] <<- drawn
      }
    }
  })
  list(draws = draws, failures = failures)
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
    draw_log_density(prior, natural_row(row, prior$dims, columns), i, call)
  }, numeric(1))
}

draw_log_density <- function(prior, draw, i, call) {
  density <- tryCatch(prior$log_density(draw), error = function(e) {
    amortflow_abort(
      sprintf(
        "The prior's `log_density` must give the log density of draw %d, but it raised an error.", i
      ),
      "prior",
      index = i, parent = e, call = call
    )
  })
  if (!is.numeric(density) || length(density) != 1 || is.na(density)) {
    amortflow_abort(
      sprintf(
        "The prior's `log_density` must give one number, not %s, which it gave for draw %d.",
        describe_value(density), i
      ),
      "prior",
      hint = "Where a draw is impossible, its log density is -Inf.",
      index = i, call = call
    )
  }
  as.double(density)
}
