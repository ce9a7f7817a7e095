coin_code <- "
  #include <amortflow/simulator.hpp>
  void coin(const double* theta, double* out, amortflow::rng& random) {
    for (int i = 0; i < 4; ++i) out[i] = amortflow::binomial(random, 1, theta[0]);
  }
  void coin_log_lik(const double* theta, const double* data, std::int64_t positions, double* out) {
    if (theta[0] > 1) throw std::domain_error(\"no such coin\");
    for (std::int64_t i = 0; i < positions; ++i) {
      out[i] = std::log(data[i] > 0 ? theta[0] : 1 - theta[0]);
    }
  }
  AMORTFLOW_SIMULATOR(coin, amortflow::sizes().parameters(1).positions(4), coin_log_lik)
"
p <- c(0.2, 0.5, 0.9)
x <- c(1, 0, 0, 1)
exact <- t(outer(x, p, function(x, p) dbinom(x, 1, p, log = TRUE)))

test_that("log likelihoods in C++ and R give a draw by observation matrix", {
  prior <- priors(p ~ beta(1, 1))
  compiled <- generative_model(
    prior, cpp_simulator(code = coin_code), "exchangeable"
  )
  expect_output(print(compiled), "log likelihood\n  known")
  expect_equal(log_lik(compiled, cbind(p = p), x), exact)
  expect_equal(log_lik(compiled, c(p = 0.5), x), exact[2, , drop = FALSE])
  draws <- posterior::as_draws_array(array(p, c(3, 1, 1), list(NULL, NULL, "p")))
  expect_equal(log_lik(compiled, draws, x), exact)
  flat <- generative_model(prior, cpp_simulator(code = coin_code), "vector")
  expect_equal(log_lik(flat, cbind(p = p), x), exact)
  hosted <- generative_model(
    prior, simulator(\(theta) rbinom(4, 1, theta$p)), "exchangeable",
    log_lik = function(theta, data) dbinom(data, 1, theta$p, log = TRUE)
  )
  expect_equal(log_lik(hosted, cbind(p = p), x), exact)
})

test_that("a log likelihood sees context and several observables", {
  model <- generative_model(
    priors(mu ~ normal(0, 1)),
    simulator(function(theta, sd) {
      list(a = rnorm(3, theta$mu, sd), b = c(u = rnorm(1), v = 1))
    }),
    observed = c(a = "series", b = "vector"),
    context = priors(sd ~ uniform(1, 2)),
    log_lik = function(theta, data, context) {
      dnorm(data$a, theta$mu, context$sd, log = TRUE) + data$b[["v"]]
    }
  )
  given <- log_lik(
    model, c(mu = 1), list(a = c(0, 1, 2), b = c(u = 9, v = 5)),
    context = list(sd = 2)
  )
  expect_equal(given, rbind(dnorm(0:2, 1, 2, log = TRUE) + 5))
})

test_that("what cannot be evaluated is a classed error", {
  prior <- priors(p ~ beta(1, 1))
  compiled <- generative_model(
    prior, cpp_simulator(code = coin_code), "exchangeable"
  )
  expect_error(
    log_lik(compiled, cbind(p = c(0.5, 2)), x), "no such coin",
    class = "amortflow_error_simulator"
  )
  expect_error(log_lik(compiled, cbind(q = 0.5), x), class = "amortflow_error_parameters")
  expect_error(log_lik(compiled, c(p = 0.5), "x"), class = "amortflow_error_argument")
  expect_error(
    log_lik(generative_model(prior, simulator(\(theta) 1)), c(p = 0.5), 1),
    class = "amortflow_error_unsupported"
  )
  calls <- 0
  odd <- generative_model(
    prior, simulator(\(theta) 1),
    log_lik = function(theta, data) {
      calls <<- calls + 1
      if (calls == 2) stop("boom") else 1
    }
  )
  condition <- expect_error(
    log_lik(odd, cbind(p = p), 1), "raised an error at draw 2",
    class = "amortflow_error_simulator"
  )
  expect_equal(condition$index, 2)
  expect_error(
    generative_model(prior, simulator(\(theta) 1), log_lik = \(theta) 1),
    class = "amortflow_error_argument"
  )
})

test_that("a compiled log likelihood reads variables by name and in its sizes", {
  model <- generative_model(
    priors(mu ~ normal(0, 1)),
    cpp_simulator(code = "
      #include <amortflow/simulator.hpp>
      void pair(const double* theta, double* out, amortflow::rng&) { out[0] = theta[0]; out[1] = 2; }
      void pair_log_lik(const double*, const double* data, std::int64_t, double* out) { out[0] = data[0]; }
      AMORTFLOW_SIMULATOR(pair, amortflow::sizes().parameters(1).variables(2).names({\"p\", \"q\"}), pair_log_lik)
    ")
  )
  expect_equal(log_lik(model, c(mu = 0), c(p = 1, q = 50)), matrix(1))
  expect_equal(log_lik(model, c(mu = 0), c(q = 50, p = 1)), matrix(1))
  expect_error(
    log_lik(model, c(mu = 0), c(a = 50, b = 1)), "must have the variables p, q",
    class = "amortflow_error_argument"
  )
  expect_error(
    log_lik(model, c(mu = 0), 1:4), "must have 2 numbers",
    class = "amortflow_error_argument"
  )
  unknown <- conjugate_fit(model = conjugate_model())
  expect_error(log_lik(unknown, c(0, 0)), class = "amortflow_error_unsupported")
})
