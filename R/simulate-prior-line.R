# One line of priors(): its distribution, arguments, dim and plate.

#' Read one line
#'
#' @param formula The line.
#' @param scope List of `known` (named list: dim of what is given and of each
#'   earlier parameter), `later` (names that this and later lines define),
#'   `local` (names of earlier local parameters) and `plate` (their plate).
#' @return List of what the core's Prior reads.
#' @noRd
read_line <- function(formula, name, scope, call) {
  line <- c(
    list(
      text = deparse1(unclass_formula(formula)), env = environment(formula),
      name = name
    ),
    scope
  )
  right <- known_distribution_call(formula[[3]], line, call)
  distribution <- check_distribution(right, line, call)
  arguments <- match_arguments(as.list(right)[-1], distribution, line, call)
  plate <- read_plate(arguments$plate, line, call)
  if (is.null(plate)) {
    line$later <- c(line$later, line$local)
  }
  ordered <- read_ordered(arguments$ordered, line, call)
  expressions <- intersect(c(distribution$arguments, "lb", "ub"), names(arguments))
  parsed <- lapply(
    arguments[expressions], read_expression,
    line = line, call = call
  )
  check_arguments_finite(parsed[distribution$arguments], line, call)
  dim <- read_dim(arguments$dim, line, call)
  shown <- c(
    lapply(parsed, `[[`, "shown"),
    list(dim = dim, ordered = if (ordered) TRUE, plate = plate)
  )
  specs <- lapply(parsed, `[[`, "spec")
  without_null(list(
    name = name, text = line_text(name, distribution, shown),
    distribution = distribution$name,
    arguments = unname(specs[distribution$arguments]),
    lb = specs$lb, ub = specs$ub,
    dim = resolve_dim(dim, distribution, parsed, line, call),
    ordered = if (ordered) TRUE, plate = plate
  ))
}

without_null <- function(x) x[!vapply(x, is.null, logical(1))]

# The notation with its constants filled in.
line_text <- function(name, distribution, shown) {
  shown <- without_null(shown)
  names(shown)[names(shown) %in% distribution$arguments] <- ""
  right <- as.call(c(list(as.symbol(distribution$name)), shown))
  paste(name, "~", deparse1(right))
}

check_distribution <- function(right, line, call) {
  known <- core_distributions()
  if (!is.call(right) || !is.symbol(right[[1]])) {
    abort_prior_line(line, "the right side must be a distribution", call)
  }
  name <- as.character(right[[1]])
  if (!name %in% names(known)) {
    abort_prior_line(
      line, sprintf("there is no distribution `%s`", name), call,
      hint = half_form_hint(name, names(known)) %||%
        nearest_hint(name, names(known)) %||%
        paste0("There are ", paste0(names(known), "()", collapse = ", "), ".")
    )
  }
  c(list(name = name), known[[name]])
}

half_form_hint <- function(name, known) {
  whole <- sub("^half_?", "", name)
  if (whole != name && whole %in% known) {
    sprintf("Half forms are truncated: `%s(..., lb = 0)`.", whole)
  }
}

`%||%` <- function(x, y) if (is.null(x)) y else x

# What else a line may say: bounds and order are of single numbers.
line_options <- function(distribution) {
  c(
    if (distribution$value == "elements") c("lb", "ub"), "dim",
    if (distribution$value == "elements") "ordered", "plate"
  )
}

# Named arguments go to their names, the others fill what is left, in order.
match_arguments <- function(given, distribution, line, call) {
  names <- names(given) %||% rep("", length(given))
  allowed <- c(distribution$arguments, line_options(distribution))
  unknown <- setdiff(names[nzchar(names)], allowed)
  if (length(unknown) > 0) {
    problem <- sprintf(
      "%s() has no argument `%s`", distribution$name, unknown[[1]]
    )
    hint <- nearest_hint(unknown, allowed) %||%
      sprintf("It has %s.", paste0("`", allowed, "`", collapse = ", "))
    abort_prior_line(line, problem, call, hint = hint)
  }
  if (anyDuplicated(names[nzchar(names)])) {
    twice <- names[nzchar(names)][duplicated(names[nzchar(names)])]
    abort_prior_line(line, sprintf("`%s` is given twice", twice[[1]]), call)
  }
  free <- setdiff(distribution$arguments, names)
  unnamed <- which(!nzchar(names))
  if (length(unnamed) != length(free)) {
    problem <- sprintf(
      "%s(%s) must have %d arguments, not %d", distribution$name,
      paste(distribution$arguments, collapse = ", "),
      length(distribution$arguments),
      length(distribution$arguments) - length(free) + length(unnamed)
    )
    abort_prior_line(line, problem, call)
  }
  names[unnamed] <- free
  names(given) <- names
  given[intersect(allowed, names)]
}

