vector_fit <- function(names = NULL) conjugate_fit("vector", 3, names = names)
set_fit <- function(v = 2, names = NULL) {
  conjugate_fit("exchangeable", v, n_obs = c(2, 10), names = names)
}
series_fit <- function() conjugate_fit("series", 1, n_obs = c(5, 5))

test_that("names decide where both sides have them, in any order", {
  fit <- vector_fit(c("a", "b", "c"))
  sets <- read_newdata(fit, c(c = 3, a = 1, b = 2))
  expect_equal(sets$rows$values[1, ], c(a = 1, b = 2, c = 3))
  frame <- data.frame(c = 3:4, b = 2, a = 1)
  expect_equal(read_newdata(fit, frame)$rows$values[2, ], c(a = 1, b = 2, c = 4))
  expect_equal(unname(read_newdata(fit, 1:3)$rows$values[1, ]), 1:3)
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
  expect_equal(read_newdata(one, data.frame(z = 1:3))$rows$lengths, 3L)
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
