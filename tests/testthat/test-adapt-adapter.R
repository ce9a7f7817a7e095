pilot <- function(parameters, data) {
  structure(
    list(parameters = parameters, data = data),
    class = "amortflow_simulations", observed = "vector"
  )
}

example_adapter <- function() {
  withr::local_seed(4)
  parameters <- cbind(
    free = rnorm(500, 5, 2), rate = rgamma(500, 2), share = rbeta(500, 2, 2)
  )
  data <- cbind(plain = rnorm(500), counts = rpois(500, 3), tails = rt(500, 1))
  data[1, "counts"] <- 1e5
  data[2, "plain"] <- NA
  support <- list(lower = c(-Inf, 0, 0), upper = c(Inf, Inf, 1))
  simulations <- pilot(parameters, data)
  list(
    adapter = fit_adapter(default_adapter(support), simulations),
    simulations = simulations
  )
}

test_that("the fitted adapter standardises parameters on the real line", {
  example <- example_adapter()
  parameters <- example$simulations$parameters
  adapted <- core_adapt_parameters(adapter_spec(example$adapter), parameters)
  expect_equal(colMeans(adapted$z), c(0, 0, 0), tolerance = 1e-12)
  expect_equal(apply(adapted$z, 2, sd), c(1, 1, 1), tolerance = 1e-12)
  back <- core_restore_parameters(adapter_spec(example$adapter), adapted$z)
  expect_equal(back, unname(parameters), tolerance = 1e-12)
})

test_that("the log-Jacobian is the derivative's, on the user's scale", {
  example <- example_adapter()
  spec <- adapter_spec(example$adapter)
  x <- example$simulations$parameters[1:20, ]
  h <- 1e-6
  at <- function(shift) core_adapt_parameters(spec, x + shift)$z
  slopes <- (at(h) - at(-h)) / (2 * h)
  expect_equal(
    core_adapt_parameters(spec, x)$log_det, rowSums(log(slopes)),
    tolerance = 1e-7
  )
})

test_that("no number of the networks leaves the support", {
  example <- example_adapter()
  z <- matrix(c(-700, -40, 0, 40, 700), 5, 3)
  x <- core_restore_parameters(adapter_spec(example$adapter), z)
  expect_true(all(is.finite(x)))
  expect_true(all(x[, 2] > 0))
  expect_true(all(x[, 3] > 0 & x[, 3] < 1))
})

test_that("print() says what the rule decided", {
  shown <- format(example_adapter()$adapter)
  expect_match(shown, "free +standardised", all = FALSE)
  expect_match(shown, "rate +log\\(x\\), then standardised", all = FALSE)
  expect_match(shown, "share +logit on \\(0, 1\\)", all = FALSE)
  expect_match(shown, "plain +standardised", all = FALSE)
  expect_match(shown, "counts +log1p\\(x\\), then", all = FALSE)
  expect_match(shown, "tails +asinh\\(", all = FALSE)
  expect_output(print(example_adapter()$adapter), "amortflow_adapter")
  expect_match(format(default_adapter(list(lower = 0, upper = 1))), "not fitted")
})

test_that("a spec that the core does not know is a classed error", {
  spec <- adapter_spec(example_adapter()$adapter)
  spec$parameters[[1]]$colour <- "red"
  expect_error(
    call_core(core_adapt_parameters(spec, diag(3))),
    class = "amortflow_error_config"
  )
  expect_error(
    call_core(core_adapt_data(adapter_spec(example_adapter()$adapter), diag(2), 1)),
    class = "amortflow_error_shape"
  )
})

test_that("an adapter is data: it survives saveRDS()", {
  adapter <- example_adapter()$adapter
  path <- withr::local_tempfile()
  saveRDS(adapter, path)
  expect_identical(readRDS(path), adapter)
})
