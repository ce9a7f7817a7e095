#' Progress of training: a bar where the console can redraw, else some lines
#'
#' @param resumed Did another process take the first steps?
#' @return A list of two functions: `update(progress)`, which the core calls
#'   about ten times a second, and `done()`.
#' @noRd
fit_progress <- function(training, refresh, silent, resumed = FALSE) {
  if (silent || refresh == 0) {
    return(list(update = NULL, done = \() invisible()))
  }
  if (cli::is_dynamic_tty()) {
    return(progress_bar(training, resumed))
  }
  progress_lines(training, refresh, resumed)
}

progress_bar <- function(training, resumed) {
  text <- "Training"
  left <- ""
  remaining <- time_left(resumed)
  id <- cli::cli_progress_bar(
    total = training$epochs * training$batches_per_epoch,
    format = "{text} {cli::pb_bar} {cli::pb_percent} | {left}",
    .auto_close = FALSE
  )
  list(
    update = function(progress) {
      text <<- progress_text(progress, training)
      left <<- remaining(progress)
      cli::cli_progress_update(set = progress$done, total = progress$total, id = id)
    },
    done = \() cli::cli_progress_done(id = id)
  )
}

# A log has room for about twenty lines of a run, whatever its length.
progress_lines <- function(training, refresh, resumed) {
  every <- max(refresh, ceiling(training$epochs / 20))
  remaining <- time_left(resumed)
  shown <- 0
  list(
    update = function(progress) {
      finished <- progress$epoch - 1
      left <- remaining(progress)
      if (finished >= shown + every) {
        shown <<- finished
        cli::cli_inform(paste(
          c(progress_text(progress, training), if (nzchar(left)) left),
          collapse = ", "
        ))
      }
    },
    done = \() invisible()
  )
}

#' How long training still takes at the speed so far
#'
#' Steps from before a checkpoint took this process no time: what is done at the
#' first call does not count, if `resumed`.
#' @param clock Function that gives seconds.
#' @return A function of the core's progress that gives a string, empty while
#'   nothing is known.
#' @noRd
time_left <- function(resumed, clock = \() proc.time()[["elapsed"]]) {
  start <- clock()
  before <- if (!resumed) 0
  function(progress) {
    if (is.null(before)) {
      start <<- clock()
      before <<- progress$done
    }
    steps <- progress$done - before
    if (steps <= 0) {
      return("")
    }
    seconds <- (clock() - start) / steps * (progress$total - progress$done)
    sprintf("about %s left", format_seconds(seconds))
  }
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
