test_that("draws of one data set are pairs, or bayesplot's", {
  draws <- sample_posterior(conjugate_fit(), c(1, 2), ndraws = 50, seed = 1)
  pairs <- plot(draws, truth = c("theta[1]" = 1, "theta[2]" = 2))
  expect_s3_class(pairs, "ggplot")
  expect_warning(ggplot2::ggplot_build(pairs), NA)
  expect_error(plot(draws, truth = c(mu = 1)), class = "amortflow_error_argument")
  for (type in c("areas", "hist", "intervals")) {
    expect_s3_class(suppressMessages(plot(draws, type)), "ggplot")
  }
  expect_s3_class(suppressMessages(ggplot2::autoplot(draws)), "ggplot")
  expect_error(plot(draws, "pie"), class = "amortflow_error_argument")
})

test_that("draws of many data sets are intervals per variable", {
  draws <- sample_posterior(conjugate_fit(), matrix(0, 5, 2), ndraws = 50, seed = 1)
  plot <- plot(draws)
  expect_s3_class(plot, "ggplot")
  expect_equal(nrow(plot$data), 10)
  expect_equal(levels(plot$data$variable), c("theta[1]", "theta[2]"))
})
