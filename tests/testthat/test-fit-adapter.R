# Long: run by `make test`, not by R CMD check.
skip_on_cran()

# Fits with a user's adapter, end to end. Networks are small and trained shortly:
# where exact posteriors are met, tolerances say how far a short fit may be off.

scale_model <- function() {
  generative_model(
    priors(sigma ~ exponential(1)),
    simulator(\(theta) rnorm(10, 0, theta$sigma)),
    observed = "exchangeable"
  )
}

short_fit <- function(model = NULL, ..., epochs = 2, batches_per_epoch = 20) {
  fit_posterior(
    model, ...,
    epochs = epochs, batches_per_epoch = batches_per_epoch, validation = 100,
    inference = inference_coupling_flow(depth = 2, width = 16),
    seed = 1, silent = TRUE
  )
}

log_square <- summary_function(\(x) c(log_square = log(mean(x^2))))

# The density in sigma over a grid that holds all but 1e-6 of it (checked on draws).
total_mass <- function(fit, newdata) {
  draws <- as.vector(sample_posterior(fit, newdata, ndraws = 4000, seed = 1))
  ends <- range(draws)
  grid <- exp(seq(log(ends[[1]] / 10), log(ends[[2]] * 10), length.out = 4000))
  density <- exp(log_density(fit, cbind(sigma = grid), newdata))
  sum(diff(grid) * (density[-1] + density[-4000]) / 2)
}

test_that("whatever the steps, log_density() is a density on the user's scale", {
  steps <- list(
    adapter() |> adapt_log("sigma"),
    adapter() |> adapt_log("sigma", offset = 0.5),
    adapter() |> adapt_sqrt("sigma"),
    adapter() |> adapt_constrain("sigma", lower = 0),
    adapter() |> adapt_standardize("sigma", mean = 1, sd = 3),
    adapter(auto = FALSE) |> adapt_log("sigma") |> adapt_standardize("sigma"),
    adapter() |> adapt_apply(
      "sigma", \(x) log(expm1(x)), \(z) log1p(exp(z)), \(x) -log(-expm1(-x[, 1]))
    )
  )
  x <- c(-1, 0.5, 2, -0.3, 0.8, -1.4, 0.1, 1.1, -0.6, 0.4)
  for (one in steps) {
    fit <- short_fit(scale_model(), adapter = one, summary = log_square, epochs = 1)
    expect_equal(total_mass(fit, x), 1, tolerance = 0.02, info = format(one))
    draws <- sample_posterior(fit, x, seed = 1)
    expect_true(all(draws > 0))
    outside <- log_density(fit, cbind(sigma = c(-1, 0)), x)
    expect_identical(outside, c(-Inf, -Inf))
  }
})

test_that("a short fit to hand-made statistics finds the exact posterior", {
  # mu ~ normal(0, 2), 4 observations of sd 1: given their mean m, the posterior is
  # normal(16/17 m, 2/sqrt(17)).
  model <- generative_model(
    priors(mu ~ normal(0, 2)), simulator(\(theta) rnorm(4, theta$mu)),
    observed = "exchangeable"
  )
  fit <- short_fit(
    model,
    adapter = adapter() |> adapt_standardize("mu", mean = 0, sd = 2),
    summary = summary_function(mean), epochs = 15, batches_per_epoch = 60,
    learning_rate = 5e-3
  )
  expect_identical(fit$spec$summary$kind, "identity")
  for (m in c(-2, 0, 1)) {
    draws <- as.vector(sample_posterior(fit, m + c(-1, 1, -2, 2), ndraws = 4000, seed = 1))
    expect_lt(abs(mean(draws) - 16 / 17 * m), 0.12)
    expect_lt(abs(sd(draws) / (2 / sqrt(17)) - 1), 0.15)
  }
  expect_error(
    sample_posterior(short_fit(model, summary = summary_function(\(x) log(x[[1]]))), rep(-1, 4)) |>
      suppressWarnings(),
    "finite statistics",
    class = "amortflow_error_newdata"
  )
})

