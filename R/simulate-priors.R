#' Priors in Stan's notation
#'
#' One line per parameter, `name ~ distribution(arguments)`. Priors are sampled
#' and evaluated in C++.
#'
#' @section Notation:
#' * Distributions and their arguments have Stan's names and order: `normal(mu,
#'   sigma)`, `student_t(nu, mu, sigma)`, `cauchy(mu, sigma)`, `logistic(mu,
#'   sigma)`, `lognormal(mu, sigma)`, `exponential(beta)`, `gamma(alpha, beta)`,
#'   `inv_gamma(alpha, beta)`, `weibull(alpha, sigma)`, `beta(alpha, beta)`,
#'   `uniform(alpha, beta)`. The second argument of `gamma()` and the one of
#'   `exponential()` are rates, that of `inv_gamma()` and `weibull()` a scale.
#' * `lb` and `ub` truncate: the density is renormalised between them.
#' * `dim` makes a parameter a vector (`dim = 3`) or an array (`dim = c(2, 3)`).
#'   Its elements are independent given the arguments, which have one element
#'   or as many as the parameter. They are named as in Stan: `theta[1]`,
#'   `theta[2,3]`. A prior has at most 100,000 numbers in all.
#' * Arguments and bounds are constants, which are evaluated at once, or use
#'   parameters of earlier lines: `+ - * / ^`, `exp()`, `log()`, `sqrt()`,
#'   `inv_logit()`, and brackets for elements, `mu[2]`.
#'
#' Bounds that depend on other parameters hold for every draw and for the
#' density, but are not part of the parameter's fixed support
#' (`prior_support()` calls that end infinite).
#'
#' @section Errors:
#' `amortflow_error_prior`, which quotes the line: an unknown distribution,
#' argument or name, a name that a later line defines, arguments out of range,
#' bounds that leave nothing.
#'
#' @param ... Two-sided formulas, `name ~ distribution(...)`.
#' @return An `amortflow_prior`: a list of `parameters` (the lines), `variables`
#'   (character, names of the d scalar parameters) and `support` (list of
#'   numeric vectors `lower` and `upper`, named, length d). It holds constants
#'   only, no environment.
#' @seealso [prior_function()] for priors written as R functions,
#'   [sample_prior()], [generative_model()].
#' @examples
#' prior <- priors(
#'   mu    ~ normal(0, 5),
#'   tau   ~ student_t(3, 0, 2.5, lb = 0),
#'   theta ~ normal(mu, tau, dim = 3)
#' )
#' prior
#' sample_prior(prior, ndraws = 5, seed = 1)
#' @export
priors <- function(...) {
  call <- rlang::current_env()
  lines <- evaluate_lines(
    as.list(substitute(list(...)))[-1], function(i) ...elt(i), call
  )
  if (length(lines) == 0) {
    amortflow_abort("`priors()` must have at least one line.", "prior")
  }
  names <- vapply(seq_along(lines), function(i) {
    line_name(lines[[i]], i, names(lines)[i], call)
  }, character(1))
  check_parameter_names(names, call)
  known <- list()
  parameters <- vector("list", length(lines))
  for (i in seq_along(lines)) {
    later <- names[i:length(names)]
    parameters[[i]] <- read_line(lines[[i]], names[[i]], known, later, call)
    known[names[[i]]] <- list(parameters[[i]]$dim)
  }
  new_prior(parameters, call)
}

new_prior <- function(parameters, call) {
  described <- tryCatch(
    call_core(
      core_describe_prior(list(kind = "priors", parameters = parameters)),
      call = call
    ),
    amortflow_error_config = function(e) {
      class(e)[class(e) == "amortflow_error_config"] <- "amortflow_error_prior"
      rlang::cnd_signal(e)
    }
  )
  variables <- described$variables
  structure(
    list(
      kind = "priors", parameters = parameters, variables = variables,
      support = list(
        lower = rlang::set_names(described$lower, variables),
        upper = rlang::set_names(described$upper, variables)
      )
    ),
    class = "amortflow_prior"
  )
}

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

