#' Log densities of parameters given data
#'
#' The normalised density that the networks have learned, on the parameters'
#' own scale (the adapter's log-Jacobian is included). Where a true density is
#' known, `log p - log q` averaged over simulations measures how far the fit is
#' from the best possible.
#'
#' @inheritParams sample_posterior
#' @param parameters Where to evaluate, columns named as the fit's variables
#'   or in their order:
#'   * a matrix or data frame, one row per data set of `newdata`, or any number
#'     of rows if `newdata` is one data set; a plain vector is one row;
#'   * an [amortflow_draws][amortflow_draws] for the same data sets as
#'     `newdata`;
#'   * draws of the posterior package, if `newdata` is one data set.
#' @param fit A fit made by [fit_posterior()], [fit_joint()] or [fit_likelihood()].
#' @param type `"posterior"`: log q(parameters | data). `"likelihood"`: log
#'   q(data | parameters), the sum over observations where data are exchangeable, for
#'   fits of [fit_joint()] and [fit_likelihood()] (which have no other).
#' @param gradient `TRUE`: the gradient of a learned log likelihood by the
#'   parameters too. Networks whose density is an integral
#'   ([inference_flow_matching()], [inference_diffusion()]) have none.
#' @return A numeric vector, one number per row of `parameters` (or per draw);
#'   for `amortflow_draws` a matrix draws x data sets. Parameters outside the
#'   prior's support have log density `-Inf`. With `gradient = TRUE` it has the
#'   attribute `gradient`: a matrix (row, parameter), or an array (draw, data set,
#'   parameter); 0 where the density is.
#' @section Errors:
#' * `amortflow_error_parameters`: `parameters` has a wrong shape or names, or
#'   is missing somewhere.
#' * `amortflow_error_newdata`, `amortflow_error_context`,
#'   `amortflow_error_unsupported`, `amortflow_error_argument` as in
#'   [sample_posterior()].
#' @examples
#' \donttest{
#' fit <- fit_posterior(
#'   example_model("two_moons"),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' log_density(fit, rbind(c(0, 0), c(0.5, 0.5)), newdata = c(0, 0))
#' draws <- sample_posterior(fit, c(0, 0), ndraws = 100, seed = 1)
#' summary(log_density(fit, draws, c(0, 0)))
#' }
#' @export
log_density <- function(fit, parameters, newdata, context = NULL,
                        type = c("posterior", "likelihood"), gradient = FALSE,
                        by = NULL, cores = getOption("mc.cores", 1L)) {
  learned_only <- missing(type) && inherits(fit, "amortflow_likelihood_fit")
  type <- if (learned_only) "likelihood" else assert_choice(type, c("posterior", "likelihood"))
  assert_flag(gradient)
  fit <- density_source(fit, type)
  if (gradient) refuse_gradient(fit)
  sets <- read_newdata(fit, newdata, by, context)
  cores <- assert_count(cores)
  places <- read_parameters(fit, parameters, sets$n)
  density <- with_call(if (gradient) {
    likelihood_gradient(fit, places$values, sets, places$set, cores)
  } else {
    posterior_density(fit, places$values, sets, places$set, cores)
  })
  if (is.null(places$shape)) density else shape_density(density, places$shape, sets$ids)
}

# Draws x data sets, and a gradient draws x data sets x parameters.
shape_density <- function(density, shape, ids) {
  gradient <- attr(density, "gradient")
  names <- if (!is.null(ids)) list(NULL, ids)
  out <- matrix(density, shape[[1]], shape[[2]], dimnames = names)
  if (!is.null(gradient)) {
    attr(out, "gradient") <- array(
      gradient, c(shape, ncol(gradient)), list(NULL, ids, colnames(gradient))
    )
  }
  out
}

#' @exportS3Method
posterior_density.amortflow_ratio_fit <- function(fit, parameters, sets, set, cores) {
  if (is.null(fit$model)) {
    amortflow_abort(
      "The prior must be known, but this fit of ratios holds no model.", "unsupported",
      hint = "load_fit(path, model = ) gives a loaded fit its model back.", call = rlang::caller_env()
    )
  }
  prior <- fit$model$prior
  each_set(parameters, set, \(i) posterior_target(fit, sets, i, prior))
}

#' @exportS3Method
posterior_density.amortflow_asked_likelihood <- function(fit, parameters, sets, set, cores) {
  each_set(parameters, set, function(i) {
    log_lik <- set_likelihood(fit, sets, i, cores)
    \(rows) rowSums(log_lik(rows))
  })
}

# `target(i)` is a function of the rows of parameters that belong to data set i.
each_set <- function(parameters, set, target) {
  values <- numeric(nrow(parameters))
  for (i in unique(set)) {
    own <- which(set == i)
    values[own] <- target(i)(parameters[own, , drop = FALSE])
  }
  values
}