test_that("the configurator of the tutorial on delayed reports takes five lines", {
  configurator <- adapter() |>
    adapt_log("data", offset = 1) |>
    adapt_standardize("data") |>
    adapt_standardize("parameters")

  fit <- short_fit(example_model("sir_delay"), adapter = configurator)
  shown <- format(fit$adapter)
  expect_match(shown, "x +log\\(x \\+ 1\\), then standardised", all = FALSE)
  expect_match(shown, "lambda +log\\(x\\), then standardised", all = FALSE)
  reports <- rep(c(0, 3, 10, 30), length.out = 14)
  draws <- sample_posterior(fit, reports, ndraws = 200, seed = 1)
  expect_true(all(draws > 0) && all(is.finite(draws)))
  expect_error(
    sample_posterior(fit, replace(reports, 3, -1)), "above -1 for adapt_log",
    class = "amortflow_error_newdata"
  )
})

test_that("pilot values that a step cannot take are refused, with step and variable", {
  withr::local_seed(1)
  theta <- cbind(mu = rnorm(200))
  x <- cbind(y = exp(rnorm(200, theta[, 1])), z = rnorm(200))
  x[1:10, "y"] <- 0
  made <- simulations(theta, x)
  expect_refused(
    short_fit(simulations = made, adapter = adapter() |> adapt_log("y")), "adapter",
    c("adapt_log()", "makes -Inf of \"y\" = 0", "`offset`")
  )
  expect_refused(
    short_fit(
      simulations = made, adapter = adapter() |> adapt_apply("y", \(y) 1 / y)
    ), "adapter",
    c("adapt_apply()", "makes Inf of \"y\" = 0", "`forward`")
  )
  # A code for missing values may become NaN where adapt_missing() follows.
  coded <- adapter() |>
    adapt_apply("y", \(y) ifelse(y == 0, NaN, y)) |>
    adapt_missing("y")
  expect_s3_class(fit_adapter(coded, made), "amortflow_fitted_adapter")
})

test_that("later simulations that a step cannot take are left out with a warning", {
  run <- 0
  rarely_zero <- generative_model(
    priors(mu ~ normal(0, 1)),
    simulator(\(theta) {
      run <<- run + 1
      # The pilot simulations come first.
      c(y = if (run > 1500 && run %% 50 == 0) 0 else exp(rnorm(1, theta$mu)), z = rnorm(1))
    })
  )
  warning <- expect_warning(
    fit <- short_fit(rarely_zero, adapter = adapter() |> adapt_log("y")),
    class = "amortflow_warning_simulations"
  )
  expect_match(conditionMessage(warning), "a step of `adapter` cannot take them: adapt_log()", fixed = TRUE)
  expect_true(all(is.finite(fit$history$loss)))
  error <- expect_error(
    sample_posterior(fit, c(y = 0, z = 1)), "adapt_log",
    class = "amortflow_error_newdata"
  )
  expect_identical(error$variable, "y")
})

test_that("levels that training never saw are refused by name", {
  withr::local_seed(2)
  theta <- cbind(mu = rnorm(200))
  x <- cbind(y = rnorm(200, theta[, 1]), group = sample(c(1, 2, 7), 200, TRUE))
  fit <- short_fit(simulations = simulations(theta, x), adapter = adapter() |> adapt_one_hot("group"))
  expect_identical(fit$spec$estimator$observables[[1]]$width, 4L)
  expect_no_error(sample_posterior(fit, c(y = 0, group = 7), ndraws = 10))
  error <- expect_error(
    sample_posterior(fit, rbind(c(0, 1), c(0, 3))), "level that adapt_one_hot",
    class = "amortflow_error_newdata"
  )
  expect_match(conditionMessage(error), "Data set 2")
  expect_identical(error[c("variable", "value")], list(variable = "group", value = 3))
})

test_that("a posterior about some parameters is checked on these, and predicts nothing", {
  model <- generative_model(
    priors(mu ~ normal(0, 1), sigma ~ exponential(1), tau ~ uniform(0, 1)),
    simulator(\(theta) rnorm(3, theta$mu, theta$sigma + theta$tau))
  )
  fit <- short_fit(model, adapter = adapter() |> adapt_select(c("mu", "tau")))
  draws <- sample_posterior(fit, c(1, 2, 3), ndraws = 100, seed = 1)
  expect_identical(posterior::variables(draws), c("mu", "tau"))
  expect_length(log_density(fit, cbind(mu = 0, tau = 0.5), c(1, 2, 3)), 1)
  ranks <- check_calibration(fit, nsim = 50, ndraws = 99, seed = 1)
  expect_setequal(ranks$variable, c("mu", "tau"))
  expect_error(posterior_predict(fit, c(1, 2, 3)), class = "amortflow_error_unsupported")
  path <- withr::local_tempfile()
  save_fit(fit, path)
  again <- load_fit(path, model = model)
  expect_identical(sample_posterior(again, c(1, 2, 3), ndraws = 100, seed = 1), draws)
})

