#' Learn which model data come from
#'
#' Trains a network on simulations of several models to tell, for any data set,
#' how probable each model is. Its score, the log of the true model's
#' probability, is best on average where probabilities are the exact posterior
#' ones, so that nothing is known of the models but how to simulate them.
#'
#' @section What is learned:
#' With `output = "softmax"`, probabilities p_j of the models by the score
#' -log p_j of the true one. It is not smoothed: smoothing by e would keep Bayes
#' factors below (1 - e) / e.
#'
#' With `output = "dirichlet"`, concentrations alpha_j = 1 + exp(raw_j) of a
#' Dirichlet distribution of probabilities (Sensoy et al. 2018; Radev et al.
#' 2021), by -log of the true model's mean probability plus `regularization`
#' times the divergence of the Dirichlet distribution, without what speaks for
#' the true model, from the uniform one. Few evidence (`sum(alpha)` near the
#' number of models) marks data that no model explains well.
#'
#' Models must give data of one kind: the same observables, variables and
#' context. Numbers of observations may differ from data set to data set.
#'
#' @inheritParams fit_posterior
#' @param models Named list of at least two [generative_model()]s; or `NULL`
#'   where `simulations` are enough.
#' @param simulations Named list of [simulations()] or [simulate()]s, one of each
#'   model, to train on; `NULL` simulates while training.
#' @param prior_prob Probabilities of the models before the data; `NULL` for
#'   equal ones. Models are simulated in these proportions; other odds can be
#'   asked for afterwards (`post_prob(prior_prob = )`). Simulations that are given
#'   may come in other proportions, which probabilities are corrected for.
#' @param output `"softmax"` or `"dirichlet"`.
#' @param inference [inference_mlp()] or `"auto"`.
#' @param regularization Number from 0: see What is learned.
#' @return An object of class `amortflow_comparison_fit`, for
#'   [compare_probabilities()] and [check_comparison()]: a plain list like that of
#'   [fit_posterior()].
#' @section Errors:
#' `amortflow_error_argument` where models or simulations are not of one kind, and
#' those of [fit_posterior()].
#' @references
#' Radev, D'Alessandro, Mertens, Voss, Koethe and Buerkner (2021). Amortized
#' Bayesian model comparison with evidential deep learning. *IEEE Transactions on
#' Neural Networks and Learning Systems*.
#'
#' Sensoy, Kaplan and Kandemir (2018). Evidential deep learning to quantify
#' classification uncertainty. *NeurIPS*.
#' @examples
#' heads <- function(a, b) {
#'   generative_model(
#'     prior_function(function() c(p = rbeta(1, a, b))),
#'     simulator(function(theta) rbinom(1, 50, theta$p))
#'   )
#' }
#' fit <- fit_comparison(
#'   list(fair = heads(10, 10), any = heads(1, 1)),
#'   epochs = 2, batches_per_epoch = 20, validation = 100, seed = 1, silent = TRUE
#' )
#' compare_probabilities(fit, 25)
#' @export
fit_comparison <- function(models = NULL, simulations = NULL, prior_prob = NULL,
                           output = c("softmax", "dirichlet"), summary = "auto",
                           inference = "auto", adapter = "auto", epochs = "auto",
                           batches_per_epoch = "auto", batch_size = "auto",
                           learning_rate = "auto", validation = 1000,
                           patience = 10, seed = NULL,
                           cores = getOption("mc.cores", 1L), device = "cpu",
                           from = NULL, refresh = 1, silent = FALSE, file = NULL,
                           file_refit = c("never", "always", "on_change"),
                           schedule = "auto", average = "auto", checkpoint = NULL,
                           checkpoint_minutes = 10,
                           mode = c("online", "rounds", "replay"), bank = "auto",
                           reuse = "auto", accumulate = TRUE, regularization = 0.001) {
  given <- as.list(rlang::current_env())
  call <- rlang::current_env()
  output <- assert_choice(output, c("softmax", "dirichlet"))
  assert_comparison(models, simulations, call)
  prior_prob <- assert_prior_prob(prior_prob, names(models %||% simulations), call)
  model_names <- names(models %||% simulations)
  given["simulations"] <- list(if (!is.null(simulations)) mix_simulations(simulations[model_names]))
  mixture <- if (is.null(simulations)) new_model_mixture(models, prior_prob, call)
  given["model"] <- list(mixture)
  given$inference <- assert_mlp(inference)
  training_prob <- if (is.null(mixture)) lengths(simulations[model_names]) / sum(lengths(simulations)) else mixture_prob(mixture)
  fit_with(list(
    kind = "comparison", models = model_names, output = output,
    prior_prob = prior_prob, training_prob = unname(training_prob),
    regularization = assert_number(regularization, lower = 0, upper = 1000)
  ), given)
}

