# A fit whose posterior is known: theta_j ~ normal(0, 1), each row of data
# normal(theta, 1), so the posterior given n rows is normal(n * mean / (n + 1),
# 1 / sqrt(n + 1)). It answers the two internal generics in which kinds of fits
# differ, so that everything around the networks is tested against exact
# numbers. `scale` stretches the posterior's sd, to make it wrong on purpose.

conjugate_fit <- function(observed = "vector", v = 2, n_obs = c(1, 1),
                          names = NULL, scale = 1, model = NULL,
                          validation = NULL) {
  standardize <- list(kind = "standardize", mean = rep(0, v), sd = rep(1, v))
  variables <- sprintf("theta[%d]", seq_len(v))
  structure(
    list(
      spec = list(
        kind = "posterior", variables = variables,
        observables = list(list(
          name = "", observed = observed, width = v, names = names,
          n_obs = n_obs
        )),
        support = list(lower = rep(-Inf, v), upper = rep(Inf, v)),
        scale = scale
      ),
      adapter = structure(
        list(
          parameters = list(standardize), data = list(data = list(standardize)),
          direct = list(numeric()), subsample = 0, variables = variables,
          data_names = list(default_names(names, "x", v)), may_miss = list(numeric())
        ),
        class = "amortflow_fitted_adapter"
      ),
      model = model, validation = validation
    ),
    class = c("conjugate_fit", "amortflow_posterior_fit", "amortflow_fit")
  )
}

conjugate_moments <- function(fit, sets) {
  rows <- sets$data[[1]]
  set <- factor(rep(seq_along(rows$lengths), rows$lengths))
  sums <- rowsum(rows$values, set)
  list(
    mean = unname(sums / (rows$lengths + 1)),
    sd = fit$spec$scale / sqrt(rows$lengths + 1)
  )
}

draw_conjugate <- function(fit, sets, ndraws, seed, cores) {
  withr::local_seed(seed %% 2^31)
  m <- conjugate_moments(fit, sets)
  n <- c(ndraws, sets$n, length(fit$spec$variables))
  noise <- array(stats::rnorm(prod(n)), n)
  aperm(
    aperm(noise, c(2, 3, 1)) * m$sd + as.vector(m$mean), c(3, 1, 2)
  )
}

density_conjugate <- function(fit, parameters, sets, set, cores) {
  m <- conjugate_moments(fit, sets)
  log_q <- stats::dnorm(
    parameters, m$mean[set, , drop = FALSE], m$sd[set],
    log = TRUE
  )
  rowSums(matrix(log_q, nrow(parameters)))
}

blocks_conjugate <- function(fit, parameters, context, seed, cores, call) {
  withr::local_seed((seed + 1) %% 2^31)
  one <- fit$spec$observables[[1]]
  n <- if (one$observed == "vector") 1 else one$n_obs[[2]]
  center <- parameters[rep(seq_len(nrow(parameters)), each = n), ]
  values <- matrix(
    center + stats::rnorm(length(center)), ncol = ncol(parameters),
    dimnames = if (!is.null(one$names)) list(NULL, one$names)
  )
  list(list(values = values, lengths = rep(as.integer(n), nrow(parameters))))
}

conjugate_simulations <- function(nsim, v = 2, seed = 1, observed = "vector",
                                  n = 1) {
  withr::local_seed(seed %% 2^31)
  parameters <- matrix(
    stats::rnorm(nsim * v), nsim,
    dimnames = list(NULL, sprintf("theta[%d]", seq_len(v)))
  )
  data <- if (observed == "vector") {
    unname(parameters) + stats::rnorm(nsim * v)
  } else {
    box <- array(stats::rnorm(nsim * n * v), c(nsim, n, v))
    box + aperm(array(parameters, c(nsim, v, n)), c(1, 3, 2))
  }
  structure(
    list(parameters = parameters, local = NULL, data = data, context = NULL),
    class = "amortflow_simulations", observed = observed, seed = seed,
    support = list(lower = rep(-Inf, v), upper = rep(Inf, v)),
    failures = data.frame(index = integer(), message = character())
  )
}

known_model <- function() {
  structure(list(prior = "normal(0, 1)"), class = "known_model")
}

simulate_conjugate <- function(object, nsim = 1, seed = NULL, ...) {
  conjugate_simulations(nsim, seed = seed)
}

local({
  here <- asNamespace("amortflow")
  registerS3method("draw_posterior", "conjugate_fit", draw_conjugate, here)
  registerS3method("posterior_density", "conjugate_fit", density_conjugate, here)
  registerS3method("predictive_blocks", "conjugate_fit", blocks_conjugate, here)
  registerS3method(
    "simulate", "known_model", simulate_conjugate,
    asNamespace("stats")
  )
})

# What print() of a check says, before lines are broken.
sentence <- function(check) {
  paste(check_sentences(check), collapse = " ")
}

# The model of conjugate_fit() with its likelihood: x ~ normal(theta, 1), so x ~ normal(0, sqrt(2)) before theta is known.
known_likelihood <- function(v = 2, prior = priors(theta ~ normal(0, 1, dim = v))) {
  v <- as.double(v)
  generative_model(
    prior, simulator(function(theta) rnorm(length(theta$theta), theta$theta)),
    log_lik = function(theta, data) dnorm(data, theta$theta, 1, log = TRUE)
  )
}
