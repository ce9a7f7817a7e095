#' Priors in Stan's notation
#'
#' One line per parameter, `name ~ distribution(arguments)`. Priors are sampled
#' and evaluated in C++.
#'
#' @section Distributions:
#' Names, arguments and their order are Stan's. Of one number (vectors and
#' arrays of independent elements by `dim`):
#'
#' | distribution | arguments | support |
#' |---|---|---|
#' | `normal(mu, sigma)`, `std_normal()`, `cauchy(mu, sigma)`, `logistic(mu, sigma)`, `double_exponential(mu, sigma)` | location, scale | real |
#' | `student_t(nu, mu, sigma)` | degrees of freedom, location, scale | real |
#' | `gumbel(mu, beta)` | location, scale | real |
#' | `skew_normal(xi, omega, alpha)` | location, scale, slant | real |
#' | `exp_mod_normal(mu, sigma, lambda)` | a normal plus an exponential of rate `lambda` | real |
#' | `lognormal(mu, sigma)` | mean and sd of the logarithm | positive |
#' | `gamma(alpha, beta)` | shape, **rate** | positive |
#' | `exponential(beta)` | **rate** | positive |
#' | `inv_gamma(alpha, beta)`, `weibull(alpha, sigma)`, `frechet(alpha, sigma)` | shape, **scale** | positive |
#' | `chi_square(nu)`, `inv_chi_square(nu)`, `scaled_inv_chi_square(nu, sigma)` | degrees of freedom, scale | positive |
#' | `rayleigh(sigma)` | scale | positive |
#' | `loglogistic(alpha, beta)` | scale, shape | positive |
#' | `pareto(y_min, alpha)` | least value, shape | above `y_min` |
#' | `pareto_type_2(mu, lambda, alpha)` | least value, scale, shape | above `mu` |
#' | `uniform(alpha, beta)` | bounds | (`alpha`, `beta`) |
#' | `beta(alpha, beta)` | shapes | (0, 1) |
#' | `beta_proportion(mu, kappa)` | mean, precision: `beta(mu * kappa, (1 - mu) * kappa)` | (0, 1) |
#' | `von_mises(mu, kappa)` | direction, concentration | (-pi, pi), whatever `mu` |
#'
#' Of a vector of K or a K x K matrix; `dim = K` may be left out where an
#' argument says it. Vectors as arguments may be one number:
#'
#' | distribution | arguments | value |
#' |---|---|---|
#' | `multi_normal(mu, Sigma)` | mean, covariance matrix | vector |
#' | `multi_normal_cholesky(mu, L)` | mean, its lower triangular factor | vector |
#' | `multi_student_t(nu, mu, Sigma)` | degrees of freedom, location, scale matrix | vector |
#' | `dirichlet(alpha)` | concentrations | simplex |
#' | `lkj_corr(eta)` | shape; `eta = 1` is uniform | correlation matrix |
#' | `lkj_corr_cholesky(eta)` | the same | its lower triangular factor |
#' | `wishart(nu, S)` | degrees of freedom, scale matrix: mean `nu * S` | covariance matrix |
#' | `inv_wishart(nu, S)` | the same: mean `S / (nu - K - 1)` | covariance matrix |
#'
#' Of whole numbers, for simulation only: a posterior of such a parameter cannot
#' be learned.
#'
#' | distribution | arguments | values |
#' |---|---|---|
#' | `bernoulli(theta)` | probability | 0, 1 |
#' | `binomial(N, theta)` | trials, probability | 0, ..., `N` |
#' | `poisson(lambda)` | mean | 0, 1, ... |
#' | `neg_binomial_2(mu, phi)` | mean; variance `mu + mu^2 / phi` | 0, 1, ... |
#' | `geometric(theta)` | probability; failures before the first success | 0, 1, ... |
#' | `discrete_uniform(lower, upper)` | least and largest value (Stan's `discrete_range`) | `lower`, ..., `upper` |
#' | `categorical(theta)` | probabilities, K numbers | 1, ..., K |
#'
#' Log densities hold all constants. They are with respect to the first K - 1
#' elements of a simplex, the strict lower triangle of a correlation matrix or
#' its factor, and the lower triangle of a covariance matrix, as in Stan.
#'
#' @section Notation:
#' * `lb` and `ub` truncate: the density is renormalised between them. Half
#'   forms are `normal(0, 1, lb = 0)`. Of whole numbers, both are included.
#' * `dim` makes a parameter a vector (`dim = 3`) or an array (`dim = c(2, 3)`).
#'   Its elements are independent given the arguments, which have one element
#'   or as many as the parameter. They are named as in Stan: `theta[1]`,
#'   `theta[2,3]`. A prior has at most 100,000 numbers in all.
#' * `ordered = TRUE` draws a vector in increasing order, of elements with the
#'   same distribution; the density is that of the order statistics.
#' * Arguments and bounds are constants, which are evaluated at once, or use
#'   parameters of earlier lines and names that are `given`: `+ - * / ^`,
#'   `abs()`, `exp()`, `expm1()`, `log()`, `log1p()`, `logit()`, `inv_logit()`,
#'   `Phi()`, `pow()`, `sqrt()`, `square()`, element by element; `min()` and
#'   `max()` of two, or of the elements of one; `sum()` and `mean()` of the
#'   elements; `diag_matrix(v)`, `quad_form_diag(M, v)` (diag(v) M diag(v)) and
#'   `diag_pre_multiply(v, M)` (diag(v) M); and brackets for elements, `mu[2]`,
#'   `Omega[1, 2]`.
#' * `plate = "subject"` makes a parameter local: drawn once per subject. There
#'   is one plate, lines without it must not use local parameters. How many
#'   subjects there are is the context variable `subject`.
#' * A `distributional` object of length one may stand on the right side:
#'   `x ~ distributional::dist_normal(0, 1)`.
#'
#' Bounds that depend on other parameters hold for every draw and for the
#' density, but are not part of the parameter's fixed support (which calls that
#' end infinite). Draws of a learned posterior are kept within the fixed support
#' only; a few may lie beyond bounds that depend on other parameters, where the
#' exact posterior has none. To avoid it, give the distance from such a bound a
#' prior of its own and add it in the simulator.
#'
#' @section Errors:
#' `amortflow_error_prior`, which quotes the line: an unknown distribution,
#' argument or name, a name that a later line defines, arguments out of range,
#' bounds that leave nothing.
#'
#' @param ... Two-sided formulas, `name ~ distribution(...)`.
#' @param given Names of context variables that lines may use, whose values vary
#'   by data set: a character vector of scalars, or a named list of dimensions
#'   (`list(n = NULL, x = c(10, 2))`, `NULL` for scalars).
#' @return An `amortflow_prior`: a list of `parameters` (the lines), `given`
#'   (named list of dimensions), `variables` (character, names of the d shared
#'   scalar parameters), `support` (list of numeric vectors `lower` and `upper`,
#'   named, length d; where there are any, `discrete`, the columns of whole
#'   numbers, and `shapes`, a list of `kind`, `columns` and `dim`: which columns
#'   are a simplex, an ordered vector, a correlation matrix, its Cholesky factor
#'   or a covariance matrix), and `local` (`NULL`, or a list of `plate`,
#'   `variables` and `support`). It holds constants only, no environment.
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
#'
#' # A hierarchical prior with correlated effects, for groups of a context.
#' hierarchical <- priors(
#'   sigma ~ exponential(1, dim = 2),
#'   Omega ~ lkj_corr(2, dim = 2),
#'   beta  ~ multi_normal(0, quad_form_diag(Omega, sigma), plate = "subject")
#' )
#' sample_prior(hierarchical, ndraws = 2, seed = 1, context = list(subject = 3))
#' @export
priors <- function(..., given = NULL) {
  call <- rlang::current_env()
  given <- as_given(given, call)
  lines <- evaluate_lines(
    as.list(substitute(list(...)))[-1], function(i) ...elt(i), call
  )
  if (length(lines) == 0) {
    amortflow_abort("`priors()` must have at least one line.", "prior")
  }
  names <- vapply(seq_along(lines), function(i) {
    line_name(lines[[i]], i, names(lines)[i], call)
  }, character(1))
  check_parameter_names(names, call, names(given))
  new_prior(read_lines(lines, names, given, call), given, call)
}

