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
#'   numbers are whole) and arrays, and `"intervals"` for vectors. Data with several
#'   variables are drawn in one panel per variable.
#'   Types whose names end in `_grouped` need `group =` (one value per number
#'   of `newdata`).
#' @param observable Name or number of the observable to plot, where there are
#'   several.
#' @param ndraws Whole number of replicated data sets, or `NULL`: 8 where each
#'   has a panel or box of its own, 50 where each is drawn as a line, else 1000.
#' @param ... Forwarded to the function of bayesplot, so only its arguments.
#' @return A ggplot.
#' @section Errors:
#' * `amortflow_error_argument`: bayesplot has no such type, its function has
#'   no such argument, or needs one that is not given, or cannot draw these data.
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
    cores = getOption("mc.cores", 1L), ..., observable = 1) {
  sets <- read_newdata(object, newdata, NULL, context)
  if (sets$many) {
    abort_newdata(
      "`newdata` must be one data set for this plot, not many.",
      rlang::current_env(),
      hint = "Draw the plot of each data set."
    )
  }
  k <- match_observable(observable, object$spec)
  spec <- object$spec$observables[[k]]
  values <- ppc_values(sets$data[[k]])
  type <- ppc_type(type, values, spec$observed)
  arguments <- ppc_arguments(type, values, spec, list(...))
  yrep <- predict_sets(
    object, sets, ndraws %||% ppc_ndraws(type), seed, cores
  )
  if (is.list(yrep)) yrep <- yrep[[k]]
  check_replicates(yrep, values)
  ppc_plot(type, values, yrep, spec, arguments)
}

# Elements of an array in R's order, as posterior_predict() gives them.
ppc_values <- function(rows) {
  if (is.null(rows$shape)) rows$values else matrix(one_array(rows), ncol = 1)
}

# The place of an observable given by name or number.
match_observable <- function(observable, spec, call = rlang::caller_env()) {
  names <- vapply(spec$observables, `[[`, "", "name")
  if (is.character(observable)) {
    return(match(assert_choice(observable, names, call = call), names))
  }
  assert_count(observable, upper = length(names), call = call)
}

# Types that give each replicated data set a panel or a box.
one_panel_each <- c(
  "hist", "dens", "freqpoly", "boxplot", "dots", "scatter", "error_hist",
  "error_scatter", "error_binned"
)

ppc_ndraws <- function(type) {
  if (sub("_grouped$", "", type) %in% one_panel_each) {
    # With the data 9 panels, a square.
    return(8)
  }
  if (grepl("overlay", type)) 50 else 1000
}

ppc_type <- function(type, values, observed, call = rlang::caller_env()) {
  type <- assert_string(type, call = call)
  if (type == "auto") {
    whole <- all(values == round(values))
    return(switch(observed,
      series = "ribbon",
      array = ,
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

# The function of bayesplot, in its form with panels where data have several
# variables and it has one.
ppc_function <- function(type, values, spec) {
  grouped <- paste0("ppc_", type, "_grouped")
  several <- spec$observed != "vector" && ncol(values) > 1
  panels <- several && grouped %in% as.character(bayesplot::available_ppc())
  name <- if (panels) grouped else paste0("ppc_", type)
  list(
    name = name, panels = panels, draw = getExportedValue("bayesplot", name)
  )
}

# All arguments but `yrep`: ours, and the user's on top.
ppc_arguments <- function(type, values, spec, given,
                          call = rlang::caller_env()) {
  found <- ppc_function(type, values, spec)
  known <- names(formals(found$draw))
  ours <- list(y = as.vector(values))
  if (found$panels) {
    names <- spec$names %||% sprintf("x%d", seq_len(ncol(values)))
    ours$group <- factor(rep(names, each = nrow(values)), names)
  }
  check_ppc_dots(given, setdiff(known, c("yrep", names(ours))), call)
  if ("x" %in% known) {
    ours$x <- if (spec$observed == "vector") {
      seq_len(ncol(values))
    } else {
      rep(seq_len(nrow(values)), ncol(values))
    }
  }
  if (type == "ecdf_overlay" && all(values == round(values))) {
    ours$discrete <- TRUE
  }
  ours[names(given)] <- given
  check_ppc_needs(found, names(ours), call)
  ours
}

check_ppc_dots <- function(given, known, call) {
  names <- names(given) %||% rep("", length(given))
  unknown <- !names %in% setdiff(known, "...")
  if (any(unknown)) {
    own <- names(formals(pp_check.amortflow_posterior_fit))
    abort_unknown(names[unknown], c(known, setdiff(own, "object")), call)
  }
}

check_ppc_needs <- function(found, given, call) {
  needed <- vapply(formals(found$draw), rlang::is_missing, NA)
  # Without default in bayesplot, yet each can stand for another.
  free <- c("...", "yrep", "pit", "lw", "psis_object")
  lacking <- setdiff(names(needed)[needed], c(given, free))
  if (length(lacking) > 0) {
    amortflow_abort(
      sprintf(
        "`type` must be a plot that needs no more than the data, but %s() needs %s.",
        found$name, paste0("`", lacking, "`", collapse = ", ")
      ),
      "argument",
      hint = sprintf(
        "Give %s, or take another type.",
        paste0("`", lacking, " = `", collapse = ", ")
      ),
      arg = "type", call = call
    )
  }
}

ppc_plot <- function(type, values, yrep, spec, arguments,
                     call = rlang::caller_env()) {
  found <- ppc_function(type, values, spec)
  plot <- draw_ppc(found, c(arguments, list(yrep = unname(yrep))), call) +
    ggplot2::labs(title = "Posterior predictive check") + plot_theme()
  if (!"x" %in% names(formals(found$draw))) {
    return(plot)
  }
  if (spec$observed == "vector") {
    return(plot + vector_axis(ncol(values), spec$names))
  }
  plot + ggplot2::labs(x = "position")
}

draw_ppc <- function(found, arguments, call) {
  tryCatch(
    do.call(found$draw, arguments),
    error = function(condition) {
      amortflow_abort(
        sprintf("`type` must be a plot of such data, but %s() fails.", found$name),
        "argument",
        arg = "type", parent = condition, call = call
      )
    }
  )
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
