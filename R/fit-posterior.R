#' Train a neural posterior
#'
#' Trains networks on simulations of a model once; from then on
#' [sample_posterior()] answers for any data set in milliseconds (neural
#' posterior estimation). Nothing but `model` (or `simulations`) is needed.
#'
#' @section Online and offline:
#' With `model` alone, every batch is simulated afresh, so the networks cannot
#' overfit; simulators in C++ run on `cores` threads, simulators in R run on
#' R's own thread while training goes on, or on your workers, see
#' [simulate()]. With `simulations`, training uses those and nothing else; a
#' part of them is kept for validation: drawn at random, or the last ones of an
#' [open_store()], which is read from disk shard by shard.
#'
#' @section Schedules:
#' All but `"one_cycle"` begin with a linear warm-up over 5 % of all steps.
#' * `"cosine"`: down to zero along half a cosine (Loshchilov and Hutter 2017).
#' * `"one_cycle"`: up from a tenth of `learning_rate` and down again in 45 % of
#'   the steps each, then on to a thousandth (Smith and Topin 2019). It bears
#'   rates a few times as high as the others.
#' * `"plateau"`: constant, halved whenever half of `patience` epochs in a row
#'   brought no better validation loss; ten halvings at most, and no early
#'   stopping before they are used up.
#' * `"constant"`: stays at `learning_rate`; best with `average`.
#' * `"stable_decay"`: constant, then down to zero as 1 - sqrt(share of the
#'   decay) in the last quarter of all epochs (Hu et al. 2024; Haegele et al.
#'   2024).
#'
#' With `epochs = "auto"`, no number of epochs need be guessed: `"stable_decay"`
#' begins its decay when the median validation loss of the last quarter of the
#' epochs so far (of `patience` epochs at least) is less than 0.01 nats below
#' that of the quarter before, and ends a third as many epochs later. If
#' validation got worse by more than its standard error, the decay begins from
#' the best epoch's weights, and the outcome is `"stopped_early"`. `"constant"`
#' ends where the decay would begin, `"plateau"` after its ten halvings. The
#' numbers of [default_networks()] are the most, and those that `"cosine"` and
#' `"one_cycle"`, which must know their end, run to.
#'
#' Flow matching, diffusion and consistency models learn a regression, whose loss
#' is mostly noise that nobody can predict: for them it is 0.001 instead of 0.01,
#' and `"auto"` stands for 2.5 times as many epochs.
#'
#' @section Checkpoints:
#' With `checkpoint`, training writes all that it needs to go on into a file
#' every `checkpoint_minutes`, and when it is interrupted or its simulator or
#' store fails. The same call then goes on where the file was written, also in
#' another process and after a crash, and comes to the weights that it would
#' have had without a break, bit by bit (given the same instruction set, and a
#' simulator that repeats itself for the same seed). A seed left to chance is
#' that of the checkpoint. When training has ended, the file is deleted. To
#' train a fit further than it was meant to go, give it as `from`.
#'
#' Simulations are not in the file: those of the pilot, of validation and, with
#' `mode = "rounds"` or `"replay"`, of the bank are simulated again. With a slow
#' simulator, keep them with `simulate(store = )` and train on the store.
#'
#' @section Slow simulators:
#' Where a simulation costs more than a training step, simulations are best used
#' more than once. `mode = "rounds"` simulates a bank, trains on it for `reuse`
#' passes' worth of batches (`bank * reuse / batch_size`), and repeats; new
#' simulations come beside the old ones, or in their place
#' (`accumulate = FALSE`), and are made while the round before is trained on.
#' Rules that end training count whole rounds, since validation improves from
#' round to round and not within one.
#' `mode = "replay"` draws each batch at random from a bank of the most recent
#' simulations, to which each batch adds `batch_size / reuse` new ones, which
#' push out the oldest; training begins when a quarter of the bank is filled.
#' Growing rounds make the most of few simulations; replay takes new ones in
#' steadily and in bounded memory. How many simulations a batch adds does not
#' depend on the simulator's speed, or the fit would: where simulations are
#' slower still, raise `reuse`. Both use weight decay as offline training does. A
#' fast simulator needs neither; simulations made in advance go in as
#' `simulations`, also from an [open_store()].
#'
#' @section Outcomes:
#' `fit$outcome$code` says how training ended, `fit$outcome$advice` what to do:
#' * `"converged"`: validation levelled off.
#' * `"max_epochs"`: it had not when the epochs were used up.
#' * `"stopped_early"`: validation got worse than the best. `"cosine"`,
#'   `"one_cycle"` and `"plateau"` end after `patience` such epochs in a row.
#'   `"stable_decay"`, the default with `epochs = "auto"`, does not stop at once,
#'   but decays from the best epoch's weights first (see Schedules).
#' * `"interrupted"`: Ctrl-C; the best weights so far are kept.
#' * `"diverged"`: the loss or its gradient left the finite numbers, or three
#'   epochs in a row were worse than an untrained network; the best weights are
#'   kept.
#' * `"simulator_failed"`, `"store_failed"`: the simulator failed, or the store
#'   could not be read. The fit with the best weights so far is in the error's
#'   field `fit`.
#'
#' @section Reproducibility:
#' Same seed, instruction set and LibTorch: the same weights bit by bit,
#' whatever `cores`. The instruction set is shown by `print()` of the fit.
#'
#' @section Errors:
#' * `amortflow_error_argument`: an argument is not what it must be.
#' * `amortflow_error_simulator`: the simulator failed. If training had begun,
#'   the condition's field `fit` holds the best fit so far.
#' * `amortflow_error_store`: a shard of the store is missing, truncated or
#'   damaged. If training had begun, the condition's field `fit` holds the best
#'   fit so far.
#' * `amortflow_error_adapter`: a step of `adapter` names an unknown variable or
#'   cannot take it, or a function of R does not do what it must.
#' * `amortflow_error_simulations`: fewer than two finite simulations to train
#'   on and one for validation.
#' * `amortflow_error_format`: `file` is not a fit, `checkpoint` is not a
#'   checkpoint or damaged, or one of them cannot be written (which is looked
#'   at before training). If writing fails after training, the
#'   condition's field `fit` holds the fit.
#' * `amortflow_error_device`: `device = "cuda"` without a CUDA device that
#'   LibTorch can use, or the device fails (out of memory, say).
#' * `amortflow_error_config`: `file` holds the fit of a model with other
#'   parameters or data; `simulations` have other parameters than `model`;
#'   `from` has other networks or shapes; `checkpoint` is that of another model,
#'   other simulations, settings or seed; `summary` cannot read such data; the
#'   process was forked, as by `parallel::mclapply()`.
#'
#' @section Warnings:
#' * `amortflow_warning_outcome`: training diverged, or `file` holds a fit whose
#'   training was interrupted, diverged or ended by the simulator's failure.
#' * `amortflow_warning_file`: `file` holds the fit of another model (with the
#'   same parameters and data), and `file_refit` is `"never"`.
#' * `amortflow_warning_simulations`: simulations were left out because they are
#'   not finite, or `simulations` were made by another model than `model`.
#' * `amortflow_warning_from`: `from` is the fit of another model.
#' * `amortflow_warning_checkpoint`: the last checkpoint could not be written,
#'   for example to a full disk; training went on, if nothing else ended it.
#'
#' @param model A [generative_model()], or `NULL` if `simulations` are given.
#' @param simulations `amortflow_simulations` from [simulate()],
#'   [simulations()] or [open_store()], or `NULL` for online training.
#' @param summary A summary network, such as [summary_deep_set()], statistics
#'   made by hand ([summary_function()]), or `"auto"`.
#' @param inference An inference network, such as [inference_coupling_flow()],
#'   or `"auto"`.
#' @param adapter An [adapter()], or `"auto"`: parameters are unconstrained by
#'   the prior's support and standardised, data are standardised; heavy-tailed or
#'   strongly skewed columns are compressed before that.
#' @param epochs Whole number, or `"auto"` to train until validation stops
#'   improving, see Schedules.
#' @param batches_per_epoch,batch_size Whole numbers, or `"auto"` for the rules
#'   of [default_networks()].
#' @param learning_rate Number in \[0, 1e6\]: the highest learning rate of the
#'   schedule; or `"auto"` for the rule of [default_networks()].
#' @param validation Whole number: simulations for validation. Offline at most a
#'   tenth of the simulations is taken.
#' @param patience Whole number: training stops after so many epochs in a row
#'   whose validation loss is worse than the best by more than the best's
#'   standard error (the one-standard-error rule of Breiman et al. 1984). Not
#'   under `"constant"` and `"stable_decay"`, where single epochs scatter by more.
#' @param seed Whole number, or `NULL` to draw one from R's generator.
#' @param cores Whole number: threads to use.
#' @param device What computes training: `"cpu"`; `"cuda"`, a CUDA device; or
#'   `"auto"`, which takes steps on both before training and keeps the faster
#'   one, without CUDA the CPU. `print()` says which it was. See Devices.
#' @param from A fit of the same model and networks whose weights to start from,
#'   or `NULL`. The schedule starts anew; see Checkpoints for a run that was
#'   broken off.
#' @param refresh Whole number: epochs between lines of progress where the
#'   console cannot show a bar; 0 for none.
#' @param silent `TRUE` for no progress and no messages.
#' @param file String: where to keep the fit, or `NULL`; another file than
#'   `checkpoint`. If the file exists, the fit is read instead of trained, see
#'   `file_refit`. If it is a fit of this call that was interrupted and
#'   `checkpoint` exists, training goes on from there.
#' @param file_refit `"never"` (read the file if it exists), `"always"`, or
#'   `"on_change"` (train again if model, simulations, settings or `from`
#'   differ, or if training was interrupted or diverged).
#' @param schedule Learning rate over the run: `"cosine"`, `"one_cycle"`,
#'   `"plateau"`, `"constant"` or `"stable_decay"`, see Schedules. `"auto"`:
#'   `"stable_decay"` if `epochs` is `"auto"`, else `"cosine"`.
#' @param average `FALSE`, or a number in (0, 1): keep an exponential moving
#'   average of the weights with this decay per step, validate it, and take its
#'   best epoch as the fit. In step t the decay is at most (1 + t) / (10 + t), so
#'   that early weights are soon forgotten. `TRUE` is 0.999; `"auto"` is `TRUE`
#'   for flow matching, diffusion and consistency models, and for plain vectors
#'   learned from fresh simulations, else `FALSE`.
#' @param checkpoint String: file for checkpoints, or `NULL` for none. If it
#'   exists, training goes on from it.
#' @param checkpoint_minutes Number: minutes between checkpoints; 0 for one
#'   after every step.
#' @section Devices:
#' The CPU's kernels are made for networks of the usual widths (64 to 256) and
#' batches (32 to 512); a CUDA device may pay for wider networks, long series and
#' larger batches, and `"auto"` measures what pays. Both compute the same in
#' single precision, but add numbers in another order, and training magnifies
#' rounding: with the same seed, weights are bit-identical only from CPU to CPU.
#' On a device data sets are padded to a few lengths, which changes no loss.
#' Simulation, adaptation and everything after training stay on the CPU; a fit is
#' the same object wherever it was trained.
#'
#' With `"auto"` the choice depends on what else the machine does at the time.
#'
#' @param mode How training with `model` uses simulations: `"online"` (each
#'   once), `"rounds"` or `"replay"` (again and again), see the section on slow
#'   simulators.
#' @param bank Whole number: simulations of a round, rounded up to whole
#'   batches, or the most that replay keeps (at least a batch). `"auto"`: as many
#'   as the batches of an epoch hold.
#' @param reuse Whole number: how often a simulation is used, on average.
#'   `"auto"`: 10.
#' @param accumulate With `mode = "rounds"`: do simulations of earlier rounds
#'   stay in the bank (`TRUE`), or do new ones take their place?
#' @param noise `NULL`, or [spike_and_slab()] noise on the data of training, for
#'   posteriors that outliers and other deviations from the simulator move less.
#' @return An object of class `amortflow_posterior_fit`: a plain list that
#'   survives `saveRDS()`, with `spec`, `weights`, `adapter`, `history` (a data
#'   frame: epoch, loss, validation_loss, learning_rate, gradient_norm, skipped,
#'   seconds; losses are mean negative log densities on the networks' scale),
#'   `outcome`, `speed` (of training: threads, seconds, seconds of these spent
#'   waiting for simulations, steps, and as `simulations` the data sets trained
#'   on, each counted as often as it was used), `model`, `validation` (offline
#'   only) and `versions`.
#' @references
#' Breiman, Friedman, Olshen and Stone (1984). Classification and Regression
#' Trees.
#'
#' Haegele, Bakouch, Kosson, Ben Allal, von Werra and Jaggi (2024). Scaling laws
#' and compute-optimal training beyond fixed training durations. NeurIPS.
#'
#' Hu et al. (2024). MiniCPM: Unveiling the potential of small language models
#' with scalable training strategies. COLM.
#'
#' Loshchilov and Hutter (2017). SGDR: Stochastic gradient descent with warm
#' restarts. ICLR.
#'
#' Smith and Topin (2019). Super-convergence: very fast training of neural
#' networks using large learning rates. SPIE 11006.
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
                          batch_size = "auto", learning_rate = "auto",
                          validation = 1000, patience = 10, seed = NULL,
                          cores = getOption("mc.cores", 1L), device = "cpu",
                          from = NULL, refresh = 1, silent = FALSE,
                          file = NULL,
                          file_refit = c("never", "always", "on_change"),
                          schedule = "auto", average = "auto",
                          checkpoint = NULL, checkpoint_minutes = 10,
                          mode = c("online", "rounds", "replay"),
                          bank = "auto", reuse = "auto", accumulate = TRUE,
                          noise = NULL) {
  given <- as.list(rlang::current_env())
  assert_source(model, simulations)
  given$inference <- assert_density_network(inference)
  fit_with(list(kind = "posterior"), given)
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
  if (!is.null(model) && !is.null(simulations)) {
    check_simulations_of(model, simulations, call)
  }
}

