# mu ~ N(0, 1), x | mu ~ N(mu, 1): the posterior is N(x / 2, 1 / 2).
normal_mean <- function() {
  generative_model(
    priors(mu ~ normal(0, 1)),
    simulator(function(theta) matrix(rnorm(length(theta$mu), theta$mu)), vectorized = TRUE)
  )
}

small_point <- function(model, ..., epochs = 2) {
  fit_point(
    model, ...,
    epochs = epochs, batches_per_epoch = 20, batch_size = 64, validation = 100,
    seed = 1, silent = TRUE
  )
}

bounded <- function() {
  generative_model(
    priors(
      rate ~ exponential(1), share ~ uniform(2, 3), part ~ dirichlet(c(1, 1, 1)),
      Omega ~ lkj_corr(2, dim = 2)
    ),
    simulator(function(theta) {
      c(rnorm(1, theta$rate), rnorm(1, theta$share), theta$part[1:2] + rnorm(2, 0, 0.1), theta$Omega[1, 2])
    })
  )
}

fit <- small_point(bounded(), probs = c(0.9, 0.1, 0.25))

test_that("means and quantiles of a conjugate model are near the exact ones", {
  normal <- fit_point(normal_mean(), epochs = 12, seed = 1, silent = TRUE)
  x <- c(-2, -0.5, 0, 1, 2)
  p <- predict(normal, cbind(x))
  expect_named(p, c("data_set", "variable", "mean", "median", "q5", "q95"))
  # Networks trained on 77,000 simulations: the error of a regression on so many is 0.003, that of a quantile in the
  # tail 0.006; the tolerances are ten times that, for what a short training leaves.
  expect_lt(max(abs(p$mean - x / 2)), 0.05)
  expect_lt(max(abs(p$median - x / 2)), 0.06)
  expect_lt(max(abs(p$q5 - (x / 2 + qnorm(0.05) / sqrt(2)))), 0.1)
  expect_lt(max(abs(p$q95 - (x / 2 + qnorm(0.95) / sqrt(2)))), 0.1)
  interval <- posterior_interval(normal, 1, prob = 0.9)
  expect_equal(dimnames(interval), list("mu", c("5%", "95%")))
  expect_equal(as.vector(interval), c(p$q5[[4]], p$q95[[4]]), tolerance = 1e-5)
  expect_length(posterior_interval(normal, cbind(x)), 5)
})

test_that("predictions keep their order and the support, wherever the data are", {
  expect_s3_class(fit, c("amortflow_point_fit", "amortflow_fit"), exact = TRUE)
  far <- withr::with_seed(1, matrix(rnorm(100, sd = 20), 20))
  p <- predict(fit, rbind(far, far / 20))
  expect_named(p, c("data_set", "variable", "mean", "median", "q10", "q25", "q90"))
  expect_identical(p$variable, rep(fit$spec$variables, 40))
  expect_identical(p$data_set, rep(1:40, each = 9))
  expect_true(all(p$q10 <= p$q25 & p$q25 <= p$median & p$median <= p$q90))
  values <- p[c("mean", "median", "q10", "q25", "q90")]
  lower <- fit$spec$support$lower[p$variable]
  upper <- fit$spec$support$upper[p$variable]
  expect_true(all(values >= lower & values <= upper))
  expect_true(all(p[p$variable == "Omega[1,1]", names(values)] == 1))
})

test_that("only what is asked for is predicted", {
  new <- rbind(c(1, 2, 0.3, 0.3, 0))
  expect_named(predict(small_point(bounded(), targets = "mean", probs = NULL), new), c("data_set", "variable", "mean"))
  median <- small_point(bounded(), targets = "median", probs = c(0.025, 0.5))
  p <- predict(median, new)
  expect_named(p, c("data_set", "variable", "median", "q2.5", "q50"))
  expect_identical(p$median, p$q50)
  expect_error(posterior_interval(median, new, prob = 0.9), "0.025, 0.5", class = "amortflow_error_unsupported")
})

test_that("cores change nothing, and ensembles are averaged", {
  new <- rbind(c(1, 2, 0.3, 0.3, 0), c(2, 2.5, 0.1, 0.4, 0.5))
  again <- small_point(bounded(), probs = c(0.1, 0.25, 0.9), cores = 2)
  expect_identical(again$weights, fit$weights)
  several <- small_point(bounded(), inference = inference_ensemble(2, inference_mlp(16)))
  p <- predict(several, new)
  expect_true(all(p$q5 <= p$median & p$median <= p$q95))
})

test_that("steps of an adapter are for quantiles alone", {
  stepped <- small_point(bounded(), adapter = adapter() |> adapt_log("rate") |> adapt_standardize("share"))
  p <- predict(stepped, rbind(c(50, 2, 0.3, 0.3, 0), c(-50, 2, 0.3, 0.3, 0)))
  expect_true(all(p$q5 <= p$median & p$median <= p$q95))
  expect_true(all(p$q5[p$variable == "rate"] > 0))
  kinds <- vapply(stepped$adapter$parameters, `[[`, "", "kind")
  expect_true(all(c("repeat", "log", "standardize") %in% kinds))
  expect_error(
    small_point(bounded(), adapter = adapter() |> adapt_select("rate")),
    "scale of its own", class = "amortflow_error_adapter"
  )
})

test_that("fits of points are printed, saved, loaded and gone on from", {
  expect_output(print(fit), "amortflow_point_fit.*Predicted: +mean, median, q10, q25, q90.*mean\\(rate\\)")
  path <- withr::local_tempfile(fileext = ".amortflow")
  only <- small_point(bounded(), probs = NULL)
  new <- rbind(c(1, 2, 0.3, 0.3, 0))
  for (one in list(fit, only)) {
    save_fit(one, path)
    again <- load_fit(path)
    expect_identical(class(again), class(one))
    expect_identical(predict(again, new), predict(one, new))
  }
  more <- small_point(bounded(), probs = c(0.1, 0.25, 0.9), from = fit)
  expect_false(identical(more$weights, fit$weights))
  expect_error(small_point(bounded(), probs = 0.1, from = fit), "something else", class = "amortflow_error_config")
})

test_that("what cannot be predicted is refused", {
  model <- normal_mean()
  expect_error(fit_point(), class = "amortflow_error_argument")
  expect_error(fit_point(model, targets = "mode"), "`targets` must be", class = "amortflow_error_argument")
  expect_error(fit_point(model, targets = character(), probs = NULL), class = "amortflow_error_argument")
  for (probs in list(0, 1, c(0.1, 0.1), NA_real_, "0.1")) {
    expect_error(fit_point(model, probs = probs), "`probs` must be", class = "amortflow_error_argument")
  }
  expect_error(fit_point(model, inference = inference_mixture()), class = "amortflow_error_argument")
  expect_error(sample_posterior(fit, c(1, 2, 0, 0, 0)), class = "amortflow_error_argument")
})
