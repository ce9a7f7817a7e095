# The right side of a line of priors(): constants are evaluated at once, calls
# with earlier parameters become the core's expressions. No environment stays.

#' Read one argument of a line
#'
#' @param expr R code.
#' @param line List of `text` (quoted in errors), `env` (where constants live),
#'   `name`, and the scope of read_line(); `later` holds local names too where
#'   they must not be used.
#' @return List of `spec` (for the core), `shown` (code with constants filled
#'   in) and `length` (how many numbers it gives).
#' @noRd
read_expression <- function(expr, line, call) {
  names <- all.vars(expr)
  refuse_later(intersect(names, line$later), line, call)
  if (length(intersect(names, names(line$known))) == 0) {
    value <- evaluate_constant(expr, line, call)
    return(list(spec = as.double(value), shown = value, length = length(value)))
  }
  if (is.symbol(expr)) {
    name <- as.character(expr)
    return(list(
      spec = list(kind = "parameter", name = name), shown = expr,
      length = prod(line$known[[name]] %||% 1)
    ))
  }
  if (is_call_of(expr, "(")) {
    inner <- read_expression(expr[[2]], line, call)
    inner$shown <- as.call(list(expr[[1]], inner$shown))
    return(inner)
  }
  if (is_call_of(expr, "[")) {
    return(read_element(expr, line, call))
  }
  read_function_call(expr, line, call)
}

is_call_of <- function(expr, name) {
  is.call(expr) && identical(expr[[1]], as.symbol(name))
}

refuse_later <- function(later, line, call) {
  if (length(later) == 0) {
    return(invisible())
  }
  if (later[[1]] %in% line$local) {
    problem <- sprintf(
      "`%s` is local to plate \"%s\", but this line is not", later[[1]],
      line$plate
    )
    hint <- sprintf("Say `plate = \"%s\"` here too.", line$plate)
    abort_prior_line(line, problem, call, hint = hint)
  }
  itself <- later[[1]] == line$name
  abort_prior_line(
    line,
    if (itself) {
      sprintf("`%s` is defined by itself", later[[1]])
    } else {
      sprintf("`%s` is defined by a later line", later[[1]])
    },
    call,
    hint = if (!itself) sprintf("Move the line of `%s` up.", later[[1]])
  )
}

# Stan's functions that R has under other names, and matrix helpers.
constant_functions <- list(
  inv_logit = stats::plogis, logit = stats::qlogis, Phi = stats::pnorm,
  square = function(x) x^2, pow = function(x, y) x^y,
  diag_matrix = function(v) diag(v, length(v)),
  quad_form_diag = function(m, v) m * outer(v, v),
  diag_pre_multiply = function(v, m) v * m
)

evaluate_constant <- function(expr, line, call) {
  scope <- list2env(constant_functions, parent = line$env)
  value <- tryCatch(eval(expr, scope), error = function(e) {
    unknown <- setdiff(all.vars(expr), ls_visible(expr, scope))
    abort_prior_line(
      line,
      if (length(unknown) > 0) {
        sprintf(
          "`%s` is neither an earlier parameter nor a variable", unknown[[1]]
        )
      } else {
        sprintf("`%s` cannot be evaluated", deparse1(expr))
      },
      call,
      hint = nearest_hint(unknown, names(line$known)), parent = e
    )
  })
  if (!is.numeric(value) || length(value) == 0 || anyNA(value)) {
    abort_prior_line(
      line,
      sprintf(
        "`%s` must be numbers, not %s", deparse1(expr), describe_value(value)
      ),
      call
    )
  }
  value <- as.vector(value)
  if (length(value) == 1) as.double(value) else value
}

ls_visible <- function(expr, scope) {
  Filter(function(name) exists(name, envir = scope), all.vars(expr))
}

read_element <- function(expr, line, call) {
  if (!is.symbol(expr[[2]]) || !as.character(expr[[2]]) %in% names(line$known)) {
    abort_prior_line(
      line, sprintf("in `%s`, brackets must follow a parameter", deparse1(expr)),
      call
    )
  }
  name <- as.character(expr[[2]])
  dim <- line$known[[name]]
  index <- vapply(as.list(expr)[-(1:2)], function(part) {
    value <- if (!rlang::is_missing(part)) evaluate_constant(part, line, call)
    if (length(value) != 1) {
      abort_prior_line(
        line, sprintf("in `%s`, brackets must take one number each", deparse1(expr)),
        call
      )
    }
    as.double(value)
  }, numeric(1))
  size <- if (length(dim) == 0) 1 else dim
  fits <- length(index) == length(size) && all(index == trunc(index)) &&
    all(index >= 1 & index <= size)
  if (!fits) {
    problem <- sprintf(
      "`%s` has no element `%s`: its `dim` is %s", name, deparse1(expr),
      paste(size, collapse = " x ")
    )
    abort_prior_line(line, problem, call)
  }
  element <- 1 + sum((index - 1) * cumprod(c(1, size))[seq_along(size)])
  shown <- as.call(c(list(expr[[1]], expr[[2]]), as.list(index)))
  list(
    spec = list(kind = "parameter", name = name, element = element),
    shown = shown, length = 1
  )
}

prior_operators <- c("+", "-", "*", "/", "^")

read_function_call <- function(expr, line, call) {
  name <- if (is.symbol(expr[[1]])) as.character(expr[[1]]) else deparse1(expr[[1]])
  functions <- core_prior_functions()
  arity <- length(expr) - 1
  if (!name %in% c(prior_operators, functions) || !arity %in% prior_arity(name)) {
    abort_prior_line(
      line,
      sprintf("`%s` cannot be calculated from parameters", deparse1(expr)),
      call,
      hint = sprintf(
        "With parameters, %s, %s and brackets may be used.",
        paste(prior_operators, collapse = " "),
        paste0(functions, "()", collapse = ", ")
      )
    )
  }
  parts <- lapply(as.list(expr)[-1], read_expression, line = line, call = call)
  list(
    spec = list(
      kind = "call", name = name,
      arguments = unname(lapply(parts, `[[`, "spec"))
    ),
    shown = as.call(c(list(expr[[1]]), lapply(parts, `[[`, "shown"))),
    length = call_length(name, vapply(parts, `[[`, numeric(1), "length"))
  )
}

prior_arity <- function(name) {
  switch(name,
    "+" = ,
    "-" = ,
    min = ,
    max = 1:2,
    "*" = ,
    "/" = ,
    "^" = ,
    pow = ,
    quad_form_diag = ,
    diag_pre_multiply = 2,
    1
  )
}

# How many numbers a function gives; the core refuses lengths that do not fit.
call_length <- function(name, lengths) {
  reduces <- name %in% c("sum", "mean") ||
    (name %in% c("min", "max") && length(lengths) == 1)
  if (reduces) {
    return(1)
  }
  if (name == "diag_matrix") lengths^2 else max(lengths)
}

abort_prior_line <- function(line, problem, call, hint = NULL, parent = NULL) {
  amortflow_abort(
    sprintf("In `%s`: %s.", line$text, problem), "prior",
    hint = hint, line = line$text, call = call, parent = parent
  )
}

nearest_hint <- function(name, choices) {
  if (length(name) == 0 || length(choices) == 0) {
    return(NULL)
  }
  distance <- utils::adist(name[[1]], choices)
  if (min(distance) > max(2, nchar(name[[1]]) / 2)) {
    return(NULL)
  }
  sprintf("Did you mean `%s`?", choices[[which.min(distance)]])
}
