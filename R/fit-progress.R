#' Progress of training: a bar where the console can redraw, else some lines
#'
#' @return A list of two functions: `update(progress)`, which the core calls
#'   about ten times a second, and `done()`.
#' @noRd
fit_progress <- function(training, refresh, silent) {
  if (silent || refresh == 0) {
    return(list(update = NULL, done = \() invisible()))
  }
  if (cli::is_dynamic_tty()) {
    return(progress_bar(training))
  }
  progress_lines(training, refresh)
}

progress_bar <- function(training) {
  text <- "Training"
  id <- cli::cli_progress_bar(
    total = training$epochs * training$batches_per_epoch,
    format = "{text} {cli::pb_bar} {cli::pb_percent} | {cli::pb_eta_str}",
    .auto_close = FALSE
  )
  list(
    update = function(progress) {
      text <<- progress_text(progress, training)
      cli::cli_progress_update(set = progress$done, total = progress$total, id = id)
    },
    done = \() cli::cli_progress_done(id = id)
  )
}

# A log has room for about twenty lines of a run, whatever its length.
progress_lines <- function(training, refresh) {
  every <- max(refresh, ceiling(training$epochs / 20))
  start <- proc.time()[["elapsed"]]
  shown <- 0
  list(
    update = function(progress) {
      finished <- progress$epoch - 1
      if (finished >= shown + every) {
        shown <<- finished
        seconds <- proc.time()[["elapsed"]] - start
        left <- seconds / progress$done * (progress$total - progress$done)
        cli::cli_inform(paste0(
          progress_text(progress, training), ", about ", format_seconds(left),
          " left"
        ))
      }
    },
    done = \() invisible()
  )
}

progress_text <- function(progress, training) {
  # Training until convergence knows its end only when its decay has begun.
  last <- progress$total / training$batches_per_epoch
  open_end <- training$until_converged && last >= training$epochs
  text <- sprintf(
    "Epoch %.0f%s%.0f: loss %.3f", progress$epoch,
    if (open_end) " of at most " else "/", last, progress$loss
  )
  if (is.finite(progress$validation_loss)) {
    text <- sprintf("%s, validation %.3f", text, progress$validation_loss)
  }
  text
}

format_seconds <- function(seconds) {
  if (seconds < 90) {
    sprintf("%.0f s", seconds)
  } else {
    sprintf("%.0f min", seconds / 60)
  }
}
