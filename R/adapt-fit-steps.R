# What each step of a user does to a block (R/adapt-block.R): block, columns, step ->
# block with the step fitted and its pilot values moved on.

fit_step_standardize <- function(block, columns, step, call) {
  width <- ncol(block$values)
  # Free numbers are standardised once they are there.
  if (block$auto && is.null(step$mean) && is.null(step$sd)) {
    columns <- setdiff(columns, shaped_columns(block))
    if (length(columns) == 0) {
      return(block)
    }
  }
  refuse_shaped(block, columns, "standardize", call)
  fitted <- call_core(
    core_fit_steps(list(list(kind = "standardize")), block$values),
    call = call
  )[[1]]
  fitted <- on_columns(fitted, columns, width)
  for (field in c("mean", "sd")) {
    if (!is.null(step[[field]])) {
      fitted[[field]] <- spread_numbers(
        step[[field]], columns, width, idle_numbers$standardize[[field]],
        field, "standardize", call
      )
    }
  }
  block$before <- block[c("values", "lower", "upper")]
  block <- push_step(block, fitted)
  block$done[columns] <- TRUE
  carry_support(block, columns, function(x, j) (x - fitted$mean[[j]]) / fitted$sd[[j]])
}

fit_step_log <- function(block, columns, step, call) {
  width <- ncol(block$values)
  offset <- spread_numbers(step$offset, columns, width, 0, "offset", "log", call)
  check_domain(block, columns, -offset, "log", call)
  block <- push_step(block, list(
    kind = "log", use = use_flags(columns, width), offset = offset
  ))
  check_some_finite(block, columns, "log", call)
  carry_support(block, columns, function(x, j) log(x + offset[[j]]))
}

fit_step_sqrt <- function(block, columns, step, call) {
  width <- ncol(block$values)
  check_domain(block, columns, numeric(width), "sqrt", call)
  block <- push_step(block, list(kind = "sqrt", use = use_flags(columns, width)))
  check_some_finite(block, columns, "sqrt", call)
  carry_support(block, columns, function(x, j) sqrt(x))
}

fit_step_constrain <- function(block, columns, step, call) {
  width <- ncol(block$values)
  lower <- spread_numbers(step$lower, columns, width, -Inf, "lower", "constrain", call)
  upper <- spread_numbers(step$upper, columns, width, Inf, "upper", "constrain", call)
  check_domain(block, columns, lower, "constrain", call, upper)
  block <- push_step(block, list(kind = "constrain", lower = lower, upper = upper))
  carry_support(block, columns, function(x, j) {
    below <- if (is.finite(lower[[j]])) log(x - lower[[j]]) else 0
    above <- if (is.finite(upper[[j]])) log(upper[[j]] - x) else 0
    if (is.infinite(lower[[j]]) && is.infinite(upper[[j]])) x else below - above
  })
}

fit_step_one_hot <- function(block, columns, step, call) {
  refuse_parameters(block, "one_hot", call)
  columns <- sort(columns)
  levels <- lapply(columns, \(j) step$levels %||% pilot_levels(block, j, call))
  counts <- lengths(levels)
  width <- ncol(block$values)
  block <- push_step(block, list(
    kind = "one_hot", columns = as.double(columns), count = as.double(counts),
    levels = as.double(unlist(levels)), width = width
  ))
  widen_block(block, columns)
}

# More levels than this are numbers rather than categories.
most_levels <- 100

pilot_levels <- function(block, column, call) {
  values <- block$values[, column]
  levels <- sort(unique(values[is.finite(values)]))
  if (length(levels) == 0 || length(levels) > most_levels) {
    abort_adapter(
      sprintf(
        "adapt_one_hot() must have a variable with at most %d values, but \"%s\" has %d in the pilot simulations.",
        most_levels, block$names[[column]], length(levels)
      ),
      call,
      hint = "Give its `levels`, if it is a category."
    )
  }
  levels
}

fit_step_missing <- function(block, columns, step, call) {
  refuse_parameters(block, "missing", call)
  width <- ncol(block$values)
  fill <- spread_numbers(step$fill, columns, width, 0, "fill", "missing", call)
  block$may_miss[block$origin[columns]] <- TRUE
  block <- push_step(block, list(
    kind = "missing", use = use_flags(columns, width), fill = fill
  ))
  widen_block(block)
}

# After a step that puts several columns in place of one; those of `coded`
# columns hold 0 and 1, as masks do.
widen_block <- function(block, coded = integer()) {
  step <- block$steps[[length(block$steps)]]
  from <- columns_after(step, length(block$names))
  block$names <- names_after(step, block$names)
  for (field in c("done", "origin", "direct", "moved")) {
    block[[field]] <- block[[field]][from]
  }
  block$done[from %in% coded | (step$kind == "missing" & duplicated(from))] <- TRUE
  block
}

fit_step_select <- function(block, columns, step, call) {
  if (block$kind == "parameters" && (length(block$steps) > 0 || !is.null(block$keep))) {
    abort_adapter(
      "adapt_select() of parameters must come before other steps of parameters.",
      call,
      hint = "Move it to the front."
    )
  }
  columns <- sort(columns)
  select <- list(
    kind = "select", columns = as.double(columns), width = ncol(block$values)
  )
  if (block$kind == "parameters") {
    check_whole_shapes(block, columns, call)
    block$shapes <- keep_support(list(shapes = block$shapes), columns)$shapes
    block$keep <- columns
    block$values <- block$values[, columns, drop = FALSE]
    for (field in c("lower", "upper", "first_lower", "first_upper")) {
      block[[field]] <- block[[field]][columns]
    }
  } else {
    block <- push_step(block, select)
  }
  for (field in c("names", "done", "origin", "direct", "moved")) {
    block[[field]] <- block[[field]][columns]
  }
  block
}