has_density <- function(fit) {
  !identical(member_network(fit$spec$inference)$kind, "consistency")
}

assert_has_density <- function(fit, call = rlang::caller_env()) {
  if (!has_density(fit)) {
    amortflow_abort(
      "`fit` must have a density: a consistency model gives draws, but none.",
      "unsupported",
      hint = paste(
        "Fit with inference_flow_matching() or inference_diffusion(), whose",
        "densities are integrals, or inference_coupling_flow(), which is fastest."
      ),
      call = call
    )
  }
}

# What a density is asked of.
density_source <- function(fit, type, call = rlang::caller_env()) {
  if (type == "likelihood" && !inherits(fit, "amortflow_posterior_fit") ||
    inherits(fit, "amortflow_joint_fit") && type == "likelihood") {
    return(asking(learned_likelihood(fit, "fit", call)))
  }
  assert_drawable_fit(fit, call)
  if (type == "likelihood") {
    amortflow_abort(
      "`type` must be \"posterior\": this fit has learned no likelihood.",
      "unsupported",
      hint = "fit_likelihood() and fit_joint() learn one.", call = call
    )
  }
  assert_has_density(fit, call)
  fit
}

refuse_gradient <- function(fit, call = rlang::caller_env()) {
  if (!inherits(fit, "amortflow_asked_likelihood")) {
    amortflow_abort(
      "`gradient` must be FALSE but for learned likelihoods.", "unsupported",
      hint = "log_density(type = \"likelihood\", gradient = TRUE) takes fits of fit_likelihood() and fit_joint().",
      call = call
    )
  }
  assert_likelihood_gradient(fit$learned, call)
}

abort_parameters <- function(message, call, hint = NULL) {
  amortflow_abort(message, "parameters", hint = hint, call = call)
}

abort_missing_parameters <- function(call) {
  amortflow_abort(
    "`parameters` must be given: where to evaluate the density.",
    "argument",
    arg = "parameters", call = call
  )
}

# Rows of parameters, the data set of each, and the shape of the answer (NULL:
# a vector).
read_parameters <- function(fit, parameters, n_sets,
                            call = rlang::caller_env()) {
  if (missing(parameters)) {
    abort_missing_parameters(call)
  }
  if (inherits(parameters, "amortflow_draws")) {
    return(draws_parameters(fit, parameters, n_sets, call))
  }
  is_draws <- posterior::is_draws(parameters)
  if (is_draws) {
    parameters <- unclass(posterior::as_draws_matrix(parameters))
  } else if (is.atomic(parameters) && is.null(dim(parameters))) {
    parameters <- rbind(parameters, deparse.level = 0)
  }
  values <- parameter_table(fit, parameters, call)
  if (n_sets != 1 && (is_draws || nrow(values) != n_sets)) {
    abort_parameters(
      sprintf(
        "`parameters` must have one row for each of the %d data sets, not %d.",
        n_sets, nrow(values)
      ),
      call,
      hint = "Any number of rows goes with one data set."
    )
  }
  set <- if (n_sets == 1) rep(1L, nrow(values)) else seq_len(n_sets)
  list(values = values, set = set, shape = NULL)
}

draws_parameters <- function(fit, draws, n_sets, call) {
  n <- dim(draws)
  if (n[[2]] != n_sets) {
    abort_parameters(
      sprintf(
        "`parameters` must hold draws for the %d data sets of `newdata`, not for %d.",
        n_sets, n[[2]]
      ),
      call
    )
  }
  values <- matrix(
    as.vector(unclass(draws)), n[[1]] * n[[2]], n[[3]],
    dimnames = list(NULL, dimnames(draws)[[3]])
  )
  list(
    values = parameter_table(fit, values, call),
    set = rep(seq_len(n_sets), each = n[[1]]),
    shape = n[1:2]
  )
}

parameter_table <- function(fit, x, call) {
  expected <- fit$spec$variables
  if (is.data.frame(x)) {
    x <- as.matrix(x)
  }
  if (!is.matrix(x) || !is.numeric(x)) {
    abort_parameters(
      sprintf(
        "`parameters` must be a matrix of numbers with columns %s, not %s.",
        shown_names(expected), describe_value(x)
      ),
      call
    )
  }
  if (!is.null(colnames(x)) && setequal(colnames(x), expected)) {
    x <- x[, expected, drop = FALSE]
  } else if (!is.null(colnames(x)) || ncol(x) != length(expected)) {
    given <- if (is.null(colnames(x))) sprintf("%d columns", ncol(x)) else {
      shown_names(colnames(x))
    }
    abort_parameters(
      sprintf(
        "`parameters` must have the columns %s, not %s.",
        shown_names(expected), given
      ),
      call
    )
  }
  if (anyNA(x)) {
    abort_parameters("`parameters` must not be missing anywhere.", call)
  }
  storage.mode(x) <- "double"
  dimnames(x) <- list(NULL, expected)
  x
}
