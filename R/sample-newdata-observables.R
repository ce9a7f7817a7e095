# Data sets of several observables: one is a named list, many are an unnamed list
# of such, or a named list of what each observable has for many.

observables_sets <- function(newdata, forms, by, call) {
  names <- vapply(forms, `[[`, "", "name")
  if (!is.null(by)) {
    abort_newdata(
      "`by` must be NULL for data sets of several observables.", call,
      hint = "Give an unnamed list of named lists."
    )
  }
  if (!is.list(newdata) || is.data.frame(newdata)) {
    abort_observables(newdata, "`newdata`", names, call)
  }
  if (is.null(names(newdata)) && length(newdata) > 0) {
    return(listed_observables(newdata, forms, names, call))
  }
  check_observable_names(newdata, "`newdata`", names, call)
  parts <- lapply(forms, function(form) {
    observable_sets(newdata[[form$name]], form, NULL, call)
  })
  check_equal_sets(parts, names, call)
  list(
    data = lapply(parts, `[[`, "rows"),
    many = any(vapply(parts, `[[`, NA, "many")), ids = NULL
  )
}

listed_observables <- function(newdata, forms, names, call) {
  for (i in seq_along(newdata)) {
    check_observable_names(
      newdata[[i]], sprintf("`newdata[[%d]]`", i), names, call
    )
  }
  parts <- lapply(forms, function(form) {
    bind_rows(lapply(seq_along(newdata), function(i) {
      form$what <- sprintf("`newdata[[%d]]$%s`", i, form$name)
      observable_sets(newdata[[i]][[form$name]], form, NULL, call)$rows
    }))
  })
  list(data = parts, many = TRUE, ids = NULL)
}

check_observable_names <- function(x, what, names, call) {
  if (!is.list(x) || !setequal(names(x), names)) {
    abort_observables(x, what, names, call)
  }
}

abort_observables <- function(x, what, names, call) {
  given <- if (is.list(x) && !is.null(names(x))) {
    paste("one with", shown_names(names(x)))
  } else {
    describe_value(x)
  }
  abort_newdata(
    sprintf(
      "%s must be a named list with the observables %s, not %s.", what,
      shown_names(names), given
    ),
    call,
    hint = "Several data sets come as an unnamed list of such lists.", value = x
  )
}

check_equal_sets <- function(parts, names, call) {
  counts <- vapply(parts, function(part) length(part$rows$lengths), 1L)
  if (any(counts != counts[[1]])) {
    other <- which(counts != counts[[1]])[[1]]
    abort_newdata(
      sprintf(
        "All observables must have as many data sets: `%s` has %d, `%s` has %d.",
        names[[1]], counts[[1]], names[[other]], counts[[other]]
      ),
      call
    )
  }
}