check_arguments_finite <- function(parsed, line, call) {
  for (name in names(parsed)) {
    value <- parsed[[name]]$spec
    if (is.numeric(value) && any(is.infinite(value))) {
      problem <- sprintf(
        "`%s` must be finite, not %s", name,
        format(value[is.infinite(value)][[1]])
      )
      abort_prior_line(line, problem, call)
    }
  }
}

read_plate <- function(expr, line, call) {
  if (is.null(expr)) {
    return(NULL)
  }
  plate <- tryCatch(eval(expr, line$env), error = function(e) NULL)
  if (!is.character(plate) || length(plate) != 1 || is.na(plate) || !nzchar(plate)) {
    abort_prior_line(
      line, "`plate` must be the name of a context variable", call,
      hint = "As in `plate = \"subject\"`."
    )
  }
  if (!is.null(line$plate) && plate != line$plate) {
    problem <- sprintf(
      "a prior has one plate, which is \"%s\" already", line$plate
    )
    abort_prior_line(line, problem, call)
  }
  plate
}

read_ordered <- function(expr, line, call) {
  if (is.null(expr)) {
    return(FALSE)
  }
  ordered <- tryCatch(eval(expr, line$env), error = function(e) NULL)
  if (!isTRUE(ordered) && !isFALSE(ordered)) {
    abort_prior_line(line, "`ordered` must be TRUE or FALSE", call)
  }
  ordered
}

# Far more than a network can learn, and far less than memory.
most_parameters <- 1e5

refuse_too_many <- function(dim, line, call) {
  before <- vapply(line$known, function(d) prod(d %||% 1), numeric(1))
  total <- sum(before) + prod(dim)
  if (total > most_parameters) {
    problem <- sprintf(
      "a prior must have at most %s numbers in all, not %s",
      format(most_parameters, big.mark = ",", scientific = FALSE),
      format(total, big.mark = ",", scientific = total > 1e15)
    )
    abort_prior_line(line, problem, call)
  }
}

read_dim <- function(expr, line, call) {
  if (is.null(expr)) {
    return(NULL)
  }
  refuse_later(intersect(all.vars(expr), line$later), line, call)
  random <- intersect(all.vars(expr), names(line$known))
  if (length(random) > 0) {
    problem <- sprintf(
      "`dim` must be a constant, but `%s` is a parameter or given", random[[1]]
    )
    abort_prior_line(
      line, problem, call,
      hint = "Shapes are the same in all simulations: write a number, or a variable of another name."
    )
  }
  dim <- evaluate_constant(expr, line, call)
  if (any(dim < 1 | dim != trunc(dim) | !is.finite(dim))) {
    abort_prior_line(line, "`dim` must hold positive whole numbers", call)
  }
  refuse_too_many(dim, line, call)
  as.double(dim)
}

# The dim of vectors is K and that of matrices K x K, which arguments may say.
resolve_dim <- function(dim, distribution, parsed, line, call) {
  if (!distribution$value %in% c("vector", "matrix")) {
    return(dim)
  }
  size <- dim[1] %||% implied_size(distribution, parsed)
  if (is.null(size)) {
    problem <- sprintf("`%s()` must have a `dim`", distribution$name)
    abort_prior_line(
      line, problem, call,
      hint = "`dim = 3` is a vector of 3 elements, or a matrix of 3 rows."
    )
  }
  wanted <- if (distribution$value == "vector") size else c(size, size)
  if (!is.null(dim) && !identical(dim, size) && !identical(dim, wanted)) {
    problem <- sprintf(
      "the `dim` of `%s()` must be %s", distribution$name,
      if (distribution$value == "vector") "one number" else "K, or c(K, K)"
    )
    abort_prior_line(line, problem, call)
  }
  refuse_too_many(wanted, line, call)
  wanted
}

implied_size <- function(distribution, parsed) {
  lengths <- vapply(
    parsed[distribution$arguments], `[[`, numeric(1), "length"
  )
  roots <- sqrt(lengths[distribution$sizes == "matrix"])
  sizes <- c(
    roots[roots == trunc(roots)],
    lengths[distribution$sizes == "vector" & lengths > 1]
  )
  if (length(sizes) > 0) sizes[[1]]
}
