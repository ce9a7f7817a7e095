# Between a prior's support and the real line, for samplers that know no bounds: steps of the adapter that depend on
# the support alone.

#' @param support As of prior_support().
#' @return Steps for forward_density_steps() and inverse_steps().
#' @noRd
unconstraining_steps <- function(support) {
  lower <- unname(as.double(support$lower))
  upper <- unname(as.double(support$upper))
  shaped <- shape_columns(support$shapes)
  lower[shaped] <- -Inf
  upper[shaped] <- Inf
  bounds <- list(list(kind = "constrain", lower = lower, upper = upper))
  c(if (any(is.finite(c(lower, upper)))) bounds, shape_steps(support$shapes))
}

#' A log density on the real line
#'
#' @param log_density Function of a matrix of parameters on the user's scale.
#' @param steps From unconstraining_steps().
#' @return Function of a matrix of free numbers; the log-Jacobian is included.
#' @noRd
unconstrained_density <- function(log_density, steps, variables,
                                  call = rlang::caller_env()) {
  function(z) {
    parameters <- inverse_steps(steps, z, call)
    log_det <- forward_density_steps(steps, parameters, call)$log_det
    dimnames(parameters) <- list(NULL, variables)
    density <- log_density(parameters) - log_det
    # Where rounding has reached a bound, the Jacobian is no number.
    density[is.nan(density) | density == Inf] <- -Inf
    density
  }
}