# What earlier lines define grows line by line.
read_lines <- function(lines, names, given, call) {
  scope <- list(known = given, local = character(), plate = NULL)
  parameters <- vector("list", length(lines))
  for (i in seq_along(lines)) {
    scope$later <- names[i:length(names)]
    read <- read_line(lines[[i]], names[[i]], scope, call)
    parameters[[i]] <- read
    scope$known[names[[i]]] <- list(read$dim)
    if (!is.null(read$plate)) {
      scope$plate <- read$plate
      scope$local <- c(scope$local, names[[i]])
    }
  }
  parameters
}

as_given <- function(given, call) {
  if (is.character(given)) {
    given <- rlang::set_names(vector("list", length(given)), given)
  }
  fine <- is.null(given) || (is.list(given) && rlang::is_dictionaryish(given))
  fine <- fine && all(vapply(given, function(dim) {
    is.null(dim) ||
      (is.numeric(dim) && length(dim) > 0 && all(is.finite(dim)) &&
        all(dim >= 1 & dim == trunc(dim)))
  }, logical(1)))
  if (!fine) {
    abort_argument(
      given, "given", "names, or a named list of dimensions", call
    )
  }
  lapply(given, function(dim) if (!is.null(dim)) as.double(dim))
}

new_prior <- function(parameters, given, call) {
  spec <- priors_spec(parameters, given)
  described <- tryCatch(
    call_core(core_describe_prior(spec), call = call),
    amortflow_error_config = function(e) {
      class(e)[class(e) == "amortflow_error_config"] <- "amortflow_error_prior"
      rlang::cnd_signal(e)
    }
  )
  if (length(described$variables) == 0) {
    amortflow_abort(
      "`priors()` must have a parameter that is shared by all groups.", "prior",
      hint = "Leave `plate` out of one line.", call = call
    )
  }
  structure(
    list(
      kind = "priors", parameters = parameters, given = given,
      variables = described$variables,
      support = named_support(described$support, described$variables),
      local = if (length(described$local_variables) > 0) {
        list(
          plate = described$plate, variables = described$local_variables,
          support = named_support(
            described$local_support, described$local_variables
          )
        )
      }
    ),
    class = "amortflow_prior"
  )
}

# Entries that say nothing are left out, so that plain supports are two vectors.
named_support <- function(support, variables) {
  result <- list(
    lower = rlang::set_names(support$lower, variables),
    upper = rlang::set_names(support$upper, variables)
  )
  if (any(support$discrete)) {
    result$discrete <- as.double(which(support$discrete))
  }
  if (length(support$shapes) > 0) {
    result$shapes <- support$shapes
  }
  result
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
  cat(sprintf(
    "<prior of %d parameter%s%s>\n", length(x$variables), plural(x$variables),
    if (!is.null(x$local)) {
      sprintf(" and %d per %s", length(x$local$variables), x$local$plate)
    } else {
      ""
    }
  ))
  if (length(x$given) > 0) {
    cat("  given ", paste(names(x$given), collapse = ", "), "\n", sep = "")
  }
  cat(paste0("  ", format(x), "\n"), sep = "")
  invisible(x)
}

plural <- function(x) if (length(x) == 1) "" else "s"

