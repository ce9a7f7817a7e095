# What every fit_*() function does with the arguments that all of them have: look at them, read a kept fit or train one.

#' @param estimator List: `kind`, and what this kind of fit has of its own.
#' @param given List of the fit_*() function's arguments by name. `inference` has
#'   been looked at, and `model` or `simulations` is there.
#' @noRd
fit_with <- function(estimator, given, call = rlang::caller_env()) {
  assert_not_forked(call)
  settings <- fit_settings(estimator, given, call)
  run <- run_settings(estimator$kind, given, call)
  source <- model_identity(given$model, given$simulations)
  hash <- fit_hash(source, given$simulations, settings, run$seed, run$from)
  kept <- read_kept_fit(estimator$kind, run, hash, source, given$model, call)
  if (!is.null(kept)) {
    return(kept)
  }
  begun <- read_heading(run$checkpoint, hash, call)
  # Drawn in any case, so that R's generator is left as it would be without a checkpoint.
  drawn <- as_seed(run$seed)
  seed <- begun$about$seed %||% drawn
  task <- fit_task(given$model, given$simulations, settings, seed, run$cores, run$from, call)
  check_from(run$from, task$spec, source$hash, call)
  task$hash <- hash
  task$source_hash <- source$hash
  task$core$device <- run$device
  task$core$checkpoint <- core_checkpoint(run$checkpoint, task, begun, run$silent, call)
  fit <- run_fit(task, refresh = run$refresh, silent = run$silent)
  keep_fit(fit, run$file, call)
  drop_checkpoint(run$checkpoint, fit)
  fit
}

# What changes the weights.
fit_settings <- function(estimator, given, call) {
  count <- function(name) assert_count(given[[name]], arg = name, call = call)
  auto_count <- function(name) assert_auto_count(given[[name]], arg = name, call = call)
  batch_size <- auto_count("batch_size")
  settings <- list(
    estimator = estimator,
    summary = assert_summaries(given$summary, given$model, given$simulations, call),
    inference = given$inference,
    adapter = assert_adapter(given$adapter, call),
    epochs = auto_count("epochs"),
    batches_per_epoch = auto_count("batches_per_epoch"),
    batch_size = batch_size,
    learning_rate = assert_learning_rate(given$learning_rate, call),
    validation = count("validation"), patience = count("patience"),
    schedule = assert_choice(given$schedule, schedules, arg = "schedule", call = call),
    average = assert_average(given$average, "average", call),
    mode = assert_mode(
      given[["mode"]], given$bank, given$reuse, given$accumulate, batch_size, given$simulations, call
    )
  )
  # Only where there is any, so that fits without noise keep their hash.
  settings$noise <- assert_noise(given[["noise"]], call)
  settings
}

# What does not, but for the seed and the weights to start from.
run_settings <- function(kind, given, call) {
  assert_seed(given$seed, call)
  assert_from(given$from, kind, call)
  file <- given[["file"]]
  if (!is.null(file)) file <- absolute_file(assert_string(file, arg = "file", call = call))
  checkpoint <- assert_checkpoint(given[["checkpoint"]], given$checkpoint_minutes, call)
  assert_two_files(file, checkpoint, call)
  list(
    seed = given$seed, from = given$from, file = file, checkpoint = checkpoint,
    file_refit = assert_choice(
      given$file_refit, c("never", "always", "on_change"),
      arg = "file_refit", call = call
    ),
    device = assert_device(given$device, call),
    cores = assert_count(given$cores, arg = "cores", call = call),
    refresh = assert_count(given$refresh, lower = 0, arg = "refresh", call = call),
    silent = assert_flag(given$silent, arg = "silent", call = call)
  )
}
