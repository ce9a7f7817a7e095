# Checkpoints of training: what is asked before anything is simulated, what the core is told, and what becomes of the
# file afterwards. The core writes and reads them.

#' @return List of `path` and `seconds`, or `NULL`.
#' @noRd
assert_checkpoint <- function(checkpoint, minutes, call = rlang::caller_env()) {
  minutes <- assert_number(
    minutes,
    lower = 0, arg = "checkpoint_minutes", call = call
  )
  if (is.null(checkpoint)) {
    return(NULL)
  }
  assert_string(checkpoint, arg = "checkpoint", call = call)
  assert_writable(checkpoint, call)
  list(path = absolute_file(checkpoint), seconds = 60 * minutes)
}

# The checkpoint is deleted when training has ended: a fit in its place would be, too.
assert_two_files <- function(file, checkpoint, call = rlang::caller_env()) {
  if (is.null(file) || is.null(checkpoint)) {
    return(invisible())
  }
  places <- normalizePath(c(file, checkpoint$path), mustWork = FALSE)
  if (places[[1]] == places[[2]]) {
    amortflow_abort(
      sprintf("`file` and `checkpoint` must be two files, not both `%s`.", file),
      "argument",
      hint = "`file` keeps the fit; the checkpoint is deleted when training has ended.",
      arg = "checkpoint", value = checkpoint$path, call = call
    )
  }
}

has_checkpoint <- function(checkpoint) {
  !is.null(checkpoint) && file.exists(checkpoint$path)
}

#' What a checkpoint says of the run that wrote it
#'
#' @param hash Of the call, see fit_hash().
#' @return List of `run` (hash) and `about` (list of `hash` and `seed`), or `NULL`
#'   where there is none yet.
#' @noRd
read_heading <- function(checkpoint, hash, call = rlang::caller_env()) {
  if (!has_checkpoint(checkpoint)) {
    return(NULL)
  }
  heading <- tryCatch(
    call_core(core_checkpoint_heading(checkpoint$path), call = call),
    amortflow_error_format = \(e) abort_no_checkpoint(checkpoint$path, e, call)
  )
  if (!identical(heading$about$hash, hash)) {
    amortflow_abort(
      sprintf(
        "`%s` must be a checkpoint of this call, but its model, simulations or settings are others.",
        checkpoint$path
      ),
      "config",
      hint = "Name another file, or delete this one to start afresh.",
      call = call
    )
  }
  heading
}

abort_no_checkpoint <- function(path, parent, call) {
  amortflow_abort(
    sprintf(
      "`checkpoint` must be a checkpoint of training, but `%s` is something else or damaged.",
      path
    ),
    "format",
    hint = "Name another file, or delete this one.", parent = parent, call = call
  )
}

#' @param begun From read_heading().
#' @noRd
core_checkpoint <- function(checkpoint, task, begun, silent,
                            call = rlang::caller_env()) {
  if (is.null(checkpoint)) {
    return(NULL)
  }
  run <- rlang::hash(
    plain_lists(task$core[c("estimator", "training", "adapter", "seed")])
  )
  if (differs(begun$run, run)) {
    abort_other_simulations(checkpoint$path, call)
  }
  if (!is.null(begun) && !silent) {
    cli::cli_inform("Training goes on from checkpoint {.file {checkpoint$path}}.")
  }
  c(checkpoint, list(
    run = run, about = list(hash = task$hash, seed = task$spec$seed)
  ))
}

# The call is the same, so that only the simulations that taught the adapter can be others.
abort_other_simulations <- function(path, call) {
  amortflow_abort(
    sprintf(
      "The simulator must repeat itself for training to go on from `%s`, but gave other numbers for the same seed.",
      path
    ),
    "config",
    hint = "Draw its random numbers from R's generator or the one it is given, or delete the file to start afresh.",
    call = call
  )
}

drop_checkpoint <- function(checkpoint, fit) {
  if (!is.null(checkpoint) && !can_go_on(fit)) {
    unlink(paste0(checkpoint$path, c("", ".tmp")), expand = FALSE)
  }
}

warn_checkpoint <- function(problem, checkpoint, fit, call) {
  if (nzchar(problem)) {
    amortflow_warn(
      paste0("The last checkpoint was not kept: ", problem, "."), "checkpoint",
      hint = if (!can_go_on(fit)) {
        "Training went on without it."
      } else if (has_checkpoint(checkpoint)) {
        "The same call goes on from an earlier one."
      },
      call = call
    )
  }
}
