x <- c(2, -1)
fit <- conjugate_fit(model = known_likelihood())

test_that("log likelihoods of a fit are draws by observations", {
  at <- rbind(c(0, 0), c(1, 2), c(3, -1))
  found <- log_lik(fit, x, draws = at)
  expect_equal(found, matrix(dnorm(rep(x, each = 3), at, 1, log = TRUE), 3))
  expect_equal(dim(log_lik(fit, x, ndraws = 7, seed = 1)), c(7, 2))
  draws <- sample_posterior(fit, x, ndraws = 7, seed = 1)
  expect_equal(log_lik(fit, x, draws), log_lik(fit, x, ndraws = 7, seed = 1))
})

test_that("many data sets give a list of matrices", {
  many <- rbind(x, c(0, 3))
  draws <- sample_posterior(fit, many, ndraws = 5, seed = 2)
  found <- log_lik(fit, many, draws)
  expect_type(found, "list")
  at <- unclass(draws)[, 2, ]
  expect_equal(found[[2]], matrix(dnorm(rep(c(0, 3), each = 5), at, 1, log = TRUE), 5))
})

test_that("a likelihood reads its context and the fit's order of parameters", {
  model <- generative_model(
    priors(b ~ normal(0, 1), a ~ normal(0, 1)),
    simulator(function(theta, s) rnorm(2, theta$a + theta$b, s)),
    context = priors(s ~ uniform(1, 2)),
    log_lik = function(theta, data, context) {
      dnorm(data, theta$a + 10 * theta$b, context$s, log = TRUE)
    }
  )
  fit <- fit_posterior(
    model, inference = inference_coupling_flow(depth = 1, width = 8), epochs = 1,
    batches_per_epoch = 2, validation = 20, seed = 1, silent = TRUE
  )
  found <- log_lik(fit, x, draws = c(a = 1, b = 2), context = list(s = 1.5))
  expect_equal(found, rbind(dnorm(x, 21, 1.5, log = TRUE)))
})

test_that("what is not known is a classed error", {
  expect_error(
    log_lik(conjugate_fit(), x), "holds no model",
    class = "amortflow_error_unsupported"
  )
  expect_error(
    log_lik(fit, x, draws = matrix(0, 2, 3)),
    class = "amortflow_error_parameters"
  )
  expect_error(log_lik(fit, x, nchains = 2), class = "amortflow_error_argument")
})