# Simulations train the networks, the model is what the fit is then taken for: they must not be of
# two kinds.
check_simulations_of <- function(model, simulations, call) {
  made <- model_identity(NULL, simulations)
  wanted <- model_identity(model)
  difference <- shape_difference(made, wanted, "`simulations`", "`model`")
  if (!is.null(difference)) {
    amortflow_abort(
      sprintf(
        "`simulations` must have the parameters and data of `model`, but %s.",
        difference
      ),
      "config",
      hint = "`simulations(..., prior = )` gives the prior's names and order.",
      call = call
    )
  }
  if (differs(made$hash, wanted$hash)) {
    amortflow_warn(
      "`simulations` were made by another model than `model`.", "simulations",
      hint = "Make them with `simulate(model, ...)`, or leave out `model`.",
      call = call
    )
  }
}

assert_seed <- function(seed, call = rlang::caller_env()) {
  if (!is.null(seed)) {
    as_seed(seed, arg = "seed", call = call)
  }
}

assert_network <- function(x, stage, arg = rlang::caller_arg(x),
                           call = rlang::caller_env()) {
  if (!identical(x, "auto")) {
    class <- paste0("amortflow_", stage)
    made_by <- sprintf("made by %s %s_*() function", if (stage == "summary") "a" else "an", stage)
    assert_given(x, made_by, arg, call)
    if (!inherits(x, class)) {
      hint <- if (is.function(x)) "A network is a call, with (): summary_deep_set(), for instance."
      abort_argument(x, arg, made_by, call, hint = hint)
    }
  }
  x
}

