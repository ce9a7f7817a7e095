# What an adapter's steps cannot take must be said in the user's terms, before the
# networks see a missing number.

# Steps of data that are not defined everywhere.
steps_with_domain <- c("log", "sqrt", "one_hot", "apply")

check_adaptable <- function(adapter, sets, forms, call) {
  data <- apply_statistics(adapter$statistics, sets$data, call)
  if (!is.null(adapter$statistics)) {
    check_statistics(adapter$statistics, data[[1]], sets, call)
    forms[[1]]$what <- "the statistics of `newdata`"
  }
  for (k in seq_along(data)) {
    check_steps(
      adapter$data[[k]], data[[k]], adapter$data_names[[k]], sets, forms[[k]], call
    )
  }
  if (length(adapter$context_names) > 0) {
    rows <- list(values = sets$context, lengths = rep(1, nrow(sets$context)))
    check_steps(
      adapter$context, rows, adapter$context_names, sets,
      list(what = "`context`"), call
    )
  }
}

check_statistics <- function(statistics, rows, sets, call) {
  bad <- which(!is.finite(rows$values), arr.ind = TRUE)
  if (nrow(bad) == 0) {
    return(invisible())
  }
  abort_newdata(
    sprintf(
      "%s must have finite statistics, but \"%s\" of summary_function() is %s.",
      describe_set(sets, bad[1, 1], list(what = "`newdata`")),
      statistics$names[[bad[1, 2]]], format(rows$values[bad[1, 1], bad[1, 2]])
    ),
    call
  )
}

check_steps <- function(steps, rows, names, sets, form, call) {
  kinds <- vapply(steps, \(step) step$kind, "")
  if (!any(kinds %in% steps_with_domain)) {
    return(invisible())
  }
  values <- unname(rows$values)
  for (step in steps) {
    after <- forward_step(step, values, call)
    lost <- lost_values(step, values, after)
    if (!is.null(lost)) {
      abort_step_value(step, lost, names, values, rows, sets, form, call)
    }
    names <- names_after(step, names)
    values <- after
  }
}

# Row and column (before the step) of the first number that the step made missing
# or infinite, or NULL.
lost_values <- function(step, before, after) {
  from <- columns_after(step, ncol(before))
  lost <- which(!is.finite(after) & is.finite(before[, from, drop = FALSE]), arr.ind = TRUE)
  if (nrow(lost) == 0) {
    return(NULL)
  }
  first <- lost[order(lost[, 1]), , drop = FALSE][1, ]
  c(first[[1]], from[[first[[2]]]])
}

abort_step_value <- function(step, lost, names, values, rows, sets, form, call) {
  set <- findInterval(lost[[1]], cumsum(c(1, rows$lengths)))
  value <- values[lost[[1]], lost[[2]]]
  must <- switch(step$kind,
    log = sprintf("above %s for adapt_log()", format(-step$offset[[lost[[2]]]])),
    sqrt = "not negative for adapt_sqrt()",
    one_hot = sprintf(
      "a level that adapt_one_hot() knows (%s)",
      shown_names(format(split_levels(step)[[which(step$columns == lost[[2]])]], trim = TRUE))
    ),
    apply = "such that adapt_apply() gives a finite number"
  )
  amortflow_abort(
    sprintf(
      "%s must have values of \"%s\" that are %s, not %s.",
      describe_set(sets, set, form), names[[lost[[2]]]], must, format(value, digits = 7)
    ),
    if (form$what == "`context`") "context" else "newdata",
    variable = names[[lost[[2]]]], value = value, call = call
  )
}
