# What varies by data set beside the parameters: numbers of observations,
# designs, known constants. A model's context is a list of parts, each either in
# priors() notation or an R function; its values are a matrix (simulation,
# variable) with columns named as Stan names elements.

#' Context that a whole batch shares
#'
#' Marks context values that are drawn once for a batch of simulations instead
#' of for each: in training for each batch of the networks, in [simulate()] for
#' every 32 consecutive simulations.
#'
#' @param ... Lines in the notation of [priors()], or one function of the number
#'   of batches as in [generative_model()].
#' @return A part of `context` for [generative_model()].
#' @examples
#' coin <- simulator(function(theta, n) rbinom(n, 1, theta$p))
#' model <- generative_model(
#'   priors(p ~ beta(1, 1)), coin,
#'   observed = "exchangeable",
#'   context = per_batch(n ~ discrete_uniform(20, 30))
#' )
#' lengths(simulate(model, nsim = 64, seed = 1)$data) |> table()
#' @export
per_batch <- function(...) {
  call <- rlang::current_env()
  if (...length() == 1 && is.function(tryCatch(..1, error = function(e) NULL))) {
    part <- function_context(..1, call)
  } else {
    part <- prior_context(priors(...), call)
  }
  part$per_batch <- TRUE
  structure(list(part), class = "amortflow_context")
}

# Simulations that share values of per_batch(), outside of training.
context_batch <- 32

as_context <- function(context, call) {
  if (is.null(context)) {
    return(NULL)
  }
  parts <- if (inherits(context, "amortflow_context")) {
    unclass(context)
  } else if (inherits(context, "amortflow_prior")) {
    list(prior_context(context, call))
  } else if (is.function(context)) {
    list(function_context(context, call))
  } else if (is.list(context) && length(context) > 0) {
    unlist(lapply(context, as_context, call = call), recursive = FALSE)
  } else {
    must <- "`priors()`, `per_batch()`, a function, or a list of these"
    abort_argument(context, "context", must, call)
  }
  check_context_names(context_variables(parts), call)
  structure(unname(parts), class = "amortflow_context")
}

prior_context <- function(prior, call) {
  if (prior$kind == "function") {
    amortflow_abort(
      "`context` must be `priors()` or a function of the number of data sets, not `prior_function()`.",
      "argument",
      call = call
    )
  }
  check_independent_context(prior, call)
  list(
    kind = "priors", prior = prior, per_batch = FALSE,
    dims = prior_dims(prior), variables = prior_variables(prior)
  )
}

# Context is drawn first, from nothing, and one value for each data set.
check_independent_context <- function(prior, call) {
  if (length(prior$given) > 0) {
    amortflow_abort(
      sprintf(
        "Lines of `context` must not depend on what is given, but `given` names `%s`.",
        names(prior$given)[[1]]
      ),
      "config",
      hint = "Leave out `given`; a function of the number of data sets can make values depend on each other.",
      call = call
    )
  }
  if (!is.null(prior$local)) {
    amortflow_abort(
      sprintf(
        "Lines of `context` must be without a plate, but `%s` has one.",
        prior$local$variables[[1]]
      ),
      "config",
      hint = "Leave out `plate`: each data set has one value of its context.",
      call = call
    )
  }
}

# Called once, for three data sets, to see what it gives.
function_context <- function(f, call) {
  trial <- with_host_generator(function(set_state) {
    set_state(host_streams(0, 1, 0)[1:6])
    tryCatch(f(3), error = function(e) {
      amortflow_abort(
        "The function of `context` must give values for 3 data sets when called with 3.",
        "argument",
        call = call, parent = e
      )
    })
  })
  trial <- as_context_list(trial, call)
  dims <- lapply(trial, function(x) {
    if (length(dim(x)) > 1) as.double(dim(x)[-1])
  })
  variables <- unlist(Map(element_names, names(dims), dims), use.names = FALSE)
  part <- list(
    kind = "function", f = f, per_batch = FALSE, dims = dims,
    variables = variables
  )
  check_finite_context(context_matrix(trial, part, 3, call), call)
  part
}

check_finite_context <- function(values, call) {
  bad <- which(!is.finite(values), arr.ind = TRUE)
  if (length(bad) > 0) {
    amortflow_abort(
      sprintf(
        "The function of `context` must give finite numbers, but gave `%s` = %s.",
        colnames(values)[[bad[1, 2]]], format(values[[bad[1, 1], bad[1, 2]]])
      ),
      "argument",
      call = call
    )
  }
}

as_context_list <- function(values, call) {
  values <- as.list(values)
  if (length(values) == 0 || !rlang::is_named(values)) {
    amortflow_abort(
      sprintf(
        "The function of `context` must give a named list or a data frame, not %s.",
        describe_value(values)
      ),
      "argument",
      call = call
    )
  }
  values
}

# A named list, every element with a leading dimension of n, as a matrix.
context_matrix <- function(values, part, n, call) {
  columns <- parameter_columns(part$dims)
  flat <- Map(function(name, column) {
    value <- values[[name]]
    if (!is_number(value) || length(value) != n * length(column)) {
      amortflow_abort(
        sprintf(
          "Context `%s` must be %d numbers for %d data sets, not %s.",
          name, n * length(column), n, describe_value(value)
        ),
        "context",
        call = call
      )
    }
    matrix(as.double(value), n)
  }, names(part$dims), columns)
  matrix <- do.call(cbind, unname(flat))
  colnames(matrix) <- part$variables
  matrix
}