check_parameter_names <- function(names, call) {
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

read_line <- function(formula, name, known, later, call) {
  line <- list(
    text = deparse1(unclass_formula(formula)), env = environment(formula),
    name = name, known = known, later = later
  )
  right <- formula[[3]]
  distribution <- check_distribution(right, line, call)
  arguments <- match_arguments(as.list(right)[-1], distribution, line, call)
  parsed <- lapply(
    arguments[names(arguments) != "dim"], read_expression,
    line = line, call = call
  )
  check_arguments_finite(parsed[distribution$arguments], line, call)
  dim <- read_dim(arguments$dim, line, call)
  shown <- c(lapply(parsed, `[[`, "shown"), if (!is.null(dim)) list(dim = dim))
  names(shown)[names(shown) %in% distribution$arguments] <- ""
  text <- deparse1(as.call(c(list(as.symbol(distribution$name)), shown)))
  specs <- lapply(parsed, `[[`, "spec")
  list(
    name = name, text = paste(name, "~", text),
    distribution = distribution$name,
    arguments = unname(specs[distribution$arguments]),
    lb = specs$lb, ub = specs$ub, dim = dim
  )
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
      hint = nearest_hint(name, names(known)) %||%
        paste0("There are ", paste0(names(known), "()", collapse = ", "), ".")
    )
  }
  list(name = name, arguments = known[[name]])
}

`%||%` <- function(x, y) if (is.null(x)) y else x

# Named arguments go to their names, the others fill what is left, in order.
match_arguments <- function(given, distribution, line, call) {
  names <- names(given) %||% rep("", length(given))
  allowed <- c(distribution$arguments, "lb", "ub", "dim")
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
  dim <- evaluate_constant(expr, line, call)
  if (any(dim < 1 | dim != trunc(dim) | !is.finite(dim))) {
    abort_prior_line(line, "`dim` must hold positive whole numbers", call)
  }
  refuse_too_many(dim, line, call)
  as.double(dim)
}

#' @export
format.amortflow_prior <- function(x, ...) {
  if (x$kind == "function") {
    return(c(
      sprintf("%s from an R function", x$variables),
      if (!is.null(x$log_density)) "with a log density"
    ))
  }
  parts <- strsplit(vapply(x$parameters, `[[`, "", "text"), " ~ ", fixed = TRUE)
  left <- format(vapply(parts, `[[`, "", 1))
  paste(left, "~", vapply(parts, `[[`, "", 2))
}

#' @export
print.amortflow_prior <- function(x, ...) {
  cat(sprintf("<prior of %d parameter%s>\n", length(x$variables), plural(x$variables)))
  cat(paste0("  ", format(x), "\n"), sep = "")
  invisible(x)
}

plural <- function(x) if (length(x) == 1) "" else "s"

# Names of the d scalar parameters: "theta[1]".
prior_variables <- function(prior) prior$variables

# list(lower, upper): where parameters can be, -Inf and Inf where free.
prior_support <- function(prior) prior$support

# The core's form.
prior_spec <- function(prior) {
  list(kind = "priors", parameters = prior$parameters)
}

# Named list: the dim of each parameter, NULL for scalars.
prior_dims <- function(prior) {
  if (prior$kind == "function") {
    return(prior$dims)
  }
  dims <- lapply(prior$parameters, `[[`, "dim")
  rlang::set_names(dims, vapply(prior$parameters, `[[`, "", "name"))
}

#' log density of a prior
#'
#' @param parameters Numeric matrix, one row per point, columns in the order of
#'   `prior_variables()`, user's scale.
#' @return Numeric vector, `-Inf` outside the support.
#' @noRd
prior_log_density <- function(prior, parameters, call = rlang::caller_env()) {
  if (prior$kind == "priors") {
    return(call_core(
      core_prior_log_density(prior_spec(prior), parameters),
      call = call
    ))
  }
  function_log_density(prior, parameters, call)
}
