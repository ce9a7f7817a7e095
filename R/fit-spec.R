# What a fit's spec says of its data: list `observables`, one entry each of
# `name` ("" for the only one), `observed`, `width` (variables in a row),
# `names` (of the variables, or NULL), `n_obs` (range of lengths in training) and,
# for arrays, `shape`.

#' The spec's observables from simulations
#'
#' @param blocks See data_blocks().
#' @noRd
observables_spec <- function(observed, blocks) {
  lapply(seq_along(observed), function(k) {
    rows <- blocks[[k]]
    with_shape(list(
      name = if (is_named_data(observed)) names(observed)[[k]] else "",
      observed = observed[[k]], width = ncol(rows$values),
      names = colnames(rows$values), n_obs = range(rows$lengths)
    ), if (!is.null(rows$shape)) as.double(rows$shape))
  })
}

# As in generative_model(observed = ).
spec_observed <- function(spec) {
  kinds <- vapply(spec$observables, `[[`, "", "observed")
  names <- vapply(spec$observables, `[[`, "", "name")
  if (any(nzchar(names))) rlang::set_names(kinds, names) else kinds
}

# Names of each observable's variables, as simulators' runs take them.
spec_variables <- function(spec) lapply(spec$observables, `[[`, "names")

# Network and rows of each observable side by side: `summary` of a spec is one
# network, or a named list where there are several observables that no
# summary_function() makes one.
as_networks <- function(summary, observed) {
  networks <- fused_networks(summary)
  if (is_named_data(observed) && !is_text(networks$kind)) {
    return(unname(networks[names(observed)]))
  }
  list(networks)
}