check_context_names <- function(names, call) {
  twice <- names[duplicated(names)]
  if (length(twice) > 0) {
    amortflow_abort(
      sprintf("Context `%s` must be defined once, not several times.", twice[[1]]),
      "argument",
      call = call
    )
  }
}

context_variables <- function(context) {
  unlist(lapply(unclass(context), `[[`, "variables"), use.names = FALSE)
}

# Named list: the dim of each context value, NULL for scalars.
context_dims <- function(context) {
  do.call(c, lapply(unclass(context), `[[`, "dims"))
}

is_compiled_context <- function(context) {
  all(vapply(unclass(context), function(part) part$kind == "priors", NA))
}

# The core's form of parts in priors() notation.
context_spec <- function(context) {
  lapply(unclass(context), function(part) {
    list(prior = prior_spec(part$prior), per_batch = part$per_batch)
  })
}

#' Context of a run's simulations
#'
#' @param range See draw_simulations().
#' @param batch How many consecutive simulations share values of per_batch().
#' @return List of `values` (matrix simulation x variable) and `failures`.
#' @noRd
draw_context <- function(context, range, batch, call) {
  values <- matrix(numeric(), range$count, 0)
  failures <- no_failures()
  if (length(context) == 0) {
    return(list(values = values, failures = failures))
  }
  if (is_compiled_context(context)) {
    drawn <- call_core(
      core_draw_context(context_spec(context), batch, range),
      call = call
    )
    values <- drawn$parameters
    failures <- drawn$failures
    colnames(values) <- context_variables(context)
    return(list(values = values, failures = failures))
  }
  # Streams of a part are those of its place, whatever the other parts are.
  drawn <- lapply(seq_along(context), function(k) {
    draw_context_part(unclass(context)[[k]], k, range, batch, call)
  })
  list(
    values = do.call(cbind, lapply(drawn, `[[`, "values")),
    failures = Reduce(merge_failures, lapply(drawn, `[[`, "failures"))
  )
}

draw_context_part <- function(part, k, range, batch, call) {
  share <- if (part$per_batch) batch else 1
  first <- range$first_index %/% share
  last <- (range$first_index + range$count - 1) %/% share
  own <- utils::modifyList(range, list(
    first_index = first, count = last - first + 1,
    seed = derived_seed(range$seed, 4 + k)
  ))
  drawn <- if (part$kind == "priors") {
    draw_context(structure(list(part), class = "amortflow_context"), own, 1, call)
  } else {
    draw_context_function(part, own, call)
  }
  of <- (range$first_index + seq_len(range$count) - 1) %/% share - first + 1
  shared <- drawn$failures$index - first
  list(
    values = drawn$values[of, , drop = FALSE],
    failures = spread_failures(drawn$failures, shared, of, range$first_index)
  )
}

# Failures of shared values are failures of every simulation that has them.
spread_failures <- function(failures, shared, of, first_index) {
  spread <- no_failures()
  for (i in seq_along(shared)) {
    spread <- add_failures(
      spread, first_index + which(of == shared[[i]]), failures$message[[i]],
      failures$kind[[i]], failures$error
    )
  }
  spread
}

# The function is always asked for whole pieces of host_grid data sets, so that
# what one gets does not depend on where a request begins and ends.
draw_context_function <- function(part, range, call) {
  values <- matrix(
    NA_real_, range$count, length(part$variables),
    dimnames = list(NULL, part$variables)
  )
  failures <- no_failures()
  for (rows in grid_pieces(range$first_index, range$count)) {
    index <- range$first_index + rows - 1
    drawn <- context_piece(part, index[[1]] %/% host_grid, range$seed, call)
    if (inherits(drawn, "error")) {
      problem <- paste("the context raised an error:", conditionMessage(drawn))
      failures <- add_failures(failures, index + 1, problem, "error", drawn)
    } else {
      values[rows, ] <- drawn[index %% host_grid + 1, ]
      bad <- rows[rowSums(!is.finite(values[rows, , drop = FALSE])) > 0]
      values[bad, ] <- NA_real_
      failures <- add_failures(
        failures, range$first_index + bad,
        "the context gave a value that is not finite", "nonfinite"
      )
    }
  }
  list(values = values, failures = failures)
}

context_piece <- function(part, number, seed, call) {
  state <- host_streams(number, 1, seed)[1:6]
  with_host_generator(function(set_state) {
    set_state(state)
    tryCatch(
      context_matrix(
        as_context_list(part$f(host_grid), call), part, host_grid, call
      ),
      error = function(e) e
    )
  })
}

# Values of one data set, or with a leading dimension of all, by name.
natural_context <- function(context, values, vectorized) {
  if (length(context) == 0) {
    return(list())
  }
  dims <- context_dims(context)
  columns <- parameter_columns(dims)
  if (vectorized) {
    natural_rows(values, dims, columns)
  } else {
    natural_row(values[1, ], dims, columns)
  }
}

#' @export
format.amortflow_context <- function(x, ...) {
  unlist(lapply(unclass(x), function(part) {
    lines <- if (part$kind == "priors") {
      format(part$prior)
    } else {
      sprintf("%s from an R function", part$variables)
    }
    paste0(lines, if (part$per_batch) "  (per batch)")
  }))
}

#' @export
print.amortflow_context <- function(x, ...) {
  cat("<context>", paste0("  ", format(x)), sep = "\n")
  invisible(x)
}
