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
