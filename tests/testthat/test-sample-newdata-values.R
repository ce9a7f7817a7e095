vector_fit <- function(names = NULL) conjugate_fit("vector", 3, names = names)
set_fit <- function(v = 2, names = NULL) {
  conjugate_fit("exchangeable", v, n_obs = c(2, 10), names = names)
}
series_fit <- function() conjugate_fit("series", 1, n_obs = c(5, 5))

test_that("names decide where both sides have them, in any order", {
  fit <- vector_fit(c("a", "b", "c"))
  sets <- read_newdata(fit, c(c = 3, a = 1, b = 2))
  expect_equal(sets$data[[1]]$values[1, ], c(a = 1, b = 2, c = 3))
  frame <- data.frame(c = 3:4, b = 2, a = 1)
  expect_equal(read_newdata(fit, frame)$data[[1]]$values[2, ], c(a = 1, b = 2, c = 4))
  expect_equal(unname(read_newdata(fit, 1:3)$data[[1]]$values[1, ]), 1:3)
  expect_error(
    read_newdata(fit, c(a = 1, b = 2, d = 3)),
    "Missing: c. Not known: d", class = "amortflow_error_newdata"
  )
  expect_error(
    read_newdata(fit, data.frame(a = 1, b = 2, c = 3, d = 4)),
    class = "amortflow_error_newdata"
  )
  # The only variable may be called anything.
  one <- set_fit(1, "y")
  expect_equal(read_newdata(one, data.frame(z = 1:3))$data[[1]]$lengths, 3L)
})

test_that("lengths never seen warn for exchangeable data and stop series", {
  expect_warning(
    read_newdata(set_fit(1), rep(1, 11)),
    "11 positions, but the fit was trained with 2 to 10",
    class = "amortflow_warning_newdata"
  )
  expect_warning(read_newdata(set_fit(1), rep(1, 10)), NA)
  expect_error(
    read_newdata(series_fit(), rep(1, 6)),
    class = "amortflow_error_newdata"
  )
  expect_error(read_newdata(series_fit(), rep(1, 5)), NA)
})

test_that("numbers that mean something else are not numbers", {
  fit <- conjugate_fit("vector", 2)
  refused <- function(x, text, fit = conjugate_fit("vector", 2)) {
    expect_refused(read_newdata(fit, x), "newdata", text)
  }
  refused(factor(c("a", "b")), "`newdata` must hold numbers, not be a factor of length 2")
  refused(as.Date("2020-01-01") + 0:1, "not be a Date of length 2")
  refused(as.difftime(c(1, 2), units = "secs"), "not be a difftime of length 2")
  refused(
    data.frame(a = factor("x"), b = 1), "column \"a\" is a factor of length 1"
  )
  refused(list(1:5, as.Date("2020-01-01") + 0:4), "`newdata[[2]]`", series_fit())
  expect_silent(read_newdata(series_fit(), stats::ts(1:5)))
})

test_that("a data frame is called one", {
  expect_refused(
    read_newdata(vector_fit(), data.frame(a = 1, b = 2)), "newdata",
    "not a data frame of 1 x 2"
  )
})

test_that("a wrong length says which data set has it", {
  expect_refused(
    read_newdata(series_fit(), list(1:5, 1:6)), "newdata",
    "Data set 2 of `newdata` must have 5 positions, as in training, not 6"
  )
  frame <- data.frame(who = rep(c("u", "v"), c(5, 4)), y = 1)
  expect_refused(
    read_newdata(series_fit(), frame, by = "who"), "newdata",
    "Data set \"v\" of `newdata` must have 5"
  )
  expect_warning(
    read_newdata(set_fit(1), list(rep(1, 3), rep(1, 11))),
    "Data set 2 of `newdata` has 11 positions",
    class = "amortflow_warning_newdata"
  )
  expect_refused(
    read_newdata(set_fit(1), list(1:3, numeric())), "newdata",
    "Data set 2 of `newdata` must have at least one position"
  )
})

test_that("a dense summary gives one error for a length that it does not know", {
  fit <- conjugate_fit("exchangeable", 1, n_obs = c(5, 5))
  fit$spec$summary <- list(kind = "dense")
  expect_warning(
    expect_refused(
      read_newdata(fit, 1:6), "newdata",
      "`newdata` must have 5 positions, as in training, not 6"
    ),
    NA
  )
})
