# Groups of nested data, see summary_hierarchical(). Only which rows share a group matters, and the groups' order: names
# will do, and numbers of any size become 1, 2, ... within each data set, because the networks' single precision would
# take 20260001 and 20260002 for the same group.

# Steps of adapters that keep small whole numbers apart.
steps_for_groups <- c("standardize", "log1p", "asinh")

#' Columns of observable `k` that name groups, as the user gives them
#'
#' @return Whole numbers; none where a step of the user's own may make something
#'   else of such a column.
#' @noRd
named_groups <- function(network, adapter, k) {
  if (!identical(network$kind, "hierarchical")) {
    return(integer())
  }
  kinds <- vapply(adapter$data[[k]], `[[`, "", "kind")
  if (!all(kinds %in% steps_for_groups)) {
    return(integer())
  }
  shown <- adapter$shown$data[[k]]
  if (is.character(network$group)) {
    return(match(network$group, shown))
  }
  setdiff(seq_along(shown), adapter$direct[[k]])[network$group]
}

# Factors and names of groups in a data frame become numbers.
number_named_groups <- function(x, form) {
  place <- if (is.null(form$names)) form$groups else match(form$names[form$groups], names(x))
  for (j in place[!is.na(place) & place <= ncol(x)]) {
    if (is.factor(x[[j]])) {
      x[[j]] <- as.integer(x[[j]])
    } else if (is.character(x[[j]])) {
      x[[j]] <- match(x[[j]], sort(unique(x[[j]]), method = "radix"))
    }
  }
  x
}

# Numbers of groups from 1 within each data set, in their order.
number_groups <- function(rows, columns) {
  set <- rep(seq_along(rows$lengths), rows$lengths)
  for (column in columns) {
    order <- order(set, rows$values[, column])
    group <- rows$values[order, column]
    first <- !duplicated(set[order])
    number <- cumsum(c(TRUE, group[-1] != group[-length(group)]) | first)
    rows$values[order, column] <- number - number[first][set] + 1
  }
  rows
}

# Simulated groups go to the networks as they are, some of them without passing through R.
largest_simulated_group <- 1e5

check_simulated_groups <- function(rows, columns, names, call) {
  for (column in columns) {
    group <- rows$values[, column]
    odd <- which(is.finite(group) & (group != trunc(group) | abs(group) > largest_simulated_group))
    if (length(odd) > 0) {
      amortflow_abort(
        sprintf(
          "Groups of simulations must be whole numbers of at most 100,000, but \"%s\" is %s.",
          names[[column]], format(group[[odd[[1]]]], digits = 15)
        ),
        "config",
        hint = "Number the groups of each data set 1, 2, ...: what number a group has is of no importance.",
        call = call
      )
    }
  }
}
