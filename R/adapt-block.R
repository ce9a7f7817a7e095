# Learns an adapter: its steps are gone through in order, each on pilot values as
# they arrive there. A block holds what is known on the way:
#   kind, label      "parameters", "data" (label: the observable) or "context"
#   names, values    of its columns, at this point of the way
#   steps            fitted so far, as the core takes them (and "apply", R's own)
#   done             is this column not to be touched by what "auto" adds?
#   lower, upper     of parameters: their open support, carried along (first_lower,
#                    first_upper: on the user's scale)
#   moved            has a step of the user's changed this column?
#   origin           the user's column that each column comes from
#   may_miss         may the user's column hold NaN?
#   direct           does this column go past the summary network?
#   one_row          is each data set one row?
#   before           values and support before the last standardisation
#   shapes           of parameters: those whose elements hang together, as priors()
#                    describes them; steps of the user's do not take them apart
#   auto             will "auto" follow?
#   fixed            of parameters: columns that no step may touch
#   affine           of parameters: columns that are but shifted and scaled, see R/adapt-double.R
#   keep, subsample  of parameters: those kept; of data: positions, or 0

new_block <- function(kind, label, values, names, lower = NULL, upper = NULL,
                      shapes = NULL, one_row = TRUE) {
  count <- ncol(values)
  list(
    kind = kind, label = label, names = names, first_names = names,
    values = unname(values), steps = list(), done = logical(count),
    shapes = shapes, lower = lower, upper = upper, first_lower = lower, first_upper = upper,
    moved = logical(count),
    origin = seq_len(count), may_miss = logical(count),
    direct = logical(count), one_row = one_row, keep = NULL, subsample = 0
  )
}

default_names <- function(names, stem, count) {
  names %||% if (count == 1) stem else sprintf("%s[%d]", stem, seq_len(count))
}

# Appends a step that is fixed, and moves the pilot values on.
push_step <- function(block, step) {
  block$steps <- c(block$steps, list(step))
  block$values <- forward_step(step, block$values)
  block
}

# Has the core learn steps of the whole block, of which only `columns` are taken.
push_learned <- function(block, step, columns, call) {
  fitted <- call_core(core_fit_steps(list(step), block$values), call = call)
  for (one in fitted) {
    block <- push_step(block, on_columns(one, columns, ncol(block$values)))
  }
  block
}

# The numbers by which a step does nothing in a column.
idle_numbers <- list(
  standardize = list(mean = 0, sd = 1), log1p = list(scale = 0),
  asinh = list(center = 0, scale = 0),
  constrain = list(lower = -Inf, upper = Inf),
  bound = list(lower = -Inf, upper = Inf)
)

on_columns <- function(step, columns, width) {
  idle <- idle_numbers[[step$kind]]
  for (field in names(idle)) {
    numbers <- rep(idle[[field]], width)
    numbers[columns] <- step[[field]][columns]
    step[[field]] <- numbers
  }
  step
}

# One number per column of the block: `values` (one, or one per column named) in
# `columns`, `idle` elsewhere.
spread_numbers <- function(values, columns, width, idle, what, step, call) {
  if (!length(values) %in% c(1, length(columns))) {
    abort_adapter(
      sprintf(
        "adapt_%s() must have one `%s`, or one for each of its %d variables, not %d.",
        step, what, length(columns), length(values)
      ),
      call
    )
  }
  numbers <- rep(idle, width)
  numbers[columns] <- values
  as.double(numbers)
}

use_flags <- function(columns, width) {
  as.double(seq_len(width) %in% columns)
}

# What "auto" adds once the user's steps are done.
finish_block <- function(block, call) {
  if (block$kind == "parameters") {
    block <- free_shapes(constrain_block(block, call))
  }
  open <- which(!block$done)
  if (length(open) > 0) {
    tails <- list(kind = "tails", log1p = block$kind != "parameters")
    block <- push_learned(block, tails, setdiff(open, block$affine), call)
    block <- push_learned(block, list(kind = "standardize"), open, call)
  }
  block
}

