# Linear regression of parameters on what reaches the inference network as it is: numbers that no summary network
# changes, on the networks' scale.

# A linear model is left out where its residuals look otherwise than normal with one variance: what remains to be
# learned would be harder than the posterior itself. Bounds on skewness, excess kurtosis and the share of squares that
# the numbers explain; they leave room for the noise of 1,000 pilot simulations.
most_skewness <- 0.25
most_kurtosis <- 0.5
most_heteroscedasticity <- 0.05

# Simulations for each coefficient of a parameter.
least_per_coefficient <- 10

#' What the core makes a `LinearRegression` of
#'
#' @param blocks See `learn_adapter()`.
#' @param networks The summary network of each observable.
#' @param head Is there a network over all summaries?
#' @return A list `regression`, or an empty one where a linear model does not fit.
#' @noRd
regression_spec <- function(adapter, blocks, networks, head) {
  if (!adapter$auto) {
    return(list())
  }
  kinds <- vapply(blocks, `[[`, "", "kind")
  parameters <- blocks[[which(kinds == "parameters")]]$values
  numbers <- plain_numbers(
    blocks[kinds == "data"], blocks[kinds == "context"], adapter, networks, head
  )
  regression <- fit_regression(parameters, numbers)
  if (!is.null(regression)) list(regression = regression) else list()
}

# In the core's order: observables, context, columns that go past a summary network.
plain_numbers <- function(data, context, adapter, networks, head) {
  identity <- !head & vapply(networks, `[[`, "", "kind") == "identity"
  own <- Map(function(block, direct, plain) {
    columns <- setdiff(seq_len(ncol(block$values)), direct)
    if (plain) block$values[, columns, drop = FALSE]
  }, data, adapter$direct, identity)
  beside <- Map(function(block, direct) {
    if (length(direct) > 0) block$values[, direct, drop = FALSE]
  }, data, adapter$direct)
  do.call(cbind, unname(c(own, lapply(context, `[[`, "values"), beside)))
}

fit_regression <- function(parameters, numbers) {
  if (is.null(numbers)) {
    return(NULL)
  }
  finite <- which(rowSums(!is.finite(cbind(parameters, numbers))) == 0)
  count <- length(finite)
  if (count < least_per_coefficient * (ncol(numbers) + 1)) {
    return(NULL)
  }
  numbers <- numbers[finite, , drop = FALSE]
  least_squares <- stats::lm.fit(cbind(1, numbers), parameters[finite, , drop = FALSE])
  coefficients <- as.matrix(least_squares$coefficients)
  # Of columns that repeat others.
  coefficients[is.na(coefficients)] <- 0
  residuals <- as.matrix(least_squares$residuals)
  whitening <- whitening_of(crossprod(residuals) / (count - ncol(numbers) - 1))
  if (is.null(whitening) || !looks_normal(residuals %*% t(whitening), numbers)) {
    return(NULL)
  }
  list(
    intercept = as.double(coefficients[1, ]),
    coefficients = as.double(t(coefficients[-1, , drop = FALSE])),
    whitening = as.double(whitening)
  )
}

# Lower triangular W with W covariance W' = 1, or NULL if there is none.
whitening_of <- function(covariance) {
  factor <- tryCatch(chol(covariance), error = function(e) NULL)
  if (is.null(factor) || any(diag(factor) < 1e-6)) {
    return(NULL)
  }
  forwardsolve(t(factor), diag(nrow(covariance)))
}

# `u`: residuals, each with variance one.
looks_normal <- function(u, numbers) {
  squares <- stats::lm.fit(cbind(1, numbers, numbers^2), u^2)
  explained <- 1 - colSums(as.matrix(squares$residuals)^2) / (nrow(u) - squares$rank) /
    apply(u^2, 2, stats::var)
  all(abs(colMeans(u^3)) < most_skewness) &&
    all(abs(colMeans(u^4) - 3) < most_kurtosis) &&
    all(explained < most_heteroscedasticity)
}

# As it comes back from a file.
is_regression <- function(regression, parameter_count) {
  numbers <- regression[c("intercept", "coefficients", "whitening")]
  holds(
    is.list(regression), length(regression) == 3,
    all(vapply(numbers, function(x) is.double(x) && all(is.finite(x)), logical(1))),
    length(numbers$intercept) == parameter_count,
    length(numbers$coefficients) %% parameter_count == 0,
    length(numbers$whitening) == parameter_count^2
  )
}
