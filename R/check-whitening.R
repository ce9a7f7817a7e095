# Coordinates in which the simulations have mean 0 and about unit covariance.

#' Centre and whiten as a sample asks for
#'
#' Columns are standardised first, those that are constant only centred. Their correlation is shrunk towards the
#' identity by the share that Ledoit and Wolf (2004, section 3.3) estimate.
#' @return Function of matrices with the columns of `reference`.
#' @noRd
whitening <- function(reference) {
  n <- nrow(reference)
  centre <- colMeans(reference)
  sd <- sqrt(column_variances(reference))
  # Summaries are single precision: what varies by less is rounding.
  sd[sd <= 1e-6 * pmax(1, abs(centre))] <- 1
  standardized <- function(x) sweep(sweep(x, 2, centre), 2, sd, `/`)
  x <- standardized(reference)
  covariance <- crossprod(x) / n
  level <- mean(diag(covariance))
  spread <- sum((covariance - diag(level, ncol(x)))^2)
  error <- max(0, sum(rowSums(x^2)^2) / n^2 - sum(covariance^2) / n)
  share <- if (spread > 0) min(1, error / spread) else 1
  shrunk <- (1 - share) * covariance + share * diag(level, ncol(x))
  diag(shrunk) <- diag(shrunk) + 1e-8
  root <- chol(shrunk)
  function(x) t(backsolve(root, t(standardized(x)), transpose = TRUE))
}
