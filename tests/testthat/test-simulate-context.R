tossing <- function(...) {
  generative_model(
    priors(p ~ beta(2, 2)),
    simulator(function(theta, n, dose) rnorm(n, theta$p + sum(dose))),
    observed = "exchangeable", ...
  )
}

counted_coin <- function() {
  cpp_simulator(code = "
    #include <amortflow/simulator.hpp>
    void tosses(const amortflow::input& in, amortflow::output& out, amortflow::rng& random) {
      const auto n = static_cast<std::int64_t>(in.context[0]);
      double* heads = out.observable(0, n);
      for (std::int64_t i = 0; i < n; ++i) {
        heads[i] = amortflow::binomial(random, 1, in.theta[0]) + in.context[1] + in.context[2];
      }
    }
    AMORTFLOW_SIMULATOR(tosses, amortflow::sizes().parameters(1).context(\"n\").context(\"dose\", 2)
      .positions(amortflow::varies))
  ")
}

study <- function(nsim) {
  list(
    n = sample(3:9, nsim, replace = TRUE),
    dose = matrix(rep(c(10, 20), each = nsim), nsim)
  )
}

test_that("context in priors() notation reaches R simulators by name", {
  model <- tossing(context = priors(
    n ~ discrete_uniform(3, 9), dose ~ uniform(0, 1, dim = 2)
  ))
  s <- simulate(model, 200, seed = 1)
  expect_equal(colnames(s$context), c("n", "dose[1]", "dose[2]"))
  expect_equal(vapply(s$data, nrow, 1L), as.integer(s$context[, "n"]))
  expect_setequal(s$context[, "n"], 3:9)
  expect_identical(simulate(model, 50, seed = 1)$data, s[1:50]$data)
  expect_identical(simulate(model, 50, seed = 1)$context, s[1:50]$context)
})

test_that("context of an R function reaches compiled simulators", {
  model <- generative_model(
    priors(p ~ beta(2, 2)), counted_coin(), "exchangeable",
    context = study
  )
  s <- simulate(model, 30, seed = 1)
  expect_equal(vapply(s$data, nrow, 1L), as.integer(s$context[, "n"]))
  expect_true(all(unlist(s$data) %in% 30:31))
  expect_identical(simulate(model, 30, seed = 1, cores = 2), s)
})

test_that("context drawn in C++ for C++ simulators is that of R simulators", {
  context <- priors(
    n ~ discrete_uniform(3, 9), dose ~ normal(0, 1, dim = 2)
  )
  prior <- priors(p ~ beta(2, 2))
  compiled <- generative_model(prior, counted_coin(), "exchangeable", context)
  expect_false(is.null(model_spec(compiled)))
  one <- simulate(compiled, 100, seed = 4)
  expect_identical(simulate(compiled, 100, seed = 4, cores = 2), one)
  hosted <- simulate(tossing(context = context), 100, seed = 4)
  expect_identical(hosted$context, one$context)
  expect_identical(hosted$parameters, one$parameters)
})

test_that("a batch shares what is drawn per batch, other parts do not", {
  model <- tossing(context = list(
    per_batch(n ~ discrete_uniform(3, 9)),
    function(nsim) list(dose = runif(nsim))
  ))
  s <- simulate(model, 96, seed = 2)
  n <- matrix(s$context[, "n"], context_batch)
  expect_true(all(n == rep(n[1, ], each = context_batch)))
  expect_gt(length(unique(s$context[, "dose"])), 90)
  drawn <- draw_simulations(model, 40, 30, 2)
  expect_equal(drawn$context, s$context[41:70, ])
  shared <- draw_simulations(model, 0, 20, 2, batch = 10)$context[, "n"]
  expect_equal(unname(shared), rep(shared[c(1, 11)], each = 10) |> unname())
  by_function <- tossing(context = list(
    per_batch(function(nsim) list(n = sample(3:9, nsim, TRUE))),
    priors(dose ~ normal(0, 1))
  ))
  n <- simulate(by_function, 64, seed = 2)$context[, "n"]
  expect_equal(unname(n), rep(unname(n[c(1, 33)]), each = 32))
})

test_that("what the simulator asks for must be in the context", {
  expect_refused(
    tossing(context = priors(n ~ poisson(5))), "config",
    "The simulator asks for argument `dose`, which is not in the model's context (n)."
  )
  expect_refused(
    generative_model(
      priors(p ~ beta(2, 2)), counted_coin(), "exchangeable",
      context = priors(n ~ poisson(5), dose ~ normal(0, 1))
    ),
    "config", "Context `dose` must be 2 numbers, as simulator `tosses` says, not 1."
  )
  expect_error(
    tossing(context = function(nsim) 1:2),
    "must give a named list or a data frame",
    class = "amortflow_error_argument"
  )
  expect_error(
    tossing(context = list(priors(n ~ poisson(5)), priors(n ~ poisson(5), dose ~ normal(0, 1)))),
    "`n` must be defined once",
    class = "amortflow_error_argument"
  )
  failing <- tossing(context = list(
    function(nsim) if (nsim == 3) list(n = 1:3, dose = 1:3) else stop("boom")
  ))
  expect_error(
    simulate(failing, 10, seed = 1), "the context raised an error: boom",
    class = "amortflow_error_simulator"
  )
})

test_that("models with context print it, and count it in their hash", {
  model <- tossing(context = list(
    per_batch(n ~ discrete_uniform(3, 9)), function(nsim) list(dose = runif(nsim))
  ))
  expect_output(print(model), "n ~ discrete_uniform\\(3, 9\\)  \\(per batch\\)")
  expect_output(print(model), "dose from an R function")
  other <- tossing(context = list(
    per_batch(n ~ discrete_uniform(3, 8)), function(nsim) list(dose = runif(nsim))
  ))
  expect_false(model_hash(model) == model_hash(other))
})

test_that("a fit takes context with observed data, and n_obs is read off them", {
  skip_on_cran()
  model <- generative_model(
    priors(mu ~ normal(0, 1)),
    simulator(function(theta, n_obs, sd) rnorm(n_obs, theta$mu, sd)),
    observed = "exchangeable",
    context = priors(n_obs ~ discrete_uniform(5, 20), sd ~ uniform(0.5, 3))
  )
  fit <- fit_posterior(
    model,
    epochs = 60, batches_per_epoch = 50, batch_size = 32, validation = 200,
    summary = summary_deep_set(width = 32),
    inference = inference_coupling_flow(depth = 2, width = 32),
    seed = 3, silent = TRUE, learning_rate = 2e-3
  )
  expect_equal(fit$spec$context, c("n_obs", "sd"))
  expect_output(print(fit), "context n_obs, sd")
  x <- c(0.5, 1.2, 0.1, 0.9, -0.3, 0.4)
  exact <- function(sd) {
    precision <- 1 + length(x) / sd^2
    c(sum(x) / sd^2 / precision, 1 / sqrt(precision))
  }
  for (sd in c(0.6, 2.5)) {
    draws <- sample_posterior(fit, x, context = list(sd = sd), ndraws = 4000, seed = 1)
    learned <- c(mean(draws), stats::sd(draws))
    expect_lt(abs(learned[[1]] - exact(sd)[[1]]), 0.35 * exact(sd)[[2]])
    expect_lt(abs(log(learned[[2]] / exact(sd)[[2]])), log(1.35))
  }
  expect_error(sample_posterior(fit, x), class = "amortflow_error_context")
  expect_error(
    sample_posterior(fit, x, context = list(sd = 1, extra = 2)), "Not known: extra",
    class = "amortflow_error_context"
  )
  two <- sample_posterior(
    fit, list(x, c(x, x)),
    context = data.frame(sd = c(0.6, 2.5)), ndraws = 10, seed = 1
  )
  expect_length(two, 2)
  fresh <- simulate(model, 30, seed = 9)
  expect_length(sample_posterior(fit, fresh, ndraws = 5, seed = 1), 30)
  expect_s3_class(check_calibration(fit, nsim = 20, ndraws = 19, seed = 1), "amortflow_check")
  replicated <- posterior_predict(fit, x, context = list(sd = 1), ndraws = 7, seed = 1)
  expect_equal(dim(replicated), c(7, 6))
  file <- withr::local_tempfile()
  save_fit(fit, file)
  loaded <- load_fit(file, model = model)
  expect_identical(
    sample_posterior(loaded, x, context = list(sd = 1), ndraws = 9, seed = 1),
    sample_posterior(fit, x, context = list(sd = 1), ndraws = 9, seed = 1)
  )
})

test_that("context that is not finite is a failure, and refused in the trial", {
  coin <- simulator(function(theta, n) rbinom(1, n, 0.5))
  some <- function(n) list(n = if (n > 3) replace(rep(5, n), 2, Inf) else rep(5, n))
  model <- generative_model(priors(p ~ beta(1, 1)), coin, context = some)
  made <- suppressWarnings(simulate(model, 10, seed = 1, on_error = "drop"))
  failures <- attr(made, "failures")
  expect_identical(failures$index, 2)
  expect_identical(failures$kind, "nonfinite")
  expect_match(failures$message, "context")
  expect_refused(
    generative_model(priors(p ~ beta(1, 1)), coin, context = \(n) list(n = rep(NaN, n))),
    "argument", "gave `n` = NaN"
  )
})

test_that("context that depends on something, or is a parameter, is refused", {
  f <- simulator(function(theta, a) rnorm(1, a))
  prior <- priors(mu ~ normal(0, 1))
  expect_refused(
    generative_model(prior, f, context = priors(a ~ normal(b, 1), given = "b")),
    "config", "`given` names `b`"
  )
  expect_refused(
    generative_model(prior, f, context = priors(a ~ normal(0, 1), b ~ normal(a, 1, plate = "n"))),
    "config", "without a plate"
  )
  expect_refused(
    generative_model(priors(a ~ normal(0, 1)), f, context = priors(a ~ normal(0, 1))),
    "config", "`a` is both"
  )
})
