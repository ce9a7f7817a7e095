# Series in the role of what is learned: each row given the parameters and the rows before it, of which the networks see
# the last few and running means.

# Rates of the running means: they remember some 3, 10 and 30 rows.
past_rates <- c(1 / 3, 1 / 10, 1 / 30)

#' What networks see of the rows before each row
#'
#' @param rows Block of data: `values` (matrix) and `lengths` of the series.
#' @param memory Rows that are seen as they are.
#' @return Matrix with one row per row of data: its `position` (from 1), the last `memory` rows (0 before the
#'   beginning), running means at `past_rates`, and the mean of all rows before.
#' @noRd
past_of_rows <- function(rows, memory) {
  ends <- cumsum(rows$lengths)
  parts <- Map(function(from, to) {
    past_of_series(rows$values[seq(from, to), , drop = FALSE], memory)
  }, ends - rows$lengths + 1, ends)
  do.call(rbind, parts)
}

past_of_series <- function(values, memory) {
  count <- nrow(values)
  lags <- lapply(seq_len(memory), function(lag) {
    rbind(matrix(0, min(lag, count), ncol(values)), values[seq_len(max(0, count - lag)), , drop = FALSE])
  })
  means <- lapply(past_rates, function(rate) {
    before <- rbind(0, values[-count, , drop = FALSE])
    apply(before, 2, \(x) as.numeric(stats::filter(rate * x, 1 - rate, method = "recursive")))
  })
  means <- lapply(means, matrix, nrow = count)
  sums <- apply(rbind(0, values[-count, , drop = FALSE]), 2, cumsum)
  overall <- matrix(sums, nrow = count) / pmax(seq_len(count) - 1, 1)
  do.call(cbind, c(list(seq_len(count)), lags, means, list(overall)))
}

past_names <- function(variables, memory) {
  seen <- c(sprintf("lag%d", seq_len(memory)), sprintf("mean%d", seq_along(past_rates)), "mean")
  c("position", paste0(rep(seen, each = length(variables)), "_", rep(variables, length(seen))))
}

#' The past of the next row, when a series is drawn row by row
#'
#' @param past From next_past() for the row before, or `NULL` at the beginning.
#' @param row Matrix: the row drawn last, of each series.
#' @return List of `position`, `lags` and `means` (lists of matrices) and `overall`, which past_matrix() puts side by
#'   side as past_of_rows() does.
#' @noRd
next_past <- function(past, row, memory) {
  if (is.null(past)) {
    nothing <- matrix(0, nrow(row), ncol(row))
    return(list(
      position = 1, lags = rep(list(nothing), memory), means = rep(list(nothing), length(past_rates)),
      overall = nothing
    ))
  }
  list(
    position = past$position + 1,
    lags = c(list(row), past$lags)[seq_len(memory)],
    means = Map(\(mean, rate) (1 - rate) * mean + rate * row, past$means, past_rates),
    overall = past$overall + (row - past$overall) / past$position
  )
}

past_matrix <- function(past) {
  position <- rep(past$position, nrow(past$overall))
  do.call(cbind, c(list(position), past$lags, past$means, list(past$overall)))
}
