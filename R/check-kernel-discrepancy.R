# How far a set of points is from a sample: the maximum mean discrepancy, and its null distribution by exchange.

# Shares and multiples of the median squared distance: the scale at which two distributions differ is not known.
kernel_multiples <- c(1 / 4, 1 / 2, 1, 2, 4)

#' Kernels, means over five scales, as functions of squared distance
#'
#' "gaussian": exp(-d^2 / s); "inverse_multiquadric": s / (s + d^2), whose tails are heavy. Both are characteristic and
#' at most 1, so that discrepancies lie in \[-2, 2\] whatever the number of scales.
#' @param scale The median squared distance between points of the reference.
#' @noRd
scale_kernel <- function(kernel, scale) {
  scales <- kernel_multiples * scale
  one <- switch(kernel,
    gaussian = \(squared, s) exp(-squared / s),
    inverse_multiquadric = \(squared, s) s / (s + squared)
  )
  function(squared) {
    Reduce(`+`, lapply(scales, \(s) one(squared, s))) / length(scales)
  }
}

squared_distances <- function(x, y) {
  pmax(outer(rowSums(x^2), rowSums(y^2), `+`) - 2 * tcrossprod(x, y), 0)
}

# Of up to 1,000 points: the median's error is small beside the steps between scales.
median_squared_distance <- function(x) {
  x <- x[seq_len(min(nrow(x), 1000)), , drop = FALSE]
  squared <- squared_distances(x, x)
  distance <- stats::median(squared[upper.tri(squared)])
  if (distance > 0) distance else 1
}

#' Squared maximum mean discrepancy of sets of points from a reference
#'
#' Gretton et al. (2012), equations 3 (U-statistic) and 5 (V-statistic). The kernel matrices are made once; a further
#' set costs sums over its rows.
#'
#' @param reference Numeric matrix, point x variable.
#' @param pool Numeric matrix: the points of which sets are made.
#' @param unbiased The U-statistic, without pairs of a point with itself? In a set of one point there are no others:
#'   its pair with itself is counted then, which adds a constant.
#' @return Function of whole numbers, the set's rows in `pool`.
#' @noRd
kernel_discrepancy <- function(reference, pool, kernel, unbiased) {
  pairs_mean <- function(within) {
    n <- nrow(within)
    if (unbiased && n > 1) {
      (sum(within) - sum(diag(within))) / (n * (n - 1))
    } else {
      mean(within)
    }
  }
  own <- pairs_mean(kernel(squared_distances(reference, reference)))
  across <- rowMeans(kernel(squared_distances(pool, reference)))
  within <- kernel(squared_distances(pool, pool))
  function(rows) {
    own + pairs_mean(within[rows, rows, drop = FALSE]) - 2 * mean(across[rows])
  }
}

#' Test of points against simulations by a permutation of points
#'
#' The reference is fixed. Under the model, observed points and the others are exchangeable given it, so the observed
#' set is one of many equally likely sets of its size: the test is exact, however few points there are.
#'
#' @param points,reference,others Numeric matrices, point x variable.
#' @return List of `observed`, `null` (one number for each of `nnull` sets) and `p_value`.
#' @noRd
exchange_test <- function(points, reference, others, kernel, unbiased, nnull) {
  pool <- rbind(points, others)
  discrepancy <- kernel_discrepancy(reference, pool, kernel, unbiased)
  observed <- discrepancy(seq_len(nrow(points)))
  null <- vapply(seq_len(nnull), \(i) discrepancy(sample.int(nrow(pool), nrow(points))), 1)
  # A null set may be the observed one itself, which rounding must not let look smaller.
  least <- observed - 1e-12
  list(observed = observed, null = null, p_value = (1 + sum(null >= least)) / (1 + nnull))
}
