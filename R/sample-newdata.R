# The forms in which users hand over data sets, and the one form in which the
# core takes them: rows, list(values = <position x variable>, lengths). Every
# method that takes `newdata` reads it here.

#' Read `newdata` into blocks
#'
#' @param fit A fit; its spec says what a data set looks like.
#' @param newdata Data sets in a form of the table "Data sets" of
#'   [sample_posterior()].
#' @param by Name of the column that tells the data sets of a data frame apart,
#'   or `NULL`.
#' @param context Context values in a form that read_context() takes.
#' @return List of `data` (list of rows, one per observable), `context` (matrix),
#'   `n` (data sets), `many` (is this the "many" column of the table?) and `ids`
#'   (labels of the data sets where `by` or simulations give them).
#' @noRd
read_newdata <- function(fit, newdata, by = NULL, context = NULL,
                         call = rlang::caller_env()) {
  if (missing(newdata)) {
    abort_missing_newdata(call)
  }
  forms <- lapply(seq_along(fit$spec$observables), newdata_form, fit = fit)
  sets <- sets_of_forms(newdata, forms, by, call)
  for (k in seq_along(forms)) {
    one <- list(rows = sets$data[[k]], many = sets$many, ids = sets$ids)
    check_finite(one, forms[[k]], call)
    check_lengths(one, forms[[k]], call)
  }
  sets$n <- length(sets$data[[1]]$lengths)
  sets$groups <- lapply(forms, `[[`, "groups")
  if (inherits(newdata, "amortflow_simulations") && is.null(context)) {
    context <- newdata$context
  }
  sets$context <- read_context(
    fit$spec, context, sets, call, fit$adapter$context_may_miss
  )
  check_adaptable(fit$adapter, sets, forms, call)
  sets
}

sets_of_forms <- function(newdata, forms, by, call) {
  if (inherits(newdata, "amortflow_simulations")) {
    simulated_sets(newdata, forms, list(observables = forms), call)
  } else if (length(forms) > 1 || nzchar(forms[[1]]$name)) {
    observables_sets(newdata, forms, by, call)
  } else {
    one_block(observable_sets(newdata, forms[[1]], by, call))
  }
}

# One observable of one or many data sets.
observable_sets <- function(newdata, form, by, call) {
  if (!is.null(by) && form$observed == "array") {
    abort_newdata(
      "`by` must be NULL for arrays.", call,
      hint = sprintf("Several data sets come as %s.", describe_many(form))
    )
  } else if (!is.null(by)) {
    split_by(newdata, by, form, call)
  } else if (form$observed == "vector") {
    vector_sets(newdata, form, call)
  } else if (form$observed == "array") {
    array_form_sets(newdata, form, call)
  } else {
    position_sets(newdata, form, call)
  }
}

one_block <- function(sets) {
  list(data = list(sets$rows), many = sets$many, ids = sets$ids)
}

abort_missing_newdata <- function(call) {
  amortflow_abort(
    "`newdata` must be given: a fit is not conditioned on any data.",
    "argument",
    hint = "`newdata` is one data set or many, as ?sample_posterior describes.",
    arg = "newdata", call = call
  )
}

newdata_form <- function(fit, k) {
  observable <- fit$spec$observables[[k]]
  networks <- as_networks(fit$spec$summary, spec_observed(fit$spec))
  network <- networks[[min(k, length(networks))]]
  list(
    name = observable$name,
    what = if (nzchar(observable$name)) {
      sprintf("`newdata$%s`", observable$name)
    } else {
      "`newdata`"
    },
    observed = observable$observed,
    names = observable$names,
    columns = observable$width,
    n_obs = observable$n_obs,
    shape = as.integer(observable$shape),
    # Statistics are made of whole data sets.
    may_miss = if (is.null(fit$adapter$statistics)) fit$adapter$may_miss[[k]],
    subsample = if (is.null(fit$adapter$statistics)) fit$adapter$subsample[[k]] else 0,
    # Such networks know the one length, or the lengths, of training only.
    fixed_length = observable$observed == "series" ||
      identical(network$kind, "dense"),
    groups = named_groups(network, fit$adapter, k)
  )
}

