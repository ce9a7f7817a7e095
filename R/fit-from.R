# Training that starts from the weights of another fit.

assert_from <- function(from, kind, call = rlang::caller_env()) {
  if (!is.null(from)) {
    assert_class(
      from, fit_class(kind)[[1]], sprintf("fit_%s()", kind),
      arg = "from", call = call
    )
  }
}

#' Refuse weights that do not fit the networks to be trained
#'
#' @param spec The specification of the fit to come.
#' @param model_hash Of the model to be fitted, or `NULL`.
#' @noRd
check_from <- function(from, spec, model_hash, call = rlang::caller_env()) {
  if (is.null(from)) {
    return(invisible())
  }
  check_from_networks(from, spec, call)
  if (differs(from$source_hash, model_hash) ||
    !identical(from$spec$variables, spec$variables)) {
    amortflow_warn(
      "`from` is the fit of another model: training starts from its weights.",
      "from",
      hint = "Leave out `from` to start afresh.", call = call
    )
  }
}

check_from_networks <- function(from, spec, call) {
  difference <- network_difference(from$spec, spec)
  if (!is.null(difference)) {
    amortflow_abort(
      sprintf(
        "`from` must be a fit with the same networks and shapes, but %s.",
        difference
      ),
      "config",
      hint = paste(
        "Give `summary` and `inference` of `from$spec`, or leave out `from`."
      ),
      call = call
    )
  }
}

network_difference <- function(from, spec) {
  shapes <- function(x) {
    c(
      parameters = x$estimator$parameter_count,
      observables = length(x$observables),
      "variables in its data" = sum(vapply(x$observables, `[[`, 1, "width")),
      "context values" = x$estimator$context_width
    )
  }
  sizes <- rbind(shapes(from), shapes(spec))
  other <- which(sizes[1, ] != sizes[2, ])
  if (length(other) > 0) {
    at <- other[[1]]
    return(sprintf(
      "it has %g %s, not %g", sizes[[1, at]], colnames(sizes)[[at]], sizes[[2, at]]
    ))
  }
  for (stage in c("summary", "inference")) {
    if (!isTRUE(all.equal(plain_lists(from[[stage]]), plain_lists(spec[[stage]])))) {
      return(sprintf(
        "it has %s, not %s", shown_networks(from[[stage]]),
        shown_networks(spec[[stage]])
      ))
    }
  }
  rows <- lapply(list(from, spec), function(x) {
    unlist(lapply(x$estimator$observables, \(one) one$summary$positions))
  })
  if (!identical(as.double(rows[[1]]), as.double(rows[[2]]))) {
    return(sprintf(
      "it reads data sets of %s rows, not %s",
      paste(rows[[1]], collapse = ", "), paste(rows[[2]], collapse = ", ")
    ))
  }
  if (!isTRUE(all.equal(from$estimator$network, spec$estimator$network))) {
    return("its predictions are of something else")
  }
  shapes <- lapply(list(from, spec), function(x) {
    vapply(x$observables, \(one) shown_shape(one$shape), "")
  })
  if (!identical(shapes[[1]], shapes[[2]])) {
    other <- which(shapes[[1]] != shapes[[2]])[[1]]
    return(sprintf(
      "it reads arrays of %s, not %s", shapes[[1]][[other]], shapes[[2]][[other]]
    ))
  }
  NULL
}

shown_networks <- function(networks) {
  if (inherits(networks, "amortflow_network")) {
    return(format(networks))
  }
  shown <- vapply(networks, format, "")
  paste(names(shown), shown, sep = ": ", collapse = "; ")
}
