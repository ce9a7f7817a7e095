# What names in the steps of an adapter mean. A block is what steps work on as one
# matrix: the parameters, one observable, or the context.

abort_adapter <- function(message, call, hint = NULL, ...) {
  amortflow_abort(message, "adapter", hint = hint, ..., call = call)
}

#' The columns that names mean, block by block
#'
#' @param variables Character vector as in `adapt_*()`.
#' @param blocks List of blocks with `kind` ("parameters", "data", "context"),
#'   `label` (the name of an observable, or the kind) and `names` (of columns).
#' @param step Name of the step, for messages.
#' @return List as long as `blocks` of whole numbers: columns in the order in
#'   which they were named.
#' @noRd
resolve_variables <- function(variables, blocks, step,
                              call = rlang::caller_env()) {
  columns <- rep(list(integer()), length(blocks))
  for (variable in variables) {
    found <- resolve_name(variable, blocks, step, call)
    for (place in found) {
      columns[[place$block]] <- union(columns[[place$block]], place$columns)
    }
  }
  columns
}

# All readings of one name must be one and the same.
resolve_name <- function(name, blocks, step, call) {
  readings <- name_readings(name, blocks)
  if (length(readings) == 0) {
    abort_unknown_variable(name, blocks, step, call)
  }
  if (length(readings) > 1) {
    abort_ambiguous(name, names(readings), step, call)
  }
  readings[[1]]
}

# List named by how a reading is said without doubt; each is a list of places.
name_readings <- function(name, blocks) {
  kinds <- vapply(blocks, \(block) block$kind, "")
  if (name %in% sprintf("%s:*", kinds)) {
    return(list(all_columns(blocks, kinds == sub(":[*]$", "", name))))
  }
  readings <- list()
  if (name %in% kinds) {
    readings[[sprintf("%s:*", name)]] <- all_columns(blocks, kinds == name)
  }
  for (i in seq_along(blocks)) {
    readings <- c(readings, block_readings(name, i, blocks[[i]]))
  }
  # An observable and its only variable may share a name.
  readings[!duplicated(lapply(readings, \(r) lapply(r, \(p) list(p$block, sort(p$columns)))))]
}

all_columns <- function(blocks, which) {
  lapply(which(which), function(i) {
    list(block = i, columns = seq_along(blocks[[i]]$names))
  })
}

# A kind or an observable before a colon says where to look.
block_readings <- function(name, i, block) {
  prefix <- Find(\(p) startsWith(name, p), paste0(unique(c(block$label, block$kind)), ":"))
  if (!is.null(prefix)) {
    name <- substring(name, nchar(prefix) + 1)
  }
  said <- if (block$kind == "data") block$label else block$kind
  all <- block$kind == "data" && name == (if (is.null(prefix)) block$label else "*")
  columns <- which(block$names == name)
  if (length(columns) == 0 && block$kind == "parameters") {
    columns <- which(sub("\\[.*$", "", block$names) == name)
  }
  readings <- list()
  if (length(columns) > 0) {
    readings[[sprintf("%s:%s", said, name)]] <- list(list(block = i, columns = columns))
  }
  if (all) {
    readings[[sprintf("%s:*", block$label)]] <-
      list(list(block = i, columns = seq_along(block$names)))
  }
  readings
}

abort_ambiguous <- function(name, readings, step, call) {
  abort_adapter(
    sprintf(
      "adapt_%s() must know what is meant, but \"%s\" means several things.",
      step, name
    ),
    call,
    hint = sprintf("Say %s.", paste(dQuote(readings, FALSE), collapse = " or ")),
    variable = name
  )
}

abort_unknown_variable <- function(name, blocks, step, call) {
  known <- unique(unlist(lapply(blocks, function(block) {
    c(block$kind, block$label, block$names, sub("\\[.*$", "", block$names))
  })))
  bare <- sub("^[^:]*:", "", name)
  abort_adapter(
    sprintf("adapt_%s() must name variables of the model, but \"%s\" is none.", step, name),
    call,
    hint = closest_hint(bare, known) %||%
      sprintf("Known: %s.", shown_list(setdiff(known, ""), 12)),
    variable = name
  )
}
