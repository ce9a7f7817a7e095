# Hands a task to the core, shows progress, and makes the fit object of what comes back.

run_fit <- function(task, refresh, silent) {
  progress <- fit_progress(
    task$spec$training, refresh, silent, has_checkpoint(task$core$checkpoint)
  )
  failure <- NULL
  if (!any(c("model", "simulations", "store") %in% names(task$core))) {
    task$core$draw <- host_draw(
      task$model, task$adapter, task$core$seed, task$core$cores, task$spec,
      \(condition) failure <<- condition
    )
    task$core$request <- host_request(task$model)
  }
  result <- call_core(
    core_fit(task$core, progress$update),
    call = task$call
  )
  progress$done()
  fit <- new_fit(task, result)
  fit$outcome$spread <- probe_ensemble(fit, task$probe, task$core$cores, task$call)
  warn_checkpoint(result$checkpoint_problem, task$core$checkpoint, fit, task$call)
  kept <- keeps_checkpoint(task, result)
  abort_failed_simulator(fit, result, failure, kept, task$call)
  abort_failed_store(fit, result, kept, task$call)
  report_outcome(fit, silent)
  fit
}

#' What the core calls for simulations that need R
#'
#' An error of the simulator, or Ctrl-C inside it, ends training; the reason is
#' kept here and raised once the core has given back the best weights. An error
#' ends training when it comes to the simulations that failed, which are made
#' ahead of need and may never be needed; none is made after them.
#' @noRd
host_draw <- function(model, adapter, seed, cores, spec, keep_failure) {
  failed <- FALSE
  function(first_index, count) {
    if (failed) {
      return(FALSE)
    }
    tryCatch(
      {
        drawn <- draw_simulations(
          model_for(model, adapter), first_index, count, seed, cores,
          variables = spec_variables(spec), batch = spec$training$batch_size
        )
        check_drawn_shapes(drawn$data, spec)
        host_simulations(adapter, drawn)
      },
      error = function(condition) {
        keep_failure(condition)
        failed <<- TRUE
        FALSE
      },
      interrupt = function(condition) NULL
    )
  }
}

# Several models are asked one after the other, which pays where each gives some hundred.
mixture_request <- 1024L

# How many simulations the core asks for at a time, at least. With workers so
# many that all of them are busy most of the time; only where each simulation
# has a call of its own, because what a vectorised function draws depends on
# which simulations it is called for, and fits must not depend on workers.
host_request <- function(model) {
  if (is_model_mixture(model)) {
    return(mixture_request)
  }
  if (is_exchanged(model)) {
    return(host_request(model$model))
  }
  alone <- !isTRUE(model$simulator$vectorized) && !isTRUE(model$prior$vectorized)
  pool <- if (alone) simulation_pool()
  if (is.null(pool)) 0L else as.integer(min(16 * pool$workers(), 4096))
}

# Is there a checkpoint of the end of this run, to go on from?
keeps_checkpoint <- function(task, result) {
  has_checkpoint(task$core$checkpoint) && !nzchar(result$checkpoint_problem)
}

fit_class <- function(kind) c(sprintf("amortflow_%s_fit", kind), "amortflow_fit")

new_fit <- function(task, result) {
  structure(
    list(
      spec = task$spec,
      weights = result$weights,
      adapter = task$adapter,
      history = result$history,
      outcome = fit_outcome(result, keeps_checkpoint(task, result), task$spec$kind),
      speed = result$rates,
      model = task$model,
      validation = task$validation,
      versions = fit_versions(result),
      hash = task$hash,
      source_hash = task$source_hash
    ),
    class = fit_class(task$spec$kind)
  )
}

fit_versions <- function(result) {
  list(
    amortflow = as.character(utils::packageVersion("amortflow")),
    libtorch = core_backend_info()$compiled_version,
    instruction_set = result$instruction_set,
    device = result$device,
    format = 1
  )
}

# `kept`: is there a checkpoint to go on from?
fit_outcome <- function(result, kept, kind) {
  list(
    code = result$outcome,
    advice = outcome_advice(
      result$outcome, result$best_epoch, nrow(result$history), kept, kind
    ),
    best_epoch = result$best_epoch,
    best_validation_loss = result$best_validation_loss,
    dropped = result$dropped,
    n_weights = result$n_weights
  )
}

