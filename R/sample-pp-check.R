#' Posterior predictive check of one data set
#'
#' Draws data from the posterior predictive distribution and plots them beside
#' the data by a function of bayesplot.
#'
#' @inheritParams posterior_predict.amortflow_posterior_fit
#' @param newdata One data set, see section Data sets of [sample_posterior()].
#' @param type String: the end of the name of a function `ppc_*()` of
#'   bayesplot (`"ribbon"`, `"dens_overlay"`, `"stat"`, ...; see
#'   [bayesplot::available_ppc()]). `"auto"` takes `"ribbon"` over position for
#'   series, `"dens_overlay"` for exchangeable data (`"ecdf_overlay"` where all
#'   numbers are whole) and `"intervals"` for vectors. Data with several
#'   variables are drawn in one panel per variable.
#' @param ndraws Whole number of replicated data sets, or `NULL`: 50 where each
#'   is drawn as a line, else 1000.
#' @param ... Forwarded to the function of bayesplot.
#' @return A ggplot.
#' @section Errors:
#' * `amortflow_error_argument`: bayesplot has no such type.
#' * `amortflow_error_newdata`: `newdata` is many data sets, or longer or
#'   shorter than what the simulator makes.
#' * those of [posterior_predict.amortflow_posterior_fit()].
#' @examples
#' \donttest{
#' fit <- fit_posterior(
#'   example_model("two_moons"),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' pp_check(fit, c(0, 0), seed = 1)
#' }
#' @export
pp_check.amortflow_posterior_fit <- function(
    object, newdata, type = "auto", context = NULL, ndraws = NULL, seed = NULL,
    cores = getOption("mc.cores", 1L), ...) {
  sets <- read_newdata(object, newdata, NULL, context)
  if (sets$many) {
    abort_newdata(
      "`newdata` must be one data set for this plot, not many.",
      rlang::current_env(),
      hint = "Draw the plot of each data set."
    )
  }
  type <- ppc_type(type, sets$rows$values, object$spec$observed)
  ndraws <- ndraws %||% if (grepl("overlay", type)) 50 else 1000
  yrep <- posterior_predict.amortflow_posterior_fit(
    object, newdata,
    ndraws = ndraws, seed = seed, cores = cores
  )
  check_replicates(yrep, sets$rows$values)
  ppc_plot(type, sets$rows$values, yrep, object$spec, ...)
}

ppc_type <- function(type, values, observed, call = rlang::caller_env()) {
  type <- assert_string(type, call = call)
  if (type == "auto") {
    whole <- all(values == round(values))
    return(switch(observed,
      series = "ribbon",
      exchangeable = if (whole) "ecdf_overlay" else "dens_overlay",
      "intervals"
    ))
  }
  known <- sub("^ppc_", "", as.character(bayesplot::available_ppc()))
  if (!type %in% known) {
    abort_argument(
      type, "type", "\"auto\" or the end of a name of bayesplot's ppc_*()",
      call,
      hint = paste("bayesplot has", paste(known, collapse = ", "))
    )
  }
  type
}

check_replicates <- function(yrep, values, call = rlang::caller_env()) {
  if (ncol(yrep) != length(values)) {
    abort_newdata(
      sprintf(
        "`newdata` holds %d numbers, but the simulator makes data sets of %d.",
        length(values), ncol(yrep)
      ),
      call,
      hint = "posterior_predict() gives what the simulator makes."
    )
  }
}

ppc_plot <- function(type, values, yrep, spec, ...) {
  several <- spec$observed != "vector" && ncol(values) > 1
  # Only some functions of bayesplot have a form with panels.
  panels <- paste0("ppc_", type, "_grouped")
  panels <- several && panels %in% as.character(bayesplot::available_ppc())
  draw <- getExportedValue(
    "bayesplot", paste0("ppc_", type, if (panels) "_grouped")
  )
  n <- nrow(values)
  arguments <- list(y = as.vector(values), yrep = unname(yrep))
  if (panels) {
    names <- spec$data_names %||% sprintf("x%d", seq_len(ncol(values)))
    arguments$group <- factor(rep(names, each = n), names)
  }
  if ("x" %in% names(formals(draw))) {
    arguments$x <- if (spec$observed == "vector") {
      seq_len(ncol(values))
    } else {
      rep(seq_len(n), ncol(values))
    }
  }
  if (type == "ecdf_overlay" && all(values == round(values))) {
    arguments$discrete <- TRUE
  }
  plot <- do.call(draw, c(arguments, list(...))) +
    ggplot2::labs(title = "Posterior predictive check") + plot_theme()
  if (!"x" %in% names(formals(draw))) {
    return(plot)
  }
  if (spec$observed == "vector") {
    return(plot + vector_axis(ncol(values), spec$data_names))
  }
  plot + ggplot2::labs(x = "position")
}

# Variables of a vector by name while there is room for names.
vector_axis <- function(count, names) {
  if (count > 12) {
    return(ggplot2::labs(x = "variable"))
  }
  ggplot2::scale_x_continuous(
    name = "variable", breaks = seq_len(count),
    labels = names %||% seq_len(count)
  )
}
