#' Simulate by a learned likelihood
#'
#' Data sets for given parameters, drawn by the network that [fit_likelihood()]
#' trained in place of the simulator.
#'
#' @inheritParams sample_posterior
#' @param fit A fit made by [fit_likelihood()] or [fit_joint()].
#' @param parameters Where to simulate: a matrix or data frame with one row per
#'   point and a column per parameter, a named vector, or draws of posterior.
#' @param context Context values, one row per row of `parameters` or one for all.
#' @param nsim Whole number: data sets for each row of `parameters`.
#' @param n_obs Whole number: observations of each data set, where data are
#'   exchangeable or series; `NULL` for the context variable `n_obs` or else the most
#'   seen in training.
#' @param covariates Where the likelihood was learned given covariates: a matrix or
#'   data frame with a column for each and a row for each observation; all data sets
#'   have the same. It says how many observations there are.
#' @return Data in the form that `simulate()$data` has: for `observed = "vector"` a
#'   matrix with one row per data set; for `"exchangeable"` and `"series"` an array
#'   (data set, position, variable) or a list of matrices. The `nsim` data sets of a row of
#'   `parameters` follow one another.
#' @section Errors:
#' `amortflow_error_parameters` where `parameters` has a wrong shape or names;
#' `amortflow_error_unsupported` where no likelihood was learned.
#' @examples
#' \donttest{
#' fit <- fit_likelihood(
#'   example_model("two_moons"),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' sample_likelihood(fit, c(0, 0), nsim = 3, seed = 1)
#' }
#' @export
sample_likelihood <- function(fit, parameters, context = NULL, nsim = 1, seed = NULL,
                              n_obs = NULL, cores = getOption("mc.cores", 1L),
                              covariates = NULL) {
  call <- rlang::current_env()
  learned <- learned_likelihood(fit)
  nsim <- assert_count(nsim)
  points <- likelihood_points(learned, parameters, call)
  of <- rep(seq_len(nrow(points)), each = nsim)
  roles <- learned$spec$likelihood
  covariates <- covariate_rows(roles, covariates, call)
  lengths <- drawn_lengths(roles, n_obs %||% covariate_count(roles, covariates), context, length(of), call)
  check_covariate_count(roles, covariates, lengths, call)
  sets <- list(data = list(list(lengths = lengths)), n = length(of))
  context <- likelihood_context(learned, context, of, sets, call)
  assert_room(1, sum(lengths), length(roles$variables), call)
  draw <- if (roles$observed == "series") draw_series else draw_observations
  values <- draw(
    learned, points[of, , drop = FALSE], context, lengths, covariates,
    as_seed(seed), assert_count(cores), call
  )
  blocks_data(list(list(values = values, lengths = lengths)), roles$observed)
}

#' The fit of the likelihood in a fit
#' @noRd
learned_likelihood <- function(fit, arg = rlang::caller_arg(fit), call = rlang::caller_env()) {
  if (inherits(fit, "amortflow_joint_fit")) {
    return(fit$likelihood)
  }
  assert_class(
    fit, "amortflow_likelihood_fit", "fit_likelihood() or fit_joint()",
    arg = arg, call = call
  )
  fit
}

likelihood_points <- function(learned, parameters, call) {
  if (inherits(parameters, "amortflow_draws")) {
    abort_parameters("`parameters` must be of one data set, not amortflow_draws.", call,
      hint = "Take one element: draws[[1]]."
    )
  }
  # As for one data set: any number of rows.
  points <- read_parameters(asking(learned), parameters, 1, call)$values
  support <- learned$spec$likelihood$parameter_support
  outside <- which(t(t(points) < support$lower | t(points) > support$upper), arr.ind = TRUE)
  if (nrow(outside) > 0) {
    at <- outside[1, ]
    abort_parameters(
      sprintf(
        "`parameters` must lie in the prior's support, but \"%s\" is %s.",
        colnames(points)[[at[[2]]]], format(points[at[[1]], at[[2]]])
      ), call
    )
  }
  points
}