assert_adapter <- function(adapter, call = rlang::caller_env()) {
  if (!identical(adapter, "auto")) {
    assert_class(adapter, "amortflow_adapter", "adapter()", call = call)
  }
  adapter
}

# One network, or a named list of networks and "auto" for several observables.
assert_summaries <- function(summary, model, simulations,
                             call = rlang::caller_env()) {
  # Statistics made by hand stand in for all networks.
  if (inherits(summary, "amortflow_summary_function")) {
    return(summary)
  }
  observed <- if (is.null(model)) attr(simulations, "observed") else model$observed
  if (!is_named_data(observed) || identical(summary, "auto")) {
    refuse_fusion(summary, call)
    return(assert_network(summary, "summary", arg = "summary", call = call))
  }
  given <- fused_networks(summary)
  fine <- is.list(given) && !inherits(given, "amortflow_summary") &&
    (length(given) == 0 && is_fusion(summary) || rlang::is_named(given)) &&
    all(names(given) %in% names(observed)) && !anyDuplicated(names(given))
  if (!fine) {
    abort_summaries(summary, given, names(observed), call)
  }
  for (name in names(given)) {
    assert_network(
      given[[name]], "summary",
      arg = paste0("summary$", name), call = call
    )
  }
  summary
}

abort_summaries <- function(summary, given, observed, call) {
  must <- sprintf(
    "\"auto\", summary_fusion() or a named list of networks for %s, each once",
    shown_list(observed)
  )
  if (!inherits(given, "amortflow_network") && rlang::is_named(given)) {
    amortflow_abort(
      sprintf("`summary` must be %s, not for %s.", must, shown_list(names(given))), "argument",
      arg = "summary", value = summary, call = call
    )
  }
  abort_argument(summary, "summary", must, call)
}

refuse_fusion <- function(summary, call) {
  if (is_fusion(summary)) {
    must <- "the network of one observable, since the model has but one"
    abort_argument(summary$kind, "summary", must, call)
  }
}

assert_learning_rate <- function(learning_rate, call = rlang::caller_env()) {
  if (identical(learning_rate, "auto")) {
    return(learning_rate)
  }
  assert_number(learning_rate, lower = 0, upper = 1e6, arg = "learning_rate", call = call)
}

assert_auto_count <- function(x, arg = rlang::caller_arg(x),
                              call = rlang::caller_env()) {
  if (identical(x, "auto")) {
    return(x)
  }
  assert_count(x, arg = arg, call = call)
}

assert_density_network <- function(inference, call = rlang::caller_env()) {
  assert_network(inference, "inference", call = call)
  network <- member_network(inference)
  if (is.list(network) && network$kind == "mlp") {
    abort_argument(
      inference, "inference", "a network of densities, not inference_mlp()", call,
      hint = "inference_coupling_flow() for instance; inference_mlp() is for fit_comparison() and fit_point()."
    )
  }
  inference
}
