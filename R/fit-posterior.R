#' Train a neural posterior
#'
#' Trains networks on simulations of a model once; from then on
#' [sample_posterior()] answers for any data set in milliseconds (neural
#' posterior estimation). Nothing but `model` (or `simulations`) is needed.
#'
#' @section Online and offline:
#' With `model` alone, every batch is simulated afresh, so the networks cannot
#' overfit; simulators in C++ run on `cores` threads, simulators in R run on
#' R's own thread while training goes on. With `simulations`, training uses
#' those and nothing else; a part of them is kept for validation.
#'
#' @section Outcomes:
#' `fit$outcome$code` says how training ended, `fit$outcome$advice` what to do:
#' `"converged"` (validation levelled off), `"max_epochs"` (it was still
#' improving), `"stopped_early"` (worse than the best for `patience` epochs),
#' `"interrupted"` (Ctrl-C; the best weights so far are kept), `"diverged"` (the
#' loss or its gradient left the finite numbers, or three epochs in a row were
#' worse than an untrained network; the best weights are kept).
#'
#' @section Reproducibility:
#' Same seed, instruction set and LibTorch: the same weights bit by bit,
#' whatever `cores`. The instruction set is shown by `print()` of the fit.
#'
#' @section Errors:
#' * `amortflow_error_argument`: an argument is not what it must be.
#' * `amortflow_error_simulator`: the simulator failed. If training had begun,
#'   the condition's field `fit` holds the best fit so far.
#' * `amortflow_error_simulations`: fewer than two finite simulations.
#' * `amortflow_error_format`: `file` is not a fit.
#' * `amortflow_error_config`: the process was forked, as by
#'   `parallel::mclapply()`.
#'
#' @param model A [generative_model()], or `NULL` if `simulations` are given.
#' @param simulations `amortflow_simulations` from [simulate()] or
#'   [simulations()], or `NULL` for online training.
#' @param summary A summary network, such as [summary_deep_set()], or `"auto"`.
#' @param inference An inference network, such as [inference_coupling_flow()],
#'   or `"auto"`.
#' @param adapter `"auto"`: parameters are unconstrained by the prior's support
#'   and standardised, data are standardised; heavy-tailed or strongly skewed
#'   columns are compressed before that.
#' @param epochs,batches_per_epoch,batch_size Whole numbers, or `"auto"` for the
#'   rules of [default_networks()].
#' @param learning_rate Number: the highest learning rate of the schedule.
#' @param validation Whole number: simulations for validation. Offline at most a
#'   tenth of the simulations is taken.
#' @param patience Whole number: training stops after so many epochs in a row
#'   whose validation loss is worse than the best by more than the best's
#'   standard error (the one-standard-error rule of Breiman et al. 1984).
#' @param seed Whole number, or `NULL` to draw one from R's generator.
#' @param cores Whole number: threads to use.
#' @param device `"cpu"`.
#' @param from A fit of the same model and networks whose weights to start from,
#'   or `NULL`.
#' @param refresh Whole number: epochs between lines of progress where the
#'   console cannot show a bar; 0 for none.
#' @param silent `TRUE` for no progress and no messages.
#' @param file String: where to keep the fit, or `NULL`. If the file exists, the
#'   fit is read instead of trained, see `file_refit`.
#' @param file_refit `"never"` (read the file if it exists), `"always"`, or
#'   `"on_change"` (train again if model, simulations or settings differ).
#' @return An object of class `amortflow_posterior_fit`: a plain list that
#'   survives `saveRDS()`, with `spec`, `weights`, `adapter`, `history` (a data
#'   frame: epoch, loss, validation_loss, learning_rate, gradient_norm, skipped,
#'   seconds; losses are mean negative log densities on the networks' scale),
#'   `outcome`, `model`, `validation` (offline only) and `versions`.
#' @seealso [sample_posterior()], [check_calibration()], [save_fit()]
#' @examples
#' fit <- fit_posterior(
#'   example_model("two_moons"),
#'   epochs = 2, batches_per_epoch = 20, validation = 100,
#'   seed = 1, silent = TRUE
#' )
#' fit
#' @export
fit_posterior <- function(model = NULL, simulations = NULL, summary = "auto",
                          inference = "auto", adapter = "auto",
                          epochs = "auto", batches_per_epoch = "auto",
                          batch_size = "auto", learning_rate = 5e-4,
                          validation = 1000, patience = 10, seed = NULL,
                          cores = getOption("mc.cores", 1L), device = "cpu",
                          from = NULL, refresh = 1, silent = FALSE,
                          file = NULL,
                          file_refit = c("never", "always", "on_change")) {
  assert_not_forked()
  assert_choice(device, "cpu")
  assert_source(model, simulations)
  settings <- list(
    summary = assert_network(summary, "summary"),
    inference = assert_network(inference, "inference"),
    adapter = assert_choice(adapter, "auto"),
    epochs = assert_auto_count(epochs),
    batches_per_epoch = assert_auto_count(batches_per_epoch),
    batch_size = assert_auto_count(batch_size),
    learning_rate = assert_number(learning_rate, lower = 0),
    validation = assert_count(validation),
    patience = assert_count(patience)
  )
  cores <- assert_count(cores)
  refresh <- assert_count(refresh, lower = 0)
  silent <- assert_flag(silent)
  file_refit <- assert_choice(file_refit, c("never", "always", "on_change"))
  hash <- rlang::hash(list(fit_source_hash(model, simulations), settings, seed))
  kept <- read_kept_fit(file, file_refit, hash, model)
  if (!is.null(kept)) {
    return(kept)
  }
  task <- fit_task(model, simulations, settings, as_seed(seed), cores, from)
  fit <- run_fit(task, refresh = refresh, silent = silent)
  fit$hash <- hash
  if (!is.null(file)) {
    save_fit(fit, file)
  }
  fit
}

assert_source <- function(model, simulations, call = rlang::caller_env()) {
  if (is.null(model) && is.null(simulations)) {
    amortflow_abort(
      "`model` or `simulations` must be given.", "argument",
      hint = "Make a model with generative_model() or take an example_model().",
      call = call
    )
  }
  if (!is.null(model)) {
    assert_class(model, "amortflow_model", "generative_model()", call = call)
  }
  if (!is.null(simulations)) {
    assert_class(
      simulations, "amortflow_simulations", "simulate() or simulations()",
      call = call
    )
  }
}

assert_network <- function(x, stage, arg = rlang::caller_arg(x),
                           call = rlang::caller_env()) {
  if (!identical(x, "auto")) {
    assert_class(
      x, paste0("amortflow_", stage), sprintf("a %s_*() function", stage),
      arg = arg, call = call
    )
  }
  x
}

assert_auto_count <- function(x, arg = rlang::caller_arg(x),
                              call = rlang::caller_env()) {
  if (identical(x, "auto")) {
    return(x)
  }
  assert_count(x, arg = arg, call = call)
}

fit_source_hash <- function(model, simulations) {
  list(
    if (!is.null(model)) model_hash(model),
    if (!is.null(simulations)) {
      rlang::hash(unclass(simulations)[c("parameters", "data")])
    }
  )
}

#' An earlier fit from `file`, or NULL if it must be trained
#' @noRd
read_kept_fit <- function(file, file_refit, hash, model,
                          call = rlang::caller_env()) {
  if (is.null(file)) {
    return(NULL)
  }
  assert_string(file, call = call)
  if (file_refit == "always" || !file.exists(file)) {
    return(NULL)
  }
  fit <- load_fit(file, model = model)
  if (file_refit == "on_change" && !identical(fit$hash, hash)) {
    return(NULL)
  }
  fit
}
