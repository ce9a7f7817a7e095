pilot <- function(parameters, data, lower = -Inf, upper = Inf, observed = "vector") {
  ends <- lapply(list(lower = lower, upper = upper), \(end) {
    setNames(rep_len(end, ncol(parameters)), colnames(parameters))
  })
  new_simulations(parameters, data, observed, ends)
}

example_pilot <- function() {
  withr::local_seed(4)
  pilot(
    cbind(mu = rnorm(500, 5, 2), sigma = rgamma(500, 2), share = rbeta(500, 2, 2)),
    cbind(
      count = rpois(500, 3), group = sample(c(1, 2, 5), 500, TRUE),
      y = ifelse(runif(500) < 0.2, NaN, rnorm(500, 10))
    ),
    lower = c(-Inf, 0, 0), upper = c(Inf, Inf, 1)
  )
}

z_of <- function(fitted, simulations = example_pilot()) {
  forward_steps(fitted$parameters, unname(simulations$parameters))
}

x_of <- function(fitted, simulations = example_pilot()) {
  forward_steps(fitted$data[[1]], unname(simulations$data))
}

moments <- function(z) rbind(colMeans(z, na.rm = TRUE), apply(z, 2, sd, na.rm = TRUE))

test_that("auto carries the support through the user's steps", {
  fitted <- fit_adapter(adapter() |> adapt_log("sigma"), example_pilot())
  kinds <- vapply(fitted$parameters, \(step) step$kind, "")
  expect_identical(kinds, c("bound", "log", "constrain", "standardize"))
  # Nothing is left to do for sigma, share is still to be mapped.
  expect_identical(fitted$parameters[[3]]$lower, c(-Inf, -Inf, 0))
  expect_equal(moments(z_of(fitted)), rbind(rep(0, 3), rep(1, 3)), tolerance = 1e-10)
  half <- fit_adapter(adapter() |> adapt_sqrt("sigma"), example_pilot())
  expect_identical(half$parameters[[3]]$lower, c(-Inf, 0, 0))
  # exp() of large numbers, squares of small ones: never out of the support.
  for (one in list(fitted, half)) {
    wild <- matrix(c(-800, -40, 0, 40, 800), 5, 3)
    x <- inverse_steps(one$parameters, wild)
    expect_true(all(is.finite(x)))
    expect_true(all(x[, 2] > 0) && all(x[, 3] > 0 & x[, 3] < 1))
  }
})

test_that("what the user standardised is left as it is", {
  steps <- adapter() |>
    adapt_standardize("mu", mean = 1, sd = 4) |>
    adapt_standardize("count")
  fitted <- fit_adapter(steps, example_pilot())
  z <- z_of(fitted)
  expect_equal(z[, 1], unname((example_pilot()$parameters[, "mu"] - 1) / 4))
  expect_equal(moments(z)[, 2:3], rbind(c(0, 0), c(1, 1)), tolerance = 1e-10)
  # A positive parameter had still to be mapped, so its numbers are learned again.
  positive <- fit_adapter(adapter() |> adapt_standardize("sigma"), example_pilot())
  expect_equal(moments(z_of(positive))[, 2], c(0, 1), tolerance = 1e-10)
  expect_equal(z_of(positive), z_of(fit_adapter("auto", example_pilot())), tolerance = 1e-10)
})

test_that("auto = FALSE is exactly what is written", {
  fitted <- fit_adapter(adapter(auto = FALSE) |> adapt_log("count", offset = 2), example_pilot())
  expect_length(fitted$parameters, 0)
  expect_identical(fitted$data[[1]], list(list(
    kind = "log", use = c(1, 0, 0), offset = c(2, 0, 0)
  )))
})

test_that("levels are learned, codes and masks stay 0 and 1", {
  steps <- adapter() |> adapt_one_hot("group") |> adapt_missing("y", fill = -1)
  fitted <- fit_adapter(steps, example_pilot())
  x <- x_of(fitted)
  expect_identical(dim(x), c(500L, 6L))
  data <- example_pilot()$data
  expect_identical(x[, 2:4] == 1, outer(data[, "group"], c(1, 2, 5), `==`))
  expect_identical(x[, 6] == 1, is.nan(data[, "y"]))
  expect_equal(moments(x)[, c(1, 5)], rbind(c(0, 0), c(1, 1)), tolerance = 1e-10)
  expect_identical(fitted$may_miss, list(3))
  expect_identical(
    fitted$shown$data[[1]],
    c("count", "group = 1", "group = 2", "group = 5", "y", "missing(y)")
  )
  given <- fit_adapter(adapter() |> adapt_one_hot("group", levels = 1:6), example_pilot())
  expect_identical(dim(x_of(given)), c(500L, 8L))
})

test_that("select keeps columns, and makes the posterior one of some parameters", {
  fitted <- fit_adapter(
    adapter() |> adapt_select(c("share", "mu")) |> adapt_select(c("y", "count")),
    example_pilot()
  )
  expect_identical(kept_variables(fitted), c("mu", "share"))
  expect_identical(fitted$shown$data[[1]], c("count", "y"))
  expect_length(fitted$parameters[[1]]$lower, 2)
  expect_identical(
    adapter_spec(fitted, training = TRUE)$parameters[[1]],
    list(kind = "select", columns = c(1, 3), width = 3L)
  )
})

