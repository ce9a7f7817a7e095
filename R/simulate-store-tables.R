# Between what draw_simulations() gives and the tables of a store: one row per
# simulation that did not fail (`parameters`, `index`, `lengths1`) or per position
# (`data1`), named as the core's simulations_of() expects them.

store_exact <- c("parameters")

# `index` counts from the shard's first simulation, so that floats hold it.
tables_from_drawn <- function(drawn, index) {
  list(
    parameters = unname(drawn$parameters),
    index = matrix(as.double(index), ncol = 1),
    lengths1 = matrix(as.double(drawn$lengths), ncol = 1),
    data1 = unname(drawn$values)
  )
}

table_schema <- function(drawn) {
  tables <- tables_from_drawn(drawn, integer())
  names <- list(
    parameters = colnames(drawn$parameters), data1 = colnames(drawn$values)
  )
  unname(Map(function(table, name) {
    schema <- list(
      name = name, columns = ncol(table), exact = name %in% store_exact
    )
    c(schema, list(names = names[[name]])[!is.null(names[[name]])])
  }, tables, names(tables)))
}

drawn_from_tables <- function(tables, schema) {
  named <- rlang::set_names(schema, vapply(schema, `[[`, "", "name"))
  for (name in intersect(names(tables), c("parameters", "data1"))) {
    colnames(tables[[name]]) <- named[[name]]$names
  }
  list(
    parameters = tables$parameters, values = tables$data1,
    lengths = as.integer(tables$lengths1)
  )
}

empty_drawn <- function(schema) {
  tables <- lapply(schema, \(table) matrix(0, 0, table$columns))
  names(tables) <- vapply(schema, `[[`, "", "name")
  drawn_from_tables(tables, schema)
}

# Simulations `i` of what draw_simulations() gave; tables that were not read
# have no rows, and stay so.
drawn_rows <- function(drawn, i) {
  if (length(drawn$lengths) > 0) {
    drawn[c("values", "lengths")] <- subset_rows(drawn, i)[c("values", "lengths")]
  }
  drawn$parameters <- drawn$parameters[i, , drop = FALSE]
  drawn
}

bind_drawn <- function(parts) {
  list(
    parameters = do.call(rbind, lapply(parts, `[[`, "parameters")),
    values = do.call(rbind, lapply(parts, `[[`, "values")),
    lengths = unlist(lapply(parts, `[[`, "lengths"))
  )
}