# Maps what is left of the support onto the real line. Where a step of the user's
# came before, rounding could leave the support, so a guard stands in front.
constrain_block <- function(block, call) {
  shaped <- shape_columns(block$shapes)
  block$lower[shaped] <- -Inf
  block$upper[shaped] <- Inf
  bounded <- is.finite(block$lower) | is.finite(block$upper)
  block <- undo_standardize(block, which(bounded))
  guarded <- block$moved & (is.finite(block$first_lower) | is.finite(block$first_upper))
  if (any(bounded)) {
    block <- push_step(block, list(
      kind = "constrain", lower = block$lower, upper = block$upper
    ))
    block$done[bounded] <- FALSE
  }
  if (any(guarded)) {
    guard <- on_columns(
      list(kind = "bound", lower = block$first_lower, upper = block$first_upper),
      which(guarded), length(guarded)
    )
    block$steps <- c(list(guard), block$steps)
  }
  block
}

# A standardisation right before the map to the real line is taken back: it would
# shift and scale what is standardised after it anyway.
undo_standardize <- function(block, columns) {
  place <- length(block$steps)
  last <- if (place > 0) block$steps[[place]]
  if (length(columns) == 0 || !identical(last$kind, "standardize")) {
    return(block)
  }
  block$values[, columns] <- block$before$values[, columns]
  block$lower[columns] <- block$before$lower[columns]
  block$upper[columns] <- block$before$upper[columns]
  kept <- on_columns(last, setdiff(seq_along(last$mean), columns), length(last$mean))
  idle <- all(kept$mean == 0 & kept$sd == 1)
  block$steps[[place]] <- if (!idle) kept
  block
}

# Simplexes and the like become free numbers.
free_shapes <- function(block) {
  for (step in shape_steps(block$shapes)) {
    block <- push_step(block, step)
    block$names <- free_shape(data.frame(name = block$names, formula = ""), step)$name
    after <- length(block$done) - max(step$columns)
    block$done <- c(
      block$done[seq_len(step$columns[[1]] - 1)], logical(free_size(step)),
      utils::tail(block$done, after)
    )
  }
  block
}

# Places in the block of parameters that hang together.
shaped_columns <- function(block) {
  as.integer(unlist(lapply(block$shapes, `[[`, "columns")))
}

# Categorical variables are numbers of levels, which mean nothing on another scale.
refuse_fixed <- function(block, columns, step, call) {
  fixed <- intersect(columns, block$fixed)
  if (length(fixed) > 0) {
    abort_adapter(
      sprintf(
        "adapt_%s() must not take categorical variables, but \"%s\" is one.", step, block$names[[fixed[[1]]]]
      ),
      call,
      hint = "Name the other variables, or say with `discrete` that it is a count."
    )
  }
}

refuse_shaped <- function(block, columns, step, call) {
  shaped <- intersect(columns, shaped_columns(block))
  if (length(shaped) > 0) {
    abort_adapter(
      sprintf(
        "adapt_%s() must not take parameters that hang together, but \"%s\" is an element of one.",
        step, block$names[[shaped[[1]]]]
      ),
      call,
      hint = "`auto = TRUE` turns simplexes, ordered vectors and matrices into free numbers."
    )
  }
}

#' A support of some of its parameters
#'
#' @param keep Whole numbers, or `NULL` for all.
#' @noRd
keep_support <- function(support, keep) {
  if (is.null(keep)) {
    return(support)
  }
  kept <- Filter(\(shape) all(shape$columns %in% keep), support$shapes)
  support$shapes <- NULL
  support <- lapply(support, `[`, keep)
  if (length(kept) > 0) {
    support$shapes <- lapply(kept, function(shape) {
      shape$columns <- match(shape$columns, keep)
      shape
    })
  }
  support
}