abort_newdata <- function(message, call, hint = NULL, ...) {
  amortflow_abort(message, "newdata", hint = hint, ..., call = call)
}

# What one data set must look like, for messages.
describe_form <- function(form) {
  variables <- if (is.null(form$names)) "" else {
    sprintf(" (%s)", shown_names(form$names))
  }
  if (form$observed == "vector") {
    return(sprintf("a vector of length %d%s", form$columns, variables))
  }
  if (form$observed == "array") {
    return(paste("an array of", shown_shape(form$shape)))
  }
  if (form$columns == 1) {
    return("a vector, or a matrix or data frame with 1 column")
  }
  sprintf("a matrix or data frame with %d columns%s", form$columns, variables)
}

describe_many <- function(form) {
  if (form$observed == "vector") {
    "a matrix or data frame with one row per data set"
  } else if (form$observed == "array") {
    "an array with one leading dimension more, or as an unnamed list"
  } else {
    paste(
      "an unnamed list of such data sets, an array (data set, position,",
      "variable), or a data frame and `by = \"column\"`"
    )
  }
}

shown_names <- function(names, most = 6) {
  shown <- utils::head(names, most)
  dots <- if (length(names) > most) ", ..."
  paste0(paste(shown, collapse = ", "), dots)
}

abort_form <- function(x, what, form, call) {
  abort_newdata(
    sprintf(
      "%s must be %s, not %s.", what, describe_form(form), describe_value(x)
    ),
    call,
    hint = sprintf("Several data sets come as %s.", describe_many(form)),
    value = x
  )
}

# --- vector: one data set is one row ----------------------------------------

vector_sets <- function(newdata, form, call) {
  if (is.data.frame(newdata)) {
    many <- nrow(newdata) != 1
  } else if (is.matrix(newdata)) {
    many <- TRUE
  } else if (is.atomic(newdata) && is.null(dim(newdata))) {
    check_plain(newdata, form$what, call)
    if (length(newdata) != form$columns) {
      abort_form(newdata, form$what, form, call)
    }
    newdata <- matrix(newdata, 1, dimnames = list(NULL, names(newdata)))
    many <- FALSE
  } else {
    abort_form(newdata, form$what, form, call)
  }
  values <- read_table(newdata, form$what, form, call)
  if (nrow(values) == 0) {
    abort_newdata(
      sprintf("%s must hold at least one data set, not 0.", form$what), call
    )
  }
  list(
    rows = list(values = values, lengths = rep(1L, nrow(values))),
    many = many, ids = NULL
  )
}

# --- exchangeable and series: one data set is positions x variables ----------

position_sets <- function(newdata, form, call) {
  if (is.data.frame(newdata) || (is.atomic(newdata) && length(dim(newdata)) < 3)) {
    values <- read_positions(newdata, form$what, form, call)
    return(bind_sets(list(values), many = FALSE))
  }
  if (is.atomic(newdata) && length(dim(newdata)) == 3) {
    return(array_sets(newdata, form, call))
  }
  if (!is.list(newdata) || is.object(newdata)) {
    abort_form(newdata, form$what, form, call)
  }
  list_sets(newdata, form, call)
}

list_sets <- function(newdata, form, call) {
  if (length(newdata) == 0) {
    abort_newdata(
      sprintf("%s must hold at least one data set, not 0.", form$what), call
    )
  }
  if (!is.null(names(newdata))) {
    abort_newdata(
      sprintf(
        "%s must be an unnamed list of data sets, not one with names %s.",
        form$what, shown_names(dQuote(names(newdata), FALSE))
      ),
      call,
      hint = paste(
        "A named list would be one data set of several observables, which this",
        "fit does not have; for several data sets, use unname()."
      )
    )
  }
  sets <- lapply(seq_along(newdata), function(i) {
    what <- sub("`$", sprintf("[[%d]]`", i), form$what)
    read_positions(newdata[[i]], what, form, call)
  })
  bind_sets(sets, many = TRUE)
}

