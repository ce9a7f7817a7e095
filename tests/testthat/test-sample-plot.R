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

test_that("one draw can be drawn", {
  draws <- sample_posterior(conjugate_fit(), c(1, 2), ndraws = 1, seed = 1)
  pairs <- plot(draws)
  expect_error(ggplot2::ggplot_build(pairs), NA)
})

test_that("true values are marked in every type", {
  draws <- sample_posterior(conjugate_fit(), c(1, 2), ndraws = 50, seed = 1)
  truth <- c("theta[2]" = 2)
  for (type in c("areas", "hist", "intervals")) {
    bare <- suppressMessages(plot(draws, type = type))
    marked <- suppressMessages(plot(draws, type = type, truth = truth))
    expect_length(marked$layers, length(bare$layers) + 1)
    built <- suppressMessages(ggplot2::ggplot_build(marked))
    mark <- built$data[[length(built$data)]]
    expect_equal(if (type == "hist") mark$xintercept else mark$x, 2)
    # The second panel, or the second line from above.
    at <- if (type == "hist") as.integer(mark$PANEL) else as.integer(mark$y)
    expect_equal(at, if (type == "hist") 2 else 1)
    expect_refused(
      plot(draws, type = type, truth = c(mu = 1)), "argument", "`truth`"
    )
  }
  one <- sample_posterior(conjugate_fit(v = 1), 1, ndraws = 50, seed = 1)
  marked <- suppressMessages(plot(one, truth = c("theta[1]" = 0)))
  expect_error(suppressMessages(ggplot2::ggplot_build(marked)), NA)
})

test_that("errors of plots are shown as those of plot()", {
  draws <- sample_posterior(conjugate_fit(), c(1, 2), ndraws = 5, seed = 1)
  error <- expect_refused(plot(draws, type = "pie"), "argument", "`type`")
  expect_equal(as.character(conditionCall(error)[[1]]), "plot")
  expect_refused(plot(draws, thruth = 1), "argument", "Did you mean `truth`?")
})