test_that("fits without functions are files as they were; functions are given back", {
  configurator <- adapter() |>
    adapt_apply("sigma", log, exp, \(x) -log(x[, 1])) |>
    adapt_apply("data", \(x) sinh(x))
  fit <- short_fit(scale_model(), adapter = configurator)
  x <- c(-1, 0.5, 2, -0.3, 0.8, -1.4, 0.1, 1.1, -0.6, 0.4)
  draws <- sample_posterior(fit, x, seed = 1)
  path <- withr::local_tempfile()
  save_fit(fit, path)
  expect_error(
    sample_posterior(load_fit(path), x), "load_fit\\(path, adapter = \\)",
    class = "amortflow_error_adapter"
  )
  again <- load_fit(path, adapter = configurator)
  expect_identical(sample_posterior(again, x, seed = 1), draws)
  expect_identical(again$adapter, fit$adapter)
  expect_error(
    load_fit(path, adapter = adapter() |> adapt_log("sigma")),
    class = "amortflow_error_config"
  )
  expect_error(load_fit(path, adapter = log_square), class = "amortflow_error_config")
  expect_error(load_fit(path, adapter = 1), class = "amortflow_error_argument")
  by_hand <- short_fit(scale_model(), summary = log_square)
  save_fit(by_hand, path)
  expect_error(sample_posterior(load_fit(path), x), class = "amortflow_error_adapter")
  again <- load_fit(path, adapter = log_square)
  expect_identical(again$adapter, by_hand$adapter)
})

test_that("C++ simulators are drawn through R where R functions come first", {
  plain <- short_fit(example_model("gaussian_mean"))
  same <- short_fit(
    example_model("gaussian_mean"),
    adapter = adapter() |> adapt_apply("data", \(x) x)
  )
  # The same simulations and the same numbers, whoever applies the steps.
  expect_equal(same$history$loss, plain$history$loss, tolerance = 1e-6)
})

test_that("a function that fails in training ends it with the best fit so far", {
  calls <- 0
  f <- function(x) {
    calls <<- calls + 1
    if (calls > 6) stop("the disk is full")
    x
  }
  error <- expect_error(
    short_fit(scale_model(), adapter = adapter() |> adapt_apply("data", f)),
    class = "amortflow_error_adapter"
  )
  expect_match(conditionMessage(error$parent), "the disk is full")
  expect_s3_class(error$fit, "amortflow_posterior_fit")
})

test_that("what is no adapter is refused", {
  expect_error(short_fit(scale_model(), adapter = list()), class = "amortflow_error_argument")
  expect_error(short_fit(scale_model(), adapter = "none"), class = "amortflow_error_argument")
  expect_error(
    short_fit(scale_model(), adapter = adapter() |> adapt_log("sigme")),
    "Did you mean `sigma`",
    class = "amortflow_error_adapter"
  )
  expect_error(summary_function("mean"), class = "amortflow_error_argument")
  expect_error(
    short_fit(scale_model(), summary = summary_function(\(x) "a")),
    class = "amortflow_error_adapter"
  )
  counter <- 0
  varying <- summary_function(\(x) rnorm((counter <<- counter + 1) %% 2 + 1))
  expect_error(short_fit(scale_model(), summary = varying), class = "amortflow_error_adapter")
})

