test_that("ranges, missing and constant numbers are counted", {
  simulations <- conjugate_simulations(50, seed = 2)
  simulations$data[3, 1] <- NaN
  simulations$data[4, 1] <- Inf
  simulations$data[, 2] <- 7
  check <- check_simulations(simulations)
  expect_equal(check$part, rep(c("parameters", "data"), each = 2))
  expect_equal(check$n_nonfinite, c(0, 0, 2, 0))
  expect_equal(check$constant, c(FALSE, FALSE, FALSE, TRUE))
  expect_equal(check$median[[1]], median(simulations$parameters[, 1]))
  expect_match(sentence(check), "50 simulations of 2 parameters, data sets are vectors of 2")
  expect_match(sentence(check), "2 numbers are not finite, in x\\[1\\]")
  expect_match(sentence(check), "Never changing: x\\[2\\]")
})

test_that("plots follow the kind of data", {
  for (observed in c("vector", "exchangeable", "series")) {
    check <- check_simulations(conjugate_simulations(30, 2, 1, observed, 5))
    expect_error(ggplot2::ggplot_build(plot(check)), NA)
    expect_error(ggplot2::ggplot_build(plot(check, part = "parameters")), NA)
  }
  attr(check, "rows") <- NULL
  expect_error(plot(check), class = "amortflow_error_argument")
  expect_error(check_simulations(1), class = "amortflow_error_argument")
})

test_that("bands of a series are quantiles at each position", {
  check <- check_simulations(conjugate_simulations(40, 1, 1, "series", 3))
  simulations <- conjugate_simulations(40, 1, 1, "series", 3)
  bands <- plot(check)$data
  expect_equal(bands$q50, apply(simulations$data[, , 1], 2, median))
})

test_that("failures are counted, also where all simulations fail", {
  prior <- priors(mu ~ normal(0, 1))
  never <- generative_model(prior, simulator(\(theta) stop("never")), "series")
  condition <- expect_warning(
    check <- check_simulations(never, nsim = 7, seed = 1),
    class = "amortflow_warning_dropped"
  )
  expect_equal(rlang::call_name(condition$call), "check_simulations")
  expect_equal(attr(check, "failures")$index, 1:7)
  expect_equal(check$variable, "mu")
  expect_equal(check$n, 0)
  expect_match(
    sentence(check),
    "All 7 simulations failed \\(first: the simulator raised an error: never\\)"
  )
  expect_output(print(check), "All 7 simulations failed")
  expect_error(plot(check), "all of them failed", class = "amortflow_error_argument")
  sometimes <- generative_model(prior, simulator(\(theta) if (theta$mu > 0) 1 else NaN))
  check <- suppressWarnings(check_simulations(sometimes, nsim = 20, seed = 1))
  expect_equal(check$n[[1]] + nrow(attr(check, "failures")), 20)
})

test_that("observed data are drawn over simulated ones, and those outside counted", {
  series <- check_simulations(conjugate_simulations(200, 2, 1, "series", 4))
  observed <- matrix(c(rep(0, 7), 50), 4)
  drawn <- plot(series, newdata = observed)
  expect_error(ggplot2::ggplot_build(drawn), NA)
  expect_match(drawn$labels$subtitle, "^1 of 8 observed numbers outside the middle 90 %")
  expect_equal(drawn$layers[[length(drawn$layers)]]$data$value, as.vector(observed))
  # Longer than what was simulated: there are no bands to be outside of.
  longer <- plot(series, newdata = list(observed, rbind(observed, 0)))
  expect_match(longer$labels$subtitle, "^2 of 16 observed numbers")
  vector <- check_simulations(conjugate_simulations(200, 2, 1))
  drawn <- plot(vector, newdata = c(0, 99))
  expect_error(ggplot2::ggplot_build(drawn), NA)
  expect_match(drawn$labels$subtitle, "^1 of 2 observed numbers")
  many <- plot(vector, newdata = conjugate_simulations(100, 2, 2))
  expect_s3_class(many$layers[[2]]$geom, "GeomRug")
  expect_error(ggplot2::ggplot_build(many), NA)
  expect_error(plot(vector, newdata = 1:3), class = "amortflow_error_newdata")
  expect_error(
    plot(vector, part = "parameters", newdata = c(0, 99)),
    class = "amortflow_error_argument"
  )
})
