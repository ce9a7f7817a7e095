# Objects of the package distributional on the right side of a line.

#' A line's right side as a call of one of our distributions
#'
#' @return `right` itself, unless it is a `distribution` or makes one.
#' @noRd
known_distribution_call <- function(right, line, call) {
  if (!may_be_distributional(right)) {
    return(right)
  }
  value <- tryCatch(eval(right, line$env), error = identity)
  if (inherits(value, "error")) {
    if (is.symbol(right)) {
      return(right)
    }
    abort_prior_line(
      line, sprintf("`%s` cannot be evaluated", deparse1(right)), call,
      hint = paste(
        "Distributions of distributional are made of constants; write",
        "`normal(mu, 1)` to use an earlier parameter."
      ),
      parent = value
    )
  }
  if (!inherits(value, "distribution")) {
    return(right)
  }
  if (length(value) != 1) {
    problem <- sprintf("there must be one distribution, not %d", length(value))
    abort_prior_line(line, problem, call)
  }
  translate_distribution(unclass(value)[[1]], line, call)
}

may_be_distributional <- function(right) {
  if (is.symbol(right)) {
    return(TRUE)
  }
  is.call(right) && grepl("(^|::)dist_", deparse1(right[[1]]))
}

# By class, from the fields in the order of the constructor's arguments (their
# names differ between versions).
distributional_calls <- list(
  dist_normal = function(mu, sigma) call("normal", mu, sigma),
  dist_student_t = function(df, mu, sigma, ncp = NULL) {
    if (is.null(ncp)) call("student_t", df, mu, sigma)
  },
  dist_cauchy = function(location, scale) call("cauchy", location, scale),
  dist_logistic = function(location, scale) call("logistic", location, scale),
  dist_lognormal = function(mu, sigma) call("lognormal", mu, sigma),
  dist_gamma = function(shape, rate) call("gamma", shape, rate),
  dist_inverse_gamma = function(shape, rate) call("inv_gamma", shape, 1 / rate),
  dist_exponential = function(rate) call("exponential", rate),
  dist_beta = function(shape1, shape2) call("beta", shape1, shape2),
  dist_uniform = function(min, max) call("uniform", min, max),
  dist_weibull = function(shape, scale) call("weibull", shape, scale),
  dist_chisq = function(df, ncp = 0) if (ncp == 0) call("chi_square", df),
  dist_gumbel = function(alpha, scale) call("gumbel", alpha, scale),
  dist_pareto = function(shape, scale) call("pareto_type_2", 0, scale, shape),
  dist_mvnorm = function(mu, sigma) call("multi_normal", c(mu), c(sigma)),
  dist_bernoulli = function(prob) call("bernoulli", prob),
  dist_binomial = function(size, prob) call("binomial", size, prob),
  dist_poisson = function(lambda) call("poisson", lambda),
  dist_geometric = function(prob) call("geometric", prob),
  dist_negbin = function(size, prob) {
    call("neg_binomial_2", size * (1 - prob) / prob, size)
  }
)

translate_distribution <- function(x, line, call) {
  kind <- class(x)[[1]]
  fields <- unclass(x)
  if (kind == "dist_truncated") {
    return(translate_truncated(fields, line, call))
  }
  translate <- distributional_calls[[kind]]
  translated <- if (!is.null(translate)) do.call(translate, unname(fields))
  if (is.null(translated)) {
    abort_prior_line(
      line, sprintf("`%s` cannot be translated", kind), call,
      hint = sprintf(
        "Of distributional, there are %s, and truncated ones of these.",
        paste0(names(distributional_calls), collapse = ", ")
      )
    )
  }
  translated
}

translate_truncated <- function(fields, line, call) {
  translated <- as.list(translate_distribution(fields[[1]], line, call))
  bounds <- list(lb = fields[[2]], ub = fields[[3]])
  as.call(c(translated, Filter(is.finite, bounds)))
}