test_that("missing values are a part of the data where adapt_missing() says so", {
  model <- generative_model(
    priors(mu ~ normal(0, 1)),
    simulator(\(theta) c(x = rnorm(1, theta$mu, 0.1), y = if (runif(1) < 0.5) NA else 1))
  )
  fit <- short_fit(model, adapter = adapter() |> adapt_missing("y"))
  # Half of the simulations would be left out otherwise.
  expect_identical(fit$outcome$dropped, 0)
  expect_identical(fit$adapter$shown$data[[1]], c("x", "y", "missing(y)"))
  draws <- sample_posterior(fit, rbind(c(0.3, NA), c(0.3, 1)), ndraws = 50, seed = 1)
  expect_true(all(is.finite(draws)))
  expect_error(sample_posterior(fit, c(NA, 1)), class = "amortflow_error_newdata")
  expect_error(sample_posterior(fit, c(0.3, Inf)), class = "amortflow_error_newdata")
  expect_length(unique(check_calibration(fit, nsim = 40, ndraws = 19, seed = 1)$sim_id), 40)
  predicted <- posterior_predict(fit, c(0.3, 1), ndraws = 60, seed = 1)
  expect_true(anyNA(predicted[, "y"]) && !anyNA(predicted[, "x"]))
})

test_that("simulations that users have may hold missing values, and travel in files", {
  withr::local_seed(3)
  theta <- cbind(mu = rnorm(200))
  x <- cbind(x = rnorm(200, theta[, 1]), y = ifelse(runif(200) < 0.3, NA, 2))
  expect_error(simulations(theta, x), "missing = TRUE", class = "amortflow_error_argument")
  given <- simulations(theta, x, missing = TRUE)
  fit <- short_fit(simulations = given, adapter = adapter() |> adapt_missing("y", fill = 2))
  expect_identical(length(fit$validation), 20L)
  path <- withr::local_tempfile()
  save_fit(fit, path)
  again <- load_fit(path)
  expect_identical(again$validation$data, fit$validation$data)
  expect_s3_class(check_recovery(again, ndraws = 20), "amortflow_check")
})

test_that("networks see subsamples of exchangeable data, the same for the same data set", {
  model <- generative_model(
    priors(mu ~ normal(0, 1)), simulator(\(theta) rnorm(12, theta$mu)),
    observed = "exchangeable"
  )
  fit <- short_fit(model, adapter = adapter() |> adapt_subsample("data", n = 5))
  expect_identical(fit$spec$estimator$observables[[1]]$summary$log_size_center, log(5))
  expect_match(format(fit$adapter), "a random 5 positions", all = FALSE)
  withr::local_seed(4)
  sets <- list(rnorm(12), rnorm(300), rnorm(5))
  expect_no_warning(
    many <- log_density(fit, cbind(mu = c(0, 0, 0)), sets)
  )
  alone <- vapply(sets, \(x) log_density(fit, cbind(mu = 0), x), 1)
  expect_equal(many, alone, tolerance = 1e-6)
  # Positions that the subset leaves out change nothing: of 12, seven.
  unseen <- vapply(1:12, function(i) {
    identical(
      log_density(fit, cbind(mu = 0), replace(sets[[1]], i, 9)),
      log_density(fit, cbind(mu = 0), sets[[1]])
    )
  }, NA)
  expect_identical(sum(unseen), 7L)
  expect_warning(sample_posterior(fit, rnorm(3)), class = "amortflow_warning_newdata")
})

test_that("direct variables go past the summary network", {
  model <- generative_model(
    priors(mu ~ normal(0, 1)),
    simulator(\(theta) c(a = rnorm(1, theta$mu), b = rnorm(1, theta$mu), c = rnorm(1)))
  )
  fit <- short_fit(
    model,
    adapter = adapter() |> adapt_direct(c("c", "a")),
    summary = summary_dense(summary_dim = 2, width = 8, depth = 1)
  )
  estimator <- fit$spec$estimator
  expect_identical(estimator$observables[[1]]$width, 1L)
  expect_identical(estimator$context_width, 2L)
  expect_identical(dim(learned_summaries(fit, c(1, 2, 3))), c(1L, 2L))
  # The summary does not see what goes past it, the posterior does.
  expect_identical(learned_summaries(fit, c(9, 2, 3)), learned_summaries(fit, c(1, 2, 3)))
  at <- \(x) log_density(fit, cbind(mu = 0), x)
  expect_false(at(c(9, 2, 3)) == at(c(1, 2, 3)))
  path <- withr::local_tempfile()
  save_fit(fit, path)
  expect_identical(log_density(load_fit(path), cbind(mu = 0), c(1, 2, 3)), at(c(1, 2, 3)))
})

