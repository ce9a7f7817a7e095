# Which lines priors() has, and whose parameters they are.

# Evaluates lines one by one, so that the one that cannot be is named.
evaluate_lines <- function(code, evaluate, call) {
  lines <- lapply(seq_along(code), function(i) {
    if (rlang::is_missing(code[[i]])) {
      amortflow_abort(
        sprintf("Line %d of `priors()` must not be empty.", i), "prior",
        hint = "Is there a comma too many?", call = call
      )
    }
    tryCatch(evaluate(i), error = function(e) {
      abort_no_line(deparse1(code[[i]]), i, names(code)[i], call, parent = e)
    })
  })
  names(lines) <- names(code)
  lines
}

abort_no_line <- function(shown, i, argument_name, call, parent = NULL) {
  named <- !is.null(argument_name) && !is.na(argument_name) &&
    nzchar(argument_name)
  amortflow_abort(
    sprintf(
      "Line %d of `priors()` must be `name ~ distribution(...)`, not `%s`.",
      i, shown
    ),
    "prior",
    hint = if (named) {
      sprintf("Write `%s ~ ...`, not `%s = ...`.", argument_name, argument_name)
    },
    call = call, parent = parent
  )
}

line_name <- function(line, i, argument_name, call) {
  if (!rlang::is_formula(line, lhs = TRUE)) {
    shown <- if (rlang::is_formula(line)) deparse1(line) else describe_value(line)
    abort_no_line(shown, i, argument_name, call)
  }
  if (!is.symbol(line[[2]])) {
    amortflow_abort(
      sprintf(
        "In `%s`: the left side must be a name.", deparse1(unclass_formula(line))
      ),
      "prior",
      hint = "Vectors are declared by `dim`: `theta ~ normal(0, 1, dim = 3)`.",
      call = call
    )
  }
  as.character(line[[2]])
}

unclass_formula <- function(line) {
  attributes(line) <- NULL
  line
}

# Columns of posterior's draws.
reserved_names <- c(".chain", ".iteration", ".draw", ".log_weight")

check_parameter_names <- function(names, call, given = character()) {
  if (any(names %in% given)) {
    amortflow_abort(
      sprintf(
        "`%s` is given and cannot be a parameter too.",
        intersect(names, given)[[1]]
      ),
      "prior",
      call = call
    )
  }
  twice <- names[duplicated(names)]
  if (length(twice) > 0) {
    amortflow_abort(
      sprintf("Parameter `%s` must have one line, not several.", twice[[1]]),
      "prior",
      call = call
    )
  }
  reserved <- intersect(names, reserved_names)
  if (length(reserved) > 0 || any(grepl("[][,]", names))) {
    bad <- c(reserved, names[grepl("[][,]", names)])[[1]]
    amortflow_abort(
      sprintf("A parameter cannot be called `%s`.", bad), "prior",
      call = call
    )
  }
}

