# What a learned likelihood says of data.

# Numbers that the network is asked for at a time.
likelihood_piece <- 2e5

#' Learned log density of each observation at each row of parameters
#'
#' @param learned A fit of fit_likelihood().
#' @param parameters Numeric matrix, one row per point.
#' @param data Block of one data set: `values` and `lengths`.
#' @param context Matrix of one row.
#' @return Matrix (point, observation); `-Inf` for values that are no level.
#' @noRd
learned_log_lik <- function(learned, parameters, data, context, cores = 1,
                            call = rlang::caller_env()) {
  roles <- learned$spec$likelihood
  values <- named_rows(data$values, all_variables(roles))[, roles$variables, drop = FALSE]
  conditions <- row_conditions(roles, data)
  context <- row_context(roles, context)
  nodes <- count_nodes(roles)
  total <- NULL
  for (k in seq_len(nrow(nodes))) {
    coded <- code_rows(values, roles, nodes[rep(k, nrow(values)), , drop = FALSE])
    density <- coded_log_lik(learned, parameters, coded, conditions, context, cores, call)
    total <- if (is.null(total)) density else log_add(total, density)
  }
  total - log(nrow(nodes))
}

# log(exp(a) + exp(b)), also where both are -Inf.
log_add <- function(a, b) {
  larger <- pmax(a, b)
  ifelse(larger == -Inf, -Inf, larger + log1p(exp(-abs(a - b))))
}

# For rows as the networks learn them.
coded_log_lik <- function(learned, parameters, coded, conditions, context, cores, call) {
  out <- matrix(-Inf, nrow(parameters), nrow(coded))
  known <- which(rowSums(is.na(coded)) == 0)
  if (length(known) == 0) {
    return(out)
  }
  coded <- coded[known, , drop = FALSE]
  conditions <- conditions[known, , drop = FALSE]
  count <- length(known)
  each <- max(1, floor(likelihood_piece / count))
  for (first in seq(1, nrow(parameters), by = each)) {
    own <- seq(first, min(nrow(parameters), first + each - 1))
    given <- conditions_at(parameters[own, , drop = FALSE], conditions, context)
    density <- posterior_log_density(
      learned, coded[rep(seq_len(count), length(own)), , drop = FALSE], given$sets,
      given$set, cores, call
    )
    out[own, known] <- matrix(density, length(own), byrow = TRUE)
  }
  out
}

# What each pair of a point and a row is conditioned on, rows running faster: one set a point where rows have no
# conditions of their own.
conditions_at <- function(points, conditions, context) {
  count <- nrow(conditions)
  point <- rep(seq_len(nrow(points)), each = count)
  if (ncol(conditions) == 0) {
    sets <- condition_sets(points, context[rep(1, nrow(points)), , drop = FALSE])
    return(list(sets = sets, set = point))
  }
  row <- rep(seq_len(count), nrow(points))
  both <- cbind(points[point, , drop = FALSE], conditions[row, , drop = FALSE])
  list(
    sets = condition_sets(both, context[rep(1, length(point)), , drop = FALSE]),
    set = seq_along(point)
  )
}