array_sets <- function(newdata, form, call) {
  n <- dim(newdata)
  if (n[[3]] != form$columns || n[[1]] == 0) {
    abort_newdata(
      sprintf(
        paste(
          "%s must be an array (data set, position, variable) with %d",
          "in the last place, not %s."
        ),
        form$what, form$columns, describe_value(newdata)
      ),
      call
    )
  }
  # Positions run fastest within a data set.
  values <- matrix(
    aperm(unclass(newdata), c(2, 1, 3)), n[[1]] * n[[2]], n[[3]],
    dimnames = if (!is.null(dimnames(newdata)[[3]])) {
      list(NULL, dimnames(newdata)[[3]])
    }
  )
  list(
    rows = list(
      values = read_table(values, form$what, form, call),
      lengths = rep(as.integer(n[[2]]), n[[1]])
    ),
    many = TRUE, ids = NULL
  )
}

read_positions <- function(x, what, form, call) {
  check_plain(x, what, call)
  plain <- is.atomic(x) && is.null(dim(x)) && !is.null(x)
  if (plain && form$columns == 1) {
    x <- matrix(unname(x), ncol = 1)
  }
  if (!is.data.frame(x) && !is.matrix(x)) {
    abort_form(x, what, form, call)
  }
  read_table(x, what, form, call)
}

bind_sets <- function(sets, many, ids = NULL) {
  list(
    rows = list(
      values = do.call(rbind, sets),
      lengths = vapply(sets, nrow, integer(1))
    ),
    many = many, ids = ids
  )
}

# --- data frames with `by`, simulations ------------------------------------

split_by <- function(newdata, by, form, call) {
  by <- assert_string(by, call = call)
  if (!is.data.frame(newdata) || !by %in% names(newdata)) {
    abort_newdata(
      sprintf(
        "`by = \"%s\"` must name a column of a data frame `newdata`, which is %s.",
        by, if (is.data.frame(newdata)) {
          paste("a data frame with columns", shown_names(names(newdata)))
        } else {
          describe_value(newdata)
        }
      ),
      call
    )
  }
  group <- newdata[[by]]
  if (anyNA(group) || nrow(newdata) == 0) {
    abort_newdata(
      sprintf("Column \"%s\" must name a data set in every row.", by), call
    )
  }
  ids <- unique(group)
  values <- newdata[setdiff(names(newdata), by)]
  sets <- lapply(seq_along(ids), function(i) {
    what <- sprintf("`newdata` with %s = %s", by, format(ids[[i]]))
    read_table(values[group == ids[[i]], , drop = FALSE], what, form, call)
  })
  bind_sets(sets, many = TRUE, ids = as.character(ids)) |>
    check_one_row_each(by, form, call)
}

check_one_row_each <- function(sets, by, form, call) {
  if (form$observed == "vector" && any(sets$rows$lengths != 1)) {
    abort_newdata(
      sprintf(
        "Each value of \"%s\" must stand in one row: a data set is %s.",
        by, describe_form(form)
      ),
      call
    )
  }
  sets
}

simulated_sets <- function(simulations, forms, spec, call) {
  observed <- attr(simulations, "observed")
  if (!identical(observed, spec_observed(spec))) {
    abort_newdata(
      sprintf(
        "`newdata` must be simulations with observed = %s, not %s.",
        shown_observed(spec_observed(spec)), shown_observed(observed)
      ),
      call
    )
  }
  blocks <- data_blocks(simulations$data, observed)
  blocks <- Map(function(rows, form) {
    what <- sub("`$", "$data`", form$what)
    if (!identical(as.integer(rows$shape), form$shape)) {
      abort_shape(rows$shape, what, form, call)
    }
    rows$values <- read_table(rows$values, what, form, call)
    rows
  }, blocks, forms)
  list(data = blocks, many = TRUE, ids = NULL)
}