test_that("several observables and context have steps of their own", {
  model <- generative_model(
    priors(mu ~ normal(0, 1), sigma ~ exponential(1)),
    simulator(function(theta, n, dose) {
      list(y = rnorm(n, theta$mu, theta$sigma), info = c(site = sample(3, 1), cost = exp(dose)))
    }),
    observed = c(y = "exchangeable", info = "vector"),
    context = \(nsim) list(n = sample(5:9, nsim, TRUE), dose = runif(nsim))
  )
  steps <- adapter() |>
    adapt_standardize("y", mean = 0, sd = 2) |>
    adapt_one_hot("site", levels = 1:3) |>
    adapt_log("info:cost") |>
    adapt_direct("info") |>
    adapt_sqrt("n") |>
    adapt_apply("dose", \(x) x^2)
  fit <- short_fit(model, adapter = steps)
  widths <- vapply(fit$spec$estimator$observables, \(one) as.double(one$width), 1)
  expect_identical(widths, c(1, 0))
  expect_identical(as.double(fit$spec$estimator$context_width), 6)
  expect_match(format(fit$adapter), "n +sqrt\\(x\\), then standardised", all = FALSE)
  one <- list(y = c(1, 2, 0, 1, 2), info = c(site = 2, cost = 2))
  context <- list(n = 5, dose = 0.4)
  draws <- sample_posterior(fit, one, context = context, ndraws = 50, seed = 1)
  expect_true(all(is.finite(draws)))
  one$info[["site"]] <- 4
  expect_error(
    sample_posterior(fit, one, context = context), "level",
    class = "amortflow_error_newdata"
  )
  one$info[["site"]] <- 2
  expect_error(
    sample_posterior(fit, one, context = list(n = -5, dose = 0)), "adapt_sqrt",
    class = "amortflow_error_context"
  )
  path <- withr::local_tempfile()
  save_fit(fit, path)
  again <- load_fit(path, adapter = steps)
  expect_identical(
    sample_posterior(again, one, context = context, ndraws = 50, seed = 1), draws
  )
  by_hand <- short_fit(model, summary = summary_function(\(x) c(mean(x$y), x$info[["site"]])))
  expect_identical(names(by_hand$adapter$data), "data")
  expect_true(all(is.finite(sample_posterior(by_hand, one, context = context, ndraws = 10))))
})

test_that("parameters that hang together keep their shape beside a user's steps", {
  model <- generative_model(
    priors(p ~ dirichlet(c(2, 2, 2)), sigma ~ exponential(1)),
    simulator(\(theta) rnorm(3, theta$p, theta$sigma))
  )
  steps <- adapter() |> adapt_log("sigma") |> adapt_standardize("parameters")
  fit <- short_fit(model, adapter = steps)
  expect_length(fit$adapter$shown$parameters, 3)
  draws <- unclass(posterior::as_draws_matrix(
    sample_posterior(fit, c(0.2, 0.3, 0.5), ndraws = 100, seed = 1)
  ))
  expect_equal(unname(rowSums(draws[, 1:3])), rep(1, 100), tolerance = 1e-12)
  expect_true(all(draws > 0))
  refused <- list(
    adapter() |> adapt_log("p"), adapter() |> adapt_standardize("p", mean = 0, sd = 1),
    adapter() |> adapt_select(c("p[1]", "sigma")),
    adapter(auto = FALSE) |> adapt_standardize("parameters")
  )
  for (one in refused) {
    expect_error(short_fit(model, adapter = one), class = "amortflow_error_adapter")
  }
  part <- short_fit(model, adapter = adapter() |> adapt_select("p"))
  expect_identical(part$spec$variables, sprintf("p[%d]", 1:3))
  path <- withr::local_tempfile()
  save_fit(part, path)
  x <- c(0.2, 0.3, 0.5)
  expect_identical(
    sample_posterior(load_fit(path, model = model), x, ndraws = 10, seed = 1),
    sample_posterior(part, x, ndraws = 10, seed = 1)
  )
  found <- log_density(part, c(0.2, 0.3, 0.5), x)
  expect_true(is.finite(found))
})