test_that("new names are for later steps and for print()", {
  steps <- adapter() |>
    adapt_rename(rate = "sigma", n_events = "count") |>
    adapt_log("rate") |>
    adapt_sqrt("n_events")
  fitted <- fit_adapter(steps, example_pilot())
  expect_match(format(fitted), "rate +log\\(x\\), then standardised", all = FALSE)
  expect_match(format(fitted), "n_events +sqrt\\(x\\), then", all = FALSE)
  expect_identical(fitted$variables, c("mu", "sigma", "share"))
  expect_error(
    fit_adapter(adapter() |> adapt_rename(rate = "sigma") |> adapt_log("sigma"), example_pilot()),
    class = "amortflow_error_adapter"
  )
})

test_that("functions of R have their log-Jacobian, and the rest of the way is the core's", {
  shift <- function(x) cbind(x[, 1] + x[, 2]^2, 3 * x[, 2])
  back <- function(z) cbind(z[, 1] - (z[, 2] / 3)^2, z[, 2] / 3)
  steps <- adapter() |>
    adapt_log("sigma") |>
    adapt_apply(c("mu", "sigma"), shift, back, \(x) rep(log(3), nrow(x)))
  fitted <- fit_adapter(steps, example_pilot())
  expect_true(needs_host(fitted))
  expect_identical(
    vapply(prefix_steps(fitted$parameters), \(s) s$kind, ""), c("bound", "log", "apply")
  )
  expect_identical(adapter_spec(fitted)$parameters[[1]]$kind, "constrain")
  x <- unname(example_pilot()$parameters[1:20, ])
  moved <- forward_density_steps(fitted$parameters, x)
  expect_equal(inverse_steps(fitted$parameters, moved$z), x, tolerance = 1e-8)
  expected <- vapply(1:20, function(i) {
    h <- 1e-5
    jacobian <- vapply(1:3, function(j) {
      e <- replace(numeric(3), j, h)
      (forward_steps(fitted$parameters, x[i, , drop = FALSE] + e) -
        forward_steps(fitted$parameters, x[i, , drop = FALSE] - e)) / (2 * h)
    }, numeric(3))
    log(abs(det(jacobian)))
  }, 1)
  expect_equal(moved$log_det, expected, tolerance = 1e-5)
})

test_that("functions that do not do what they must are refused at once", {
  fit_with <- function(...) fit_adapter(adapter() |> adapt_apply("mu", ...), example_pilot())
  zero <- function(x) numeric(nrow(x))
  refused <- list(
    \() fit_with(\(x) x + 1),
    \() fit_with(\(x) x + 1, \(z) z - 1),
    \() fit_with(\(x) x + 1, \(z) z, zero),
    \() fit_with(\(x) 2 * x, \(z) z / 2, zero),
    \() fit_with(\(x) x[-1, ], \(z) z, zero),
    \() fit_with(\(x) x + 1, \(z) z - 1, \(x) 0),
    \() fit_with(\(x) stop("no"), \(z) z, zero),
    \() fit_with(\(x) log(x - 1e9), \(z) exp(z), zero)
  )
  for (f in refused) {
    expect_error(suppressWarnings(f()), class = "amortflow_error_adapter")
  }
  expect_no_error(fit_with(\(x) x + 1, \(z) z - 1, zero))
})

test_that("steps say what they cannot take", {
  refused <- list(
    adapter() |> adapt_log("mu"),
    adapter() |> adapt_sqrt("parameters"),
    adapter() |> adapt_constrain("share", lower = 0.1, upper = 1),
    adapter() |> adapt_one_hot("sigma"),
    adapter() |> adapt_one_hot("y"),
    adapter() |> adapt_missing("mu"),
    adapter() |> adapt_log("sigma") |> adapt_select("sigma"),
    adapter() |> adapt_direct("mu"),
    adapter() |> adapt_subsample("count", n = 2),
    adapter() |> adapt_log("data", offset = c(1, 2)),
    adapter() |> adapt_log("count", offset = -1e6),
    adapter() |> adapt_rename(a = "parameters"),
    adapter() |> adapt_rename(share = "mu"),
    adapter() |> adapt_log("cuont", offset = 1)
  )
  for (steps in refused) {
    expect_error(fit_adapter(steps, example_pilot()), class = "amortflow_error_adapter")
  }
})

test_that("a fitted adapter shows its learned numbers, and is plain data", {
  fitted <- fit_adapter(adapter() |> adapt_direct("count"), example_pilot())
  expect_identical(fitted$direct, list(1))
  expect_match(format(fitted), "count .*straight to the inference network", all = FALSE)
  expect_match(format(fitted), "sigma +log\\(x\\), then standardised \\(mean", all = FALSE)
  expect_output(print(fitted), "amortflow_fitted_adapter")
  path <- withr::local_tempfile()
  saveRDS(fitted, path)
  expect_identical(readRDS(path), fitted)
})
