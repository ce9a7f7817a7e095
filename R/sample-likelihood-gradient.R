# Gradients of learned log likelihoods by the parameters.

#' @return Log likelihoods, one for each row of `parameters`, with the attribute `gradient` (row, parameter).
#' @noRd
likelihood_gradient <- function(asked, parameters, sets, set, cores, call = rlang::caller_env()) {
  values <- numeric(nrow(parameters))
  gradient <- matrix(0, nrow(parameters), ncol(parameters), dimnames = list(NULL, colnames(parameters)))
  for (i in unique(set)) {
    own <- which(set == i)
    one <- learned_gradient(
      asked$learned, parameters[own, , drop = FALSE], subset_blocks(sets$data, i)[[1]],
      sets$context[i, , drop = FALSE], cores, call
    )
    values[own] <- one$log_density
    gradient[own, ] <- one$gradient
  }
  structure(values, gradient = gradient)
}

assert_likelihood_gradient <- function(learned, call) {
  kind <- member_network(learned$spec$inference)$kind
  if (kind %in% field_kinds) {
    amortflow_abort(
      "`gradient` must be FALSE: this fit's network gives no gradients of its density.", "unsupported",
      hint = "Fit with inference_coupling_flow(), inference_autoregressive_flow() or inference_mixture().",
      call = call
    )
  }
  if (needs_host(learned$adapter)) {
    amortflow_abort(
      "`gradient` must be FALSE: this fit's adapter has functions of R.", "unsupported",
      hint = "Fit without adapt_apply().", call = call
    )
  }
}

#' The log likelihood of one data set at each row of parameters, and its gradient
#'
#' @inheritParams learned_log_lik
#' @return List of `log_density` (vector) and `gradient` (matrix).
#' @noRd
learned_gradient <- function(learned, parameters, data, context, cores = 1,
                             call = rlang::caller_env()) {
  out <- list(
    log_density = rep(-Inf, nrow(parameters)),
    gradient = matrix(0, nrow(parameters), ncol(parameters))
  )
  rows <- coded_nodes(learned$spec$likelihood, data)
  if (anyNA(rows$coded)) {
    return(out)
  }
  each <- max(1, floor(likelihood_piece / nrow(rows$coded)))
  for (first in seq(1, nrow(parameters), by = each)) {
    own <- seq(first, min(nrow(parameters), first + each - 1))
    by_row <- coded_gradient(learned, parameters[own, , drop = FALSE], rows, context, cores, call)
    sums <- sum_over_rows(by_row, length(own), nrow(data$values), rows$nodes)
    out$log_density[own] <- sums$log_density
    out$gradient[own, ] <- sums$gradient
  }
  out
}

# Rows of data at every node of their counts, nodes running slower, and what each is conditioned on.
coded_nodes <- function(roles, data) {
  values <- named_rows(data$values, all_variables(roles))[, roles$variables, drop = FALSE]
  nodes <- count_nodes(roles)
  row <- rep(seq_len(nrow(values)), nrow(nodes))
  at <- rep(seq_len(nrow(nodes)), each = nrow(values))
  list(
    coded = code_rows(values[row, , drop = FALSE], roles, nodes[at, , drop = FALSE]),
    conditions = row_conditions(roles, data)[row, , drop = FALSE], nodes = nrow(nodes)
  )
}

# Log density and gradient of each pair of a point and a coded row, rows running faster.
coded_gradient <- function(learned, points, rows, context, cores, call) {
  given <- conditions_at(points, rows$conditions, row_context(learned$spec$likelihood, context))
  count <- nrow(rows$coded)
  found <- density_gradient(
    learned, rows$coded[rep(seq_len(count), nrow(points)), , drop = FALSE], given$sets, given$set, cores, call
  )
  found$gradient <- found$gradient[, seq_len(ncol(points)), drop = FALSE]
  found
}

# A row's density is the mean over its nodes; logs of rows add up.
sum_over_rows <- function(by_row, points, count, nodes) {
  density <- array(by_row$log_density, c(count, nodes, points))
  largest <- apply(density, c(1, 3), max)
  share <- exp(density - as.vector(largest[, rep(seq_len(points), each = nodes)]))
  total <- apply(share, c(1, 3), sum)
  weight <- share / as.vector(total[, rep(seq_len(points), each = nodes)])
  weight[!is.finite(weight)] <- 0
  list(
    log_density = colSums(matrix(largest + log(total / nodes), count)),
    gradient = rowsum(by_row$gradient * as.vector(weight), rep(seq_len(points), each = count * nodes), reorder = FALSE)
  )
}
