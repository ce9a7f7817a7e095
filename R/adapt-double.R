# Parameters on two scales side by side, as fit_point() learns them: quantiles survive every increasing transform of
# a parameter, means only shifts and scales. Elements of simplexes and matrices are parameters of their own here, each
# within its bounds, because quantiles of several numbers at a time are none of each.

#' A block of parameters followed by a copy that is but shifted and scaled
#' @noRd
double_block <- function(block) {
  count <- ncol(block$values)
  constant <- which(block$lower == block$upper)
  lower <- replace(block$lower, constant, -Inf)
  upper <- replace(block$upper, constant, Inf)
  free <- rep(Inf, count)
  both <- new_block(
    "parameters", block$label, cbind(block$values, block$values), doubled_names(block$names),
    c(lower, -free), c(upper, free)
  )
  both$affine <- count + seq_len(count)
  both
}

doubled_names <- function(names) c(names, sprintf("mean(%s)", names))

# The copy is made first of all.
begin_double <- function(block) {
  block$steps <- c(list(list(kind = "repeat", width = length(block$affine))), block$steps)
  block
}

refuse_mixing <- function(kind, call) {
  if (kind %in% c("select", "apply")) {
    abort_adapter(
      sprintf("adapt_%s() must not take parameters in fit_point(), which needs each on a scale of its own.", kind),
      call,
      hint = "Leave parameters out of this step; predict() gives them all."
    )
  }
}

#' Predictions back on the user's scale
#'
#' @param z Numeric matrix (row, parameter) on the networks' scale.
#' @param mean `TRUE`: they are means, of the second copy.
#' @return The same on the user's scale.
#' @noRd
restore_points <- function(adapter, z, mean) {
  count <- ncol(z)
  other <- matrix(0, nrow(z), count)
  both <- if (mean) cbind(other, z) else cbind(z, other)
  both <- inverse_steps(adapter$parameters[-1], both)
  both[, if (mean) count + seq_len(count) else seq_len(count), drop = FALSE]
}
