model_fit <- function(...) conjugate_fit(..., model = known_model())

builds <- function(plot) {
  expect_s3_class(plot, "ggplot")
  expect_error(ggplot2::ggplot_build(plot), NA)
}

test_that("the automatic type follows the kind of data", {
  expect_equal(ppc_type("auto", matrix(0.5), "vector"), "intervals")
  expect_equal(ppc_type("auto", matrix(0.5), "series"), "ribbon")
  expect_equal(ppc_type("auto", matrix(0.5), "exchangeable"), "dens_overlay")
  expect_equal(ppc_type("auto", matrix(5), "exchangeable"), "ecdf_overlay")
})

test_that("every kind of data gets a plot", {
  builds(pp_check(model_fit(), c(1, 2), seed = 1))
  one <- model_fit("series", 1, n_obs = c(6, 6))
  builds(pp_check(one, 1:6, seed = 1))
  two <- model_fit("series", 2, n_obs = c(6, 6), names = c("a", "b"))
  builds(pp_check(two, cbind(a = 1:6, b = 6:1), seed = 1))
  set <- model_fit("exchangeable", 2, n_obs = c(6, 6))
  builds(pp_check(set, matrix(rnorm(12), 6), seed = 1))
  builds(pp_check(set, matrix(1:12, 6), seed = 1))
  builds(pp_check(one, 1:6 + 0.5, type = "stat", stat = "sd", ndraws = 20, seed = 1))
})

test_that("what cannot be drawn is a classed error", {
  expect_error(
    pp_check(model_fit(), c(1, 2), type = "pie"),
    class = "amortflow_error_argument"
  )
  expect_error(
    pp_check(model_fit(), rbind(c(1, 2), c(1, 2))),
    class = "amortflow_error_newdata"
  )
  shorter <- model_fit("exchangeable", 1, n_obs = c(2, 6))
  expect_error(
    pp_check(shorter, c(1, 2)), "makes data sets of 6",
    class = "amortflow_error_newdata"
  )
})

test_that("arguments go to bayesplot only if its function knows them", {
  fit <- model_fit()
  builds(pp_check(fit, c(1, 2), prob = 0.3, seed = 1))
  expect_refused(pp_check(fit, c(1, 2), nsamples = 5), "argument", "`nsamples`")
  expect_refused(pp_check(fit, c(1, 2), by = "a"), "argument", "`by`")
  expect_refused(
    pp_check(fit, c(1, 2), n_draws = 5), "argument", "Did you mean `ndraws`?"
  )
  expect_refused(
    pp_check(fit, c(1, 2), "auto", NULL, NULL, 1, 1, 9), "argument",
    "without a name"
  )
})

test_that("types with a panel for each replicate take few of them", {
  fit <- model_fit("exchangeable", 1, n_obs = c(6, 6))
  for (type in c("hist", "dens", "boxplot", "scatter", "error_hist")) {
    plot <- suppressMessages(pp_check(fit, rnorm(6), type = type, seed = 1))
    panels <- suppressMessages(ggplot2::ggplot_build(plot))$layout$layout
    expect_lte(nrow(panels), 12)
  }
  expect_equal(ppc_ndraws("freqpoly_grouped"), 8)
  expect_equal(ppc_ndraws("dens_overlay"), 50)
  expect_equal(ppc_ndraws("stat"), 1000)
})

test_that("types that need more than the data say what", {
  fit <- model_fit("exchangeable", 1, n_obs = c(6, 6))
  y <- rnorm(6)
  expect_refused(
    pp_check(fit, y, type = "stat_grouped"), "argument",
    c("ppc_stat_grouped()", "`group`")
  )
  builds(suppressMessages(pp_check(
    fit, y, type = "stat_grouped", group = gl(2, 3), ndraws = 20, seed = 1
  )))
  expect_refused(pp_check(fit, y, type = "km_overlay"), "argument", "status_y")
  # What bayesplot itself refuses: numbers that are not whole.
  expect_refused(pp_check(fit, y, type = "bars"), "argument", "ppc_bars()")
})

test_that("a length never seen warns once", {
  fit <- model_fit("exchangeable", 1, n_obs = c(2, 6))
  count <- 0
  try(withCallingHandlers(
    pp_check(fit, rep(1, 7)),
    amortflow_warning_newdata = function(condition) {
      count <<- count + 1
      invokeRestart("muffleWarning")
    }
  ), silent = TRUE)
  expect_equal(count, 1)
})

test_that("errors are those of the function that was called", {
  error <- expect_refused(
    pp_check(model_fit(), c(1, 2), ndraws = 0), "argument", "`ndraws` must be"
  )
  expect_equal(as.character(conditionCall(error)[[1]]), "pp_check")
})
