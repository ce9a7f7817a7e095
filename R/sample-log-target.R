# The unnormalised posterior of a model that knows its log likelihood: what importance weights and
# exact samplers ask for.

#' Refuse fits whose draws cannot be weighed against a known likelihood
#'
#' @noRd
assert_known_likelihood <- function(fit, arg = "fit", call = rlang::caller_env()) {
  if (is.null(fit$model) && inherits(fit, "amortflow_joint_fit")) {
    amortflow_abort(
      "The prior must be known, but this fit holds no model.", "unsupported",
      hint = "load_fit(path, model = ) gives a loaded fit its model back.", arg = arg, call = call
    )
  }
  if (is.null(fit$model)) {
    refuse_unknown_likelihood("holds no model", call)
  }
  if (!has_log_lik(fit$model) && !inherits(fit, "amortflow_joint_fit")) {
    refuse_unknown_likelihood("has a model that knows no log likelihood", call)
  }
  if (!is.null(fit$adapter$keep)) {
    amortflow_abort(
      sprintf(
        "The likelihood needs all parameters, but this posterior is about %s alone.",
        shown_names(fit$spec$variables)
      ),
      "unsupported",
      hint = "Fit without adapt_select() of parameters.", arg = arg, call = call
    )
  }
  refuse_plate(fit$model, paste0("`", arg, "$model`"), call)
}

refuse_unknown_likelihood <- function(why, call) {
  amortflow_abort(
    sprintf("The log likelihood must be known, but this fit %s.", why),
    "unsupported",
    hint = paste(
      "Give `log_lik =` to generative_model(), or a C++ simulator that registers one;",
      "load_fit(path, model = ) gives a loaded fit its model back."
    ),
    call = call
  )
}

#' Log density, up to a constant, of the posterior of one data set
#'
#' @param sets From read_newdata().
#' @param i The data set.
#' @param prior The prior in place of the model's, see as_other_prior().
#' @param may_miss Is a likelihood that is not a number zero, instead of an error?
#' @return Function of a matrix of parameters (rows: points; user's scale, columns in
#'   the order of the fit's variables): one number each, `-Inf` outside the prior's
#'   support, where the likelihood is not asked.
#' @noRd
posterior_target <- function(fit, sets, i, prior = fit$model$prior,
                             may_miss = FALSE, cores = 1, call = rlang::caller_env()) {
  given <- given_values(prior, sets$context[i, , drop = FALSE])
  log_lik <- set_likelihood(fit, sets, i, cores, call)
  order <- match(prior_variables(prior), fit$spec$variables)
  function(parameters) {
    density <- prior_log_density(prior, parameters[, order, drop = FALSE], given, call)
    possible <- which(density > -Inf)
    if (length(possible) > 0) {
      density[possible] <- density[possible] + sum_log_lik(
        log_lik, parameters[possible, , drop = FALSE], may_miss, call
      )
    }
    density
  }
}

#' The log likelihood of one data set, known or learned
#'
#' @return Function of a matrix of parameters in the order of the fit's variables
#'   and of `may_miss`, see posterior_target(): a matrix (row, observation).
#' @noRd
set_likelihood <- function(fit, sets, i, cores = 1, call = rlang::caller_env()) {
  UseMethod("set_likelihood")
}

#' @exportS3Method
set_likelihood.amortflow_posterior_fit <- function(fit, sets, i, cores = 1,
                                                   call = rlang::caller_env()) {
  order <- match(prior_variables(fit$model$prior), fit$spec$variables)
  log_lik <- log_lik_function(
    fit$model, subset_blocks(sets$data, i), sets$context[i, , drop = FALSE], call
  )
  function(parameters, may_miss = FALSE) log_lik(parameters[, order, drop = FALSE], may_miss)
}

#' @exportS3Method
set_likelihood.amortflow_asked_likelihood <- function(fit, sets, i, cores = 1,
                                                      call = rlang::caller_env()) {
  rows <- subset_blocks(sets$data, i)[[1]]
  context <- sets$context[i, , drop = FALSE]
  function(parameters, may_miss = FALSE) {
    learned_log_lik(fit$learned, parameters, rows, context, cores, call)
  }
}

#' @exportS3Method
set_likelihood.amortflow_joint_fit <- function(fit, sets, i, cores = 1,
                                               call = rlang::caller_env()) {
  if (!is.null(fit$model) && has_log_lik(fit$model)) {
    return(NextMethod())
  }
  set_likelihood(asking(fit$likelihood), sets, i, cores, call)
}

# In pieces, so that long data sets need no matrix of all draws.
sum_log_lik <- function(log_lik, parameters, may_miss, call) {
  count <- nrow(parameters)
  # Samplers ask for a few rows, many times.
  pieces <- if (count <= host_grid) list(seq_len(count)) else grid_pieces(0, count)
  sums <- lapply(pieces, function(rows) {
    rowSums(log_lik(parameters[rows, , drop = FALSE], may_miss))
  })
  sums <- unlist(sums)
  missing <- which(is.na(sums))
  if (length(missing) > 0 && !may_miss) {
    abort_log_lik("gave NaN, not log densities", missing[[1]], parameters, call)
  }
  # Far out, where samplers look but do not stay, numbers overflow.
  sums[missing] <- -Inf
  sums
}

#' Check a prior that is to take the place of the model's
#'
#' @param prior As the user gave it; `NULL` for the model's own.
#' @return The prior.
#' @noRd
as_other_prior <- function(prior, fit, call = rlang::caller_env()) {
  own <- fit$model$prior
  if (is.null(prior)) {
    return(own)
  }
  assert_class(
    prior, "amortflow_prior", "priors() or prior_function()",
    arg = "prior", call = call
  )
  if (!setequal(prior_variables(prior), prior_variables(own)) || !is.null(plate_of(prior))) {
    amortflow_abort(
      sprintf(
        "`prior` must be of the parameters %s, not %s.",
        shown_names(prior_variables(own)), shown_names(prior_variables(prior))
      ),
      "argument",
      arg = "prior", call = call
    )
  }
  check_given_context(prior, fit$model$context, call)
  prior
}

# Does `prior` put mass only where the fit was trained? Draws of the fit say nothing about the rest.
within_training_support <- function(prior, fit) {
  own <- prior_support(fit$model$prior)
  other <- prior_support(prior)
  at <- match(names(own$lower), names(other$lower))
  identical(shapes_by_name(own), shapes_by_name(other)) &&
    all(other$lower[at] >= own$lower) && all(other$upper[at] <= own$upper)
}

shapes_by_name <- function(support) {
  lapply(support$shapes, function(shape) {
    list(kind = shape$kind, names = names(support$lower)[shape$columns])
  })
}