check_whole_shapes <- function(block, columns, call) {
  for (shape in block$shapes) {
    kept <- shape$columns %in% columns
    if (any(kept) && !all(kept)) {
      abort_adapter(
        sprintf(
          "adapt_select() must keep all of \"%s\" or nothing of it: its elements hang together.",
          sub("\\[.*$", "", block$names[[shape$columns[[1]]]])
        ),
        call
      )
    }
  }
}

fit_step_apply <- function(block, columns, step, call) {
  parameters <- block$kind == "parameters"
  if (parameters && (is.null(step$inverse) || is.null(step$log_det))) {
    abort_adapter(
      sprintf(
        "adapt_apply() of parameters must have `forward`, `inverse` and `log_det`, but %s lacks.",
        if (is.null(step$inverse)) "`inverse`" else "`log_det`"
      ),
      call,
      hint = "Draws come back by `inverse`, densities need `log_det`."
    )
  }
  fitted <- list(
    kind = "apply", place = as.double(step$place), columns = as.double(columns),
    names = block$names[columns]
  )
  fitted <- c(fitted, Filter(is.function, step))
  if (parameters) {
    check_apply(fitted, block$values, call)
  }
  block <- push_step(block, fitted)
  if (parameters) {
    block$lower[columns] <- -Inf
    block$upper[columns] <- Inf
    block$moved[columns] <- TRUE
  }
  block
}

fit_step_subsample <- function(block, columns, step, call) {
  if (block$kind != "data" || length(columns) != ncol(block$values)) {
    abort_adapter(
      sprintf(
        "adapt_subsample() must name whole observables, but was given %s.",
        if (block$kind == "data") sprintf("a part of \"%s\"", block$label) else {
          paste0("\"", block$kind, "\"")
        }
      ),
      call
    )
  }
  block$subsample <- step$n
  block
}

fit_step_direct <- function(block, columns, step, call) {
  if (block$kind != "data" || !block$one_row) {
    abort_adapter(
      sprintf(
        "adapt_direct() must name variables of data that are one row per data set, not \"%s\".",
        block$names[[columns[[1]]]]
      ),
      call,
      hint = if (block$kind == "data") {
        "Data of several positions need a summary network."
      } else if (block$kind == "context") {
        "Context goes to the inference network already."
      }
    )
  }
  block$direct[columns] <- TRUE
  block
}

refuse_parameters <- function(block, step, call) {
  if (block$kind == "parameters") {
    abort_adapter(
      sprintf("adapt_%s() must be of data or context: parameters cannot come back from it.", step),
      call
    )
  }
}

# A parameter's support must lie where the step is defined.
check_domain <- function(block, columns, lower, step, call, upper = NULL) {
  if (block$kind != "parameters") {
    return(invisible())
  }
  upper <- upper %||% rep(Inf, length(lower))
  for (j in columns) {
    if (block$lower[[j]] < lower[[j]] || block$upper[[j]] > upper[[j]]) {
      abort_adapter(
        sprintf(
          "adapt_%s() must have parameters inside (%s, %s), but \"%s\" has the support (%s, %s) here.",
          step, format(lower[[j]]), format(upper[[j]]), block$names[[j]],
          format(block$lower[[j]], digits = 4), format(block$upper[[j]], digits = 4)
        ),
        call,
        hint = "The prior's bounds (`lb`, `ub`) give the support."
      )
    }
  }
}

# Steps that some finite numbers have no finite image of.
partial_steps <- c("log", "sqrt", "constrain", "apply")

#' Refuse a step that makes finite pilot values non-finite
#'
#' @param before The block's values before the step.
#' @param nan_welcome Does adapt_missing() follow, so that NaN is a value?
#' @noRd
check_stays_finite <- function(block, before, columns, step, nan_welcome, call) {
  after <- block$values[, columns, drop = FALSE]
  before <- before[, columns, drop = FALSE]
  lost <- is.finite(before) & !is.finite(after) & !(nan_welcome & is.nan(after))
  if (any(lost)) {
    at <- which(lost)[[1]]
    abort_adapter(
      sprintf(
        "adapt_%s() must give finite numbers, but makes %s of \"%s\" = %s in the pilot simulations.",
        step, format(after[[at]]), block$names[[columns[[col(lost)[[at]]]]]],
        format(before[[at]], digits = 7)
      ),
      call,
      hint = switch(step,
        log = "An `offset` above minus the smallest value makes all positive.",
        apply = "`forward` must be defined for all values that are simulated.",
        "Values outside the step's domain need another step, or adapt_apply() with a function that takes them."
      )
    )
  }
}

check_some_finite <- function(block, columns, step, call) {
  for (j in columns) {
    if (!any(is.finite(block$values[, j]))) {
      abort_adapter(
        sprintf(
          "adapt_%s() must give finite numbers, but of \"%s\" it gives none in the pilot simulations.",
          step, block$names[[j]]
        ),
        call
      )
    }
  }
}

# Increasing steps carry the ends of the support along.
carry_support <- function(block, columns, f) {
  block$moved[columns] <- TRUE
  if (block$kind == "parameters") {
    for (j in columns) {
      block$lower[[j]] <- f(block$lower[[j]], j)
      block$upper[[j]] <- f(block$upper[[j]], j)
    }
  }
  block
}

step_fitters <- function(kind) {
  switch(kind,
    standardize = fit_step_standardize, log = fit_step_log,
    sqrt = fit_step_sqrt, constrain = fit_step_constrain,
    one_hot = fit_step_one_hot, missing = fit_step_missing,
    select = fit_step_select, apply = fit_step_apply,
    subsample = fit_step_subsample, direct = fit_step_direct
  )
}