# Models, simulations, or both, one for each model and of one kind.
assert_comparison <- function(models, simulations, call) {
  if (is.null(models) && is.null(simulations)) {
    amortflow_abort(
      "`models` or `simulations` must be given.", "argument",
      hint = "Make models with generative_model(), simulations with simulate().",
      call = call
    )
  }
  assert_several(models, "models", "amortflow_model", "models made by generative_model()", call)
  assert_several(
    simulations, "simulations", "amortflow_simulations",
    "simulations made by simulate() or simulations()", call
  )
  if (!is.null(models) && !is.null(simulations) && !setequal(names(models), names(simulations))) {
    abort_argument(simulations, "simulations", "named like `models`", call)
  }
  for (name in names(models)) {
    refuse_plate(models[[name]], sprintf("Model `%s`", name), call)
  }
  check_one_kind(lapply(models, comparable_model), "models", call)
  check_one_kind(lapply(simulations, comparable_simulations), "simulations", call)
}

assert_several <- function(x, arg, class, what, call) {
  good <- is.null(x) || is.list(x) && length(x) >= 2 && rlang::is_dictionaryish(x) &&
    all(vapply(x, inherits, NA, class))
  if (!good) {
    abort_argument(x, arg, sprintf("a named list of at least two %s, each name once", what), call)
  }
}

comparable_model <- function(model) {
  list(
    observed = model$observed, context = sort(context_variables(model$context) %||% character()),
    width = model_identity(model)$width
  )
}

comparable_simulations <- function(simulations) {
  kind <- model_identity(NULL, simulations)
  blocks <- data_blocks(simulations[1]$data, kind$observed)
  list(
    observed = kind$observed, context = sort(kind$context %||% character()), width = kind$width,
    names = unlist(lapply(blocks, \(rows) sort(colnames(rows$values))))
  )
}

check_one_kind <- function(kinds, arg, call) {
  what <- c(
    observed = "are observed as something else", context = "have other context values",
    width = "have another number of variables", names = "have other variables"
  )
  for (part in names(what)) {
    known <- Filter(\(kind) !is.null(kind[[part]]), kinds)
    odd <- vapply(known, \(kind) !identical(unname(kind[[part]]), unname(known[[1]][[part]])), NA)
    if (any(odd)) {
      amortflow_abort(
        sprintf(
          "`%s` must give data of one kind, but those of `%s` %s than those of `%s`.",
          arg, names(known)[odd][[1]], what[[part]], names(known)[[1]]
        ),
        "argument",
        hint = "Networks tell models apart by the same data: simulate the same variables.",
        arg = arg, call = call
      )
    }
  }
}

assert_mlp <- function(inference, call = rlang::caller_env()) {
  if (identical(inference, "auto")) {
    return(inference_mlp())
  }
  assert_network(inference, "inference", call = call)
  inference <- fill_ensemble(inference, inference_mlp())
  if (!identical(member_network(inference)$kind, "mlp")) {
    abort_argument(
      inference, "inference", "inference_mlp() or an inference_ensemble() of it", call
    )
  }
  inference
}
