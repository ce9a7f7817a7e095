# Robust training: noise on the data that networks learn from, `noise` of fit_posterior().

#' Noise on the data of training
#'
#' A posterior that was trained on clean simulations answers for outliers and for
#' systematic differences between simulator and world as if they could not be, and
#' often far off. With `fit_posterior(noise = spike_and_slab())`, training adds an
#' error model to each simulation (Ward et al. 2022): most numbers of a data set
#' hardly change, a few by much. The posterior learns that single numbers may be
#' wrong; the price is a wider posterior where none is.
#'
#' Each number of the data gets its own noise, on the networks' scale, where data
#' have about mean 0 and standard deviation 1: Cauchy of scale `slab` with
#' `probability`, else normal with standard deviation `spike`. It is drawn anew
#' whenever a simulation is used, from the fit's seed; the validation set, by which
#' training is judged, has noise that stays. Draws, checks and `newdata` get none.
#' Context, what [adapt_direct()] sends past the summary network, columns of 0 and
#' 1 that [adapt_one_hot()] and [adapt_missing()] make, and numbers of groups
#' ([summary_hierarchical()]) stay as they are. Parameters are not regressed on the
#' data beforehand (see [adapter()]), because outliers would be in the residuals.
#'
#' The default is that of Ward et al. for summary statistics. For data sets of many
#' observations, take the share of outliers that you would like to bear: with
#' `probability = 0.1`, one number of ten is off.
#'
#' @param probability Number in \[0, 1\]: of the slab.
#' @param spike,slab Numbers in \[0, 1e6\]: scales on the networks' scale.
#' @return An `amortflow_noise`, for `noise` of [fit_posterior()].
#' @section Errors:
#' `amortflow_error_argument` for a number out of range.
#' @references
#' Ward, Cannon, Beaumont, Fasiolo and Schmon (2022). Robust neural posterior
#' estimation and statistical model criticism. *NeurIPS*.
#' @seealso [check_misspecification()]
#' @examples
#' spike_and_slab(probability = 0.1, slab = 2)
#' \donttest{
#' fit <- fit_posterior(
#'   example_model("gaussian_mean"),
#'   noise = spike_and_slab(probability = 0.1, slab = 2),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' }
#' @export
spike_and_slab <- function(probability = 0.5, spike = 0.01, slab = 0.25) {
  structure(
    list(
      probability = assert_number(probability, lower = 0, upper = 1),
      spike = assert_number(spike, lower = 0, upper = 1e6),
      slab = assert_number(slab, lower = 0, upper = 1e6)
    ),
    class = "amortflow_noise"
  )
}

#' @export
format.amortflow_noise <- function(x, ...) {
  sprintf(
    "spike_and_slab(probability = %s, spike = %s, slab = %s)",
    format(x$probability), format(x$spike), format(x$slab)
  )
}

#' @export
print.amortflow_noise <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

assert_noise <- function(noise, call = rlang::caller_env()) {
  if (!is.null(noise)) {
    assert_class(noise, "amortflow_noise", "spike_and_slab()", arg = "noise", call = call)
  }
  noise
}

#' @return The spec of a fit with `noise`, a list that names the columns of each observable too.
#' @noRd
with_noise <- function(spec, noise, adapter) {
  if (is.null(noise)) {
    return(spec)
  }
  networks <- as_networks(spec$summary, spec_observed(spec))
  columns <- lapply(seq_along(adapter$data), function(k) {
    list(columns = as.double(noisy_columns(adapter, k, networks[[min(k, length(networks))]])))
  })
  spec$noise <- c(unclass(noise), list(columns = columns))
  spec$estimator$regression <- NULL
  spec
}

# Among those that reach the summary network: numbers that are measured, not codes.
noisy_columns <- function(adapter, k, network) {
  width <- length(adapter$data_names[[k]])
  measured <- rep(TRUE, width)
  if (is.null(adapter$statistics)) measured[named_groups(network, adapter, k)] <- FALSE
  for (step in adapter$data[[k]]) {
    from <- columns_after(step, length(measured))
    coded <- switch(step$kind,
      one_hot = from %in% step$columns,
      missing = duplicated(from),
      FALSE
    )
    measured <- measured[from] & !coded
  }
  direct <- adapter$direct[[k]]
  if (length(direct) > 0) measured <- measured[-direct]
  which(measured)
}

# Of a file; fits without noise have none.
is_noise <- function(noise) {
  is.null(noise) || holds(
    is.list(noise), setequal(names(noise), c("probability", "spike", "slab", "columns")),
    all(vapply(noise[c("probability", "spike", "slab")], is_finite_number, NA)),
    is.list(noise$columns)
  )
}
