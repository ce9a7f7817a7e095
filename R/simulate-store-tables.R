# Between what draw_simulations() gives and the tables of a store, named as the
# core's simulations_of() expects them: one row per simulation that did not fail
# (`parameters`, `index`, `context`, `lengths1`, ...) or per position (`data1`, ...).

# `index` counts from the shard's first simulation, so that floats hold it.
tables_from_drawn <- function(drawn, index) {
  tables <- list(
    parameters = drawn$parameters,
    index = matrix(as.double(index), ncol = 1),
    context = if (NCOL(drawn$context) > 0) drawn$context
  )
  for (k in seq_along(drawn$data)) {
    rows <- drawn$data[[k]]
    lengths <- matrix(as.double(rows$lengths), ncol = 1)
    # An array's shape is the name of this column.
    if (!is.null(rows$shape)) colnames(lengths) <- shown_shape(rows$shape)
    tables[[paste0("lengths", k)]] <- lengths
    tables[[paste0("data", k)]] <- rows$values
  }
  Filter(Negate(is.null), tables)
}

# What was drawn must come back, data as floats do.
exact_tables <- c("parameters", "context")

table_schema <- function(drawn) {
  tables <- tables_from_drawn(drawn_rows(drawn, integer()), integer())
  unname(Map(function(table, name) {
    schema <- list(
      name = name, columns = ncol(table), exact = name %in% exact_tables
    )
    c(schema, list(names = colnames(table))[!is.null(colnames(table))])
  }, tables, names(tables)))
}

#' @param tables Named list of matrices; those that were not read have no rows.
#' @param schema As the index has it.
#' @noRd
drawn_from_tables <- function(tables, schema) {
  for (about in schema) {
    if (!is.null(about$names) && ncol(tables[[about$name]]) > 0) {
      colnames(tables[[about$name]]) <- about$names
    }
  }
  list(
    parameters = tables$parameters,
    context = tables$context,
    data = lapply(seq_along(data_tables(schema)), function(k) {
      lengths <- tables[[paste0("lengths", k)]]
      with_shape(
        list(values = tables[[paste0("data", k)]], lengths = as.integer(lengths)),
        read_shape(colnames(lengths))
      )
    })
  )
}

read_shape <- function(name) {
  if (!is.null(name)) as.integer(strsplit(name, " x ", fixed = TRUE)[[1]])
}

# Those of the observables, in their order.
data_tables <- function(schema) {
  Filter(\(table) grepl("^data[0-9]+$", table$name), schema)
}

empty_drawn <- function(schema) {
  tables <- lapply(schema, \(table) matrix(0, 0, table$columns))
  names(tables) <- vapply(schema, `[[`, "", "name")
  drawn_from_tables(tables, schema)
}

# With all simulations failed, an R simulator did not say which variables there
# are: rows of NaN, of those that the `schema` has. `lengths` of a data set, one
# for each observable.
failed_drawn <- function(drawn, schema, lengths) {
  n <- nrow(drawn$parameters)
  drawn$data <- Map(function(table, length) {
    list(
      values = matrix(NaN, n * length, table$columns),
      lengths = rep(as.integer(length), n)
    )
  }, data_tables(schema), lengths)
  drawn
}

# Of an index that was written before any simulation succeeded.
lacks_variables <- function(schema) {
  any(vapply(data_tables(schema), \(table) table$columns == 0, NA))
}

# Simulations `i` of what draw_simulations() gave; tables that were not read
# stay empty.
drawn_rows <- function(drawn, i) {
  drawn$parameters <- drawn$parameters[i, , drop = FALSE]
  if (NROW(drawn$context) > 0) {
    drawn$context <- drawn$context[i, , drop = FALSE]
  }
  drawn$data <- lapply(drawn$data, function(rows) {
    if (length(rows$lengths) > 0) subset_rows(rows, i) else rows
  })
  drawn
}

bind_drawn <- function(parts) {
  bind <- function(name) do.call(rbind, lapply(parts, `[[`, name))
  list(
    parameters = bind("parameters"), context = bind("context"),
    data = lapply(seq_along(parts[[1]]$data), function(k) {
      bind_rows(lapply(parts, \(part) part$data[[k]]))
    })
  )
}
