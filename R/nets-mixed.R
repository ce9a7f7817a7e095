# Networks of variables of which some are categorical: a classifier of the combinations of their levels, and the network
# of the others given these.

# Hidden layers of the classifier.
classifier_hidden <- 2

# Places of categorical variables among what is learned.
categorical_columns <- function(roles) match(names(roles$levels), roles$variables)

#' The core's form of a conditional density
#'
#' @param inference Resolved inference network (of each member, in an ensemble).
#' @param roles See exchanged_roles(); without levels the network itself.
#' @noRd
density_spec <- function(inference, roles) {
  if (is_ensemble(inference)) {
    own <- plain_lists(inference)
    own$inference <- density_spec(inference$inference, roles)
    return(own)
  }
  network <- plain_lists(inference)
  if (length(roles$levels) == 0) {
    return(network)
  }
  c(
    list(
      kind = "mixed",
      columns = as.double(categorical_columns(roles) - 1),
      levels = as.double(lengths(roles$levels)),
      width = network$width, hidden = if (network$kind == "mlp") network$hidden else classifier_hidden,
      activation = network$activation
    ),
    if (length(roles$levels) < length(roles$variables)) list(continuous = network)
  )
}

# The network of continuous variables in density_spec(), or the classifier itself where there are none.
without_classes <- function(built) {
  if (is_ensemble(built)) {
    built$inference <- without_classes(built$inference)
    return(built)
  }
  if (is.list(built) && !is.null(built[["continuous"]])) {
    return(built$continuous)
  }
  built$kind <- "mlp"
  built[c("columns", "levels")] <- NULL
  built
}
