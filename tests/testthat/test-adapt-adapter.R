example_simulations <- function() {
  withr::local_seed(4)
  parameters <- cbind(
    free = rnorm(500, 5, 2), rate = rgamma(500, 2), share = rbeta(500, 2, 2)
  )
  data <- cbind(plain = rnorm(500), counts = rpois(500, 3), tails = rt(500, 1))
  data[1, "counts"] <- 1e5
  data[2, "plain"] <- NA
  ends <- list(lower = c(-Inf, 0, 0), upper = c(Inf, Inf, 1))
  new_simulations(
    parameters, data, "vector", lapply(ends, setNames, colnames(parameters))
  )
}

auto_adapter <- function() fit_adapter("auto", example_simulations())

test_that("the fitted adapter standardises parameters on the real line", {
  parameters <- example_simulations()$parameters
  adapted <- core_adapt_parameters(adapter_spec(auto_adapter()), parameters)
  expect_equal(colMeans(adapted$z), c(0, 0, 0), tolerance = 1e-12)
  expect_equal(apply(adapted$z, 2, sd), c(1, 1, 1), tolerance = 1e-12)
  back <- core_restore_parameters(adapter_spec(auto_adapter()), adapted$z)
  expect_equal(back, unname(parameters), tolerance = 1e-12)
})

test_that("the log-Jacobian is the derivative's, on the user's scale", {
  spec <- adapter_spec(auto_adapter())
  x <- example_simulations()$parameters[1:20, ]
  h <- 1e-6
  at <- function(shift) core_adapt_parameters(spec, x + shift)$z
  slopes <- (at(h) - at(-h)) / (2 * h)
  expect_equal(
    core_adapt_parameters(spec, x)$log_det, rowSums(log(slopes)),
    tolerance = 1e-7
  )
})

test_that("no number of the networks leaves the support", {
  z <- matrix(c(-700, -40, 0, 40, 700), 5, 3)
  x <- core_restore_parameters(adapter_spec(auto_adapter()), z)
  expect_true(all(is.finite(x)))
  expect_true(all(x[, 2] > 0))
  expect_true(all(x[, 3] > 0 & x[, 3] < 1))
})

test_that("print() says what the rule decided", {
  shown <- format(auto_adapter())
  expect_match(shown, "free +standardised", all = FALSE)
  expect_match(shown, "rate +log\\(x\\), then standardised", all = FALSE)
  expect_match(shown, "share +logit on \\(0, 1\\)", all = FALSE)
  expect_match(shown, "plain +standardised", all = FALSE)
  expect_match(shown, "counts +log1p\\(x\\), then", all = FALSE)
  expect_match(shown, "tails +asinh\\(", all = FALSE)
  expect_output(print(auto_adapter()), "amortflow_fitted_adapter")
})

test_that("a spec that the core does not know is a classed error", {
  spec <- adapter_spec(auto_adapter())
  spec$parameters[[1]]$colour <- "red"
  expect_error(
    call_core(core_adapt_parameters(spec, diag(3))),
    class = "amortflow_error_config"
  )
  expect_error(
    call_core(core_forward_steps(auto_adapter()$data[[1]], diag(2))),
    class = "amortflow_error_shape"
  )
})

test_that("an adapter is data: it survives saveRDS()", {
  adapter <- auto_adapter()
  path <- withr::local_tempfile()
  saveRDS(adapter, path)
  expect_identical(readRDS(path), adapter)
})