drawn_lengths <- function(roles, n_obs, context, count, call) {
  if (roles$observed == "vector") {
    return(rep(1L, count))
  }
  known <- if (is.list(context) || is.matrix(context)) as.list(as.data.frame(context))[["n_obs"]]
  if (!is.null(n_obs) && !is.null(known) && any(n_obs != known)) {
    abort_argument(n_obs, "n_obs", "the `n_obs` of `context`, or left out", call)
  }
  lengths <- n_obs %||% known %||% roles$observables[[1]]$n_obs[[2]]
  good <- is_whole(lengths, length(lengths), lower = 1) && count %% length(lengths) == 0
  if (!good) {
    abort_argument(n_obs, "n_obs", "a whole number from 1", call)
  }
  as.integer(rep(lengths, each = count / length(lengths)))
}

# Context of each data set: one row for all, or one for each row of parameters.
likelihood_context <- function(learned, context, of, sets, call) {
  points <- max(of)
  roles <- learned$spec$likelihood
  one <- list(data = list(list(lengths = sets$data[[1]]$lengths[match(seq_len(points), of)])), n = points)
  known <- read_context(list(context = roles$context), context, one, call)
  row_context(roles, known)[of, , drop = FALSE]
}

# Parameters and context in the role of data, as read_newdata() gives these.
condition_sets <- function(parameters, context) {
  count <- nrow(parameters)
  list(
    data = list(list(values = unname(parameters), lengths = rep(1L, count))),
    context = context, n = count, many = TRUE, ids = NULL, groups = list(integer())
  )
}

#' A learned likelihood as one asks a posterior: parameters are parameters again
#'
#' @return Something with the parts of a fit that read_newdata(),
#'   read_parameters() and posterior_target() look at.
#' @noRd
asking <- function(learned) {
  roles <- learned$spec$likelihood
  observables <- roles$observables
  # Observations add up: no number of them is an extrapolation.
  if (roles$observed != "vector") observables[[1]]$n_obs <- c(1, .Machine$integer.max)
  idle <- list(list())
  structure(
    list(
      spec = list(
        variables = roles$parameters, support = roles$parameter_support,
        observables = observables, context = roles$context,
        summary = summary_identity()
      ),
      adapter = list(
        data = idle, data_names = list(roles$variables), may_miss = list(numeric()),
        context_may_miss = numeric(), subsample = 0, direct = list(numeric())
      ),
      model = learned$model, learned = learned
    ),
    class = "amortflow_asked_likelihood"
  )
}

#' Log likelihood by a learned likelihood
#'
#' Pointwise log densities of data at parameters, by the network that
#' [fit_likelihood()] trained: what loo and others take.
#'
#' @inheritParams sample_posterior
#' @param object A fit made by [fit_likelihood()].
#' @param draws Where to evaluate, in a form that `parameters` of [log_density()]
#'   has: `amortflow_draws` for many data sets.
#' @param ... Empty.
#' @return For one data set a numeric matrix S x N (draw, observation; a vector is
#'   one observation); for many an unnamed list of these.
#' @section Errors:
#' `amortflow_error_parameters` where `draws` has a wrong shape or names, and those
#' of [sample_posterior()].
#' @examples
#' \donttest{
#' fit <- fit_likelihood(
#'   example_model("gaussian_mean"),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' data <- matrix(rnorm(200), 50, 4)
#' dim(log_lik(fit, data, draws = matrix(0, 3, 4)))
#' }
#' @export
log_lik.amortflow_likelihood_fit <- function(object, newdata, draws, context = NULL, by = NULL,
                                             cores = getOption("mc.cores", 1L), ...) {
  assert_no_dots(...)
  call <- rlang::current_env()
  asked <- asking(object)
  sets <- read_newdata(asked, newdata, by, context)
  places <- read_parameters(asked, draws, sets$n, call)
  cores <- assert_count(cores)
  values <- lapply(seq_len(sets$n), function(i) {
    learned_log_lik(
      object, places$values[places$set == i, , drop = FALSE],
      subset_blocks(sets$data, i)[[1]], sets$context[i, , drop = FALSE], cores, call
    )
  })
  if (sets$many) values else values[[1]]
}
