x <- c(2, -1)
exact <- sum(dnorm(x, 0, sqrt(2), log = TRUE))
wide_prior <- priors(theta ~ normal(0, 3, dim = 2))
exact_wide <- sum(dnorm(x, 0, sqrt(10), log = TRUE))

test_that("the evidence of a known model is exact whatever draws stand for", {
  for (scale in c(1, 1.3, 0.9)) {
    fit <- conjugate_fit(model = known_likelihood(), scale = scale)
    found <- compare_evidence(fit, x, seed = 1)
    # Five standard errors: false alarm in 1 of 6e5 runs.
    expect_lt(abs(found$log_evidence - exact), 5 * found$mc_error + 1e-9)
    expect_lt(found$mc_error, 0.01)
  }
  expect_gt(found$spread, 0.05)
})

test_that("it is the mean of ratios, not of their logarithms", {
  fit <- conjugate_fit(model = known_likelihood(), scale = 1.3)
  set <- read_newdata(fit, x)
  ratio <- weighed_draws(fit, set, 10000, fit$model$prior, 1, 1)$log_ratio
  expect_gt(exact - mean(ratio), 0.1)
  expect_equal(
    compare_evidence(fit, x, seed = 1)$log_evidence,
    log(mean(exp(ratio))),
    tolerance = 0.005
  )
})

test_that("an evidence under a simplex has the right measure", {
  model <- generative_model(
    priors(p ~ dirichlet(c(2, 1, 1))),
    simulator(function(theta) as.double(rmultinom(1, 5, theta$p))),
    log_lik = function(theta, data) dmultinom(data, prob = theta$p, log = TRUE)
  )
  fit <- fit_posterior(
    model, inference = inference_coupling_flow(depth = 2, width = 16), epochs = 5,
    batches_per_epoch = 50, validation = 100, seed = 1, silent = TRUE
  )
  counts <- c(3, 1, 1)
  a <- c(2, 1, 1)
  known <- lfactorial(5) - sum(lfactorial(counts)) + lgamma(4) - lgamma(9) +
    sum(lgamma(a + counts) - lgamma(a))
  found <- compare_evidence(fit, counts, seed = 1)
  expect_lt(found$pareto_k, 0.7)
  expect_lt(abs(found$log_evidence - known), 5 * found$mc_error)
})

test_that("models and data sets come in order, with labels", {
  fits <- list(
    near = conjugate_fit(model = known_likelihood()),
    wide = conjugate_fit(model = known_likelihood(prior = wide_prior), scale = 1.5)
  )
  found <- compare_evidence(fits, rbind(x, c(0, 0)), ndraws = 500, seed = 1)
  expect_s3_class(found, c("amortflow_evidence", "data.frame"), exact = TRUE)
  expect_named(
    found, c("model", "data_set", "log_evidence", "mc_error", "spread", "pareto_k")
  )
  expect_equal(found$model, c("near", "wide", "near", "wide"))
  expect_equal(found$data_set, c(1, 1, 2, 2))
  expect_output(print(found), "probability")
  expect_output(print(found[1:3, ]), "log_evidence")
  expect_output(print(compare_evidence(fits$near, x, ndraws = 500, seed = 1)), "1 model")
  probability <- exp(exact) / (exp(exact) + exp(exact_wide))
  chosen <- model_probabilities(evidence_matrix(compare_evidence(fits, x, seed = 1)))
  expect_equal(chosen[[1]], probability, tolerance = 0.02)
})

test_that("each fit takes the context that it knows", {
  fits <- lapply(c(a = "a", b = "b"), \(name) {
    list(spec = list(context = c("n", paste0(name, "[1]"), paste0(name, "[2]"))))
  })
  context <- list(n = 3, a = 1:2, b = 3:4)
  expect_equal(known_context(context, fits$a), list(n = 3, a = 1:2))
  expect_equal(known_context(cbind(n = 1, "b[1]" = 2), fits$b), cbind(n = 1, "b[1]" = 2))
  expect_null(known_context(list(z = 1), fits$a))
  expect_null(check_contexts_known(context, fits))
  expect_error(check_contexts_known(list(z = 1), fits), class = "amortflow_error_context")
  expect_error(
    compare_evidence(conjugate_fit(model = known_likelihood()), x, context = list(n = 1)),
    class = "amortflow_error_context"
  )
})

test_that("what is no set of fits is a classed error", {
  fit <- conjugate_fit(model = known_likelihood())
  for (fits in list(list(fit), list(a = fit, a = fit), list(a = 1), 1)) {
    expect_error(compare_evidence(fits, x), class = "amortflow_error_argument")
  }
  expect_error(
    compare_evidence(list(a = conjugate_fit()), x),
    class = "amortflow_error_unsupported"
  )
  expect_error(compare_evidence(fit), class = "amortflow_error_argument")
  expect_error(compare_evidence(fit, x, ndraws = 5), class = "amortflow_error_argument")
})