outcome_advice <- function(code, best_epoch = 0, epochs = 0, kept = FALSE,
                           kind = "posterior") {
  check <- switch(kind,
    comparison = "check_comparison()", likelihood = "log_lik() or sample_posterior()", point = "predict()",
    ratio = "sample_posterior()", "check_calibration()"
  )
  switch(code,
    converged = sprintf("Validation levelled off; %s comes next.", check),
    max_epochs = max_epochs_advice(best_epoch, epochs),
    stopped_early = paste(
      "Validation got worse; the best epoch's weights are kept.",
      "Offline, more simulations help most."
    ),
    interrupted = paste(
      "Training was interrupted; the best weights so far are kept.",
      if (kept) {
        "The same call goes on from `checkpoint`."
      } else {
        "Continue with `from = fit`."
      }
    ),
    diverged = paste(
      "Training diverged; the best weights are kept.",
      "Try a smaller `learning_rate`."
    ),
    simulator_failed = "The simulator failed; the best weights so far are kept.",
    store_failed = "The store could not be read; the best weights so far are kept."
  )
}

# Also reached with few epochs, of which the best may be an early one.
max_epochs_advice <- function(best_epoch, epochs) {
  if (best_epoch >= epochs) {
    return(paste(
      "Validation was still improving at the end:",
      "more `epochs` will probably help."
    ))
  }
  sprintf(
    paste(
      "Validation was best in epoch %d of %d, but had not levelled off:",
      "more `epochs` may help."
    ),
    as.integer(best_epoch), as.integer(epochs)
  )
}

abort_failed_simulator <- function(fit, result, failure, kept, call) {
  if (result$outcome != "simulator_failed") {
    return(invisible())
  }
  topic <- if (inherits(failure, "amortflow_error_adapter")) "adapter" else "simulator"
  fit$outcome$code <- "simulator_failed"
  fit$outcome$advice <- outcome_advice("simulator_failed")
  amortflow_abort(
    if (is.null(failure)) {
      paste0("The simulator failed during training: ", result$message, ".")
    } else {
      sprintf("The %s failed during training.", topic)
    },
    topic,
    hint = paste(c(
      "The best fit so far is in the condition's field `fit`.",
      # A model that was changed is another one.
      if (kept) {
        "If the model stays as it is, the same call goes on from `checkpoint`."
      }
    ), collapse = " "),
    fit = fit, parent = failure, call = call
  )
}

abort_failed_store <- function(fit, result, kept, call) {
  if (result$outcome != "store_failed") {
    return(invisible())
  }
  amortflow_abort(
    result$message, "store",
    hint = paste(c(
      result$hint, "The best fit so far is in the condition's field `fit`.",
      if (kept) "Once mended, the same call goes on from `checkpoint`."
    ), collapse = " "),
    fit = fit, call = call
  )
}

# Simulations also become non-finite in steps that cannot take their values.
dropped_hint <- function(adapter) {
  kinds <- vapply(adapter$user_steps, `[[`, "", "kind")
  partial <- intersect(kinds, partial_steps)
  paste(c(
    "check_simulations() shows where they come from.",
    if (length(partial) > 0) {
      sprintf(
        "If it finds none, a step of `adapter` cannot take them: %s.%s",
        paste0("adapt_", partial, "()", collapse = ", "),
        if ("log" %in% partial) " See `offset` of adapt_log()." else ""
      )
    }
  ), collapse = " ")
}

report_outcome <- function(fit, silent) {
  if (fit$outcome$dropped > 0) {
    amortflow_warn(
      sprintf(
        "%s simulations were not finite and were left out of training.",
        format(fit$outcome$dropped, big.mark = ",")
      ),
      "simulations",
      hint = dropped_hint(fit$adapter)
    )
  }
  if (fit$outcome$code == "diverged") {
    amortflow_warn(
      sprintf("Training diverged after %d epochs.", nrow(fit$history)),
      "outcome",
      hint = fit$outcome$advice
    )
  }
  if (!silent && fit$outcome$code == "interrupted") {
    cli::cli_inform(c("!" = fit$outcome$advice))
  }
}
