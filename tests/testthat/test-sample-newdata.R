vector_fit <- function(names = NULL) conjugate_fit("vector", 3, names = names)
set_fit <- function(v = 2, names = NULL) {
  conjugate_fit("exchangeable", v, n_obs = c(2, 10), names = names)
}
series_fit <- function() conjugate_fit("series", 1, n_obs = c(5, 5))

test_that("a vector is one data set, in its two forms", {
  one <- read_newdata(vector_fit(), 1:3)
  expect_false(one$many)
  expect_equal(one$data[[1]], list(values = matrix(c(1, 2, 3), 1), lengths = 1L))
  frame <- read_newdata(vector_fit(), data.frame(a = 1, b = 2, c = 3))
  expect_equal(frame$data[[1]], one$data[[1]])
  expect_false(frame$many)
})

test_that("a matrix, or a data frame of other than one row, is many vectors", {
  x <- matrix(c(1, 2, 3, 4, 5, 6), 2, byrow = TRUE)
  many <- read_newdata(vector_fit(), x)
  expect_true(many$many)
  expect_equal(many$data[[1]], list(values = x, lengths = c(1L, 1L)))
  expect_true(read_newdata(vector_fit(), x[1, , drop = FALSE])$many)
  frame <- read_newdata(vector_fit(), as.data.frame(x))
  expect_true(frame$many)
  expect_equal(frame$data[[1]], many$data[[1]])
})

test_that("positions x variables is one data set", {
  x <- matrix(c(1, 2, 3, 4, 5, 6), 3)
  one <- read_newdata(set_fit(), x)
  expect_equal(one$data[[1]], list(values = x, lengths = 3L))
  expect_false(one$many)
  expect_equal(read_newdata(set_fit(), as.data.frame(x))$data[[1]], one$data[[1]])
  bare <- read_newdata(set_fit(1), c(4, 5))
  expect_equal(bare$data[[1]], list(values = matrix(c(4, 5)), lengths = 2L))
  expect_false(bare$many)
})

test_that("lists, arrays and grouped data frames are the same many data sets", {
  a <- matrix(c(1, 2, 3, 4), 2)
  b <- matrix(c(5, 6, 7, 8), 2)
  listed <- read_newdata(set_fit(), list(a, b))
  expect_true(listed$many)
  expect_equal(listed$data[[1]]$values, rbind(a, b))
  expect_equal(listed$data[[1]]$lengths, c(2L, 2L))
  box <- aperm(array(c(a, b), c(2, 2, 2)), c(3, 1, 2))
  expect_equal(read_newdata(set_fit(), box)$data[[1]], listed$data[[1]])
  frame <- data.frame(who = c("u", "v", "u", "v"), rbind(a, b)[c(1, 3, 2, 4), ])
  grouped <- read_newdata(set_fit(), frame, by = "who")
  expect_equal(grouped$data[[1]], listed$data[[1]])
  expect_equal(grouped$ids, c("u", "v"))
  expect_true(read_newdata(set_fit(), list(a))$many)
})

test_that("data sets of a list may differ in length", {
  sets <- read_newdata(set_fit(1), list(1:3, c(4, 5), matrix(1:4)))
  expect_equal(sets$data[[1]]$lengths, c(3L, 2L, 4L))
  expect_equal(sets$data[[1]]$values[, 1], c(1:3, 4, 5, 1:4))
})

test_that("simulations are many", {
  simulations <- conjugate_simulations(4, observed = "exchangeable", n = 3)
  sets <- read_newdata(set_fit(), simulations)
  expect_true(sets$many)
  expect_equal(sets$data[[1]]$lengths, rep(3L, 4))
  expect_equal(sets$data[[1]]$values[4:6, ], simulations$data[2, , ])
  expect_error(
    read_newdata(vector_fit(), simulations),
    "observed = \"vector\"", class = "amortflow_error_newdata"
  )
})

test_that("wrong shapes say what was expected, given, and what to do", {
  says <- function(fit, newdata, message, by = NULL) {
    error <- expect_error(
      read_newdata(fit, newdata, by),
      class = "amortflow_error_newdata"
    )
    shown <- gsub("\\s+", " ", conditionMessage(error))
    expect_match(shown, message, fixed = TRUE)
  }
  says(vector_fit(), 1:4, "must be a vector of length 3, not a")
  says(vector_fit(), 1:4, "Several data sets come as a matrix or data frame")
  says(vector_fit(), matrix(1, 2, 4), "not a matrix of 2 x 4")
  says(vector_fit(), letters[1:3], "must hold numbers, not values of type character")
  says(vector_fit(), mean, "must be a vector of length 3, not a function")
  says(vector_fit(), c(1, NA, 3), "1 value is missing or infinite (first: data set 1, variable 2)")
  says(set_fit(), 1:4, "must be a matrix or data frame with 2 columns")
  says(set_fit(), NULL, "with 2 columns, not NULL")
  says(set_fit(), list(), "must hold at least one data set, not 0")
  says(
    set_fit(), list(a = matrix(1, 2, 2)),
    "must be an unnamed list of data sets, not one with names \"a\""
  )
  says(
    set_fit(), list(matrix(1, 2, 2), matrix(1, 2, 3)),
    "`newdata[[2]]` must be a matrix or data frame with 2 columns, not a matrix of 2 x 3"
  )
  says(set_fit(), array(1, c(2, 3, 4)), "array (data set, position, variable) with 2")
  says(
    set_fit(), data.frame(x = 1:2, y = c("a", "b")),
    "column \"y\" is a character of length 2"
  )
  says(
    set_fit(), list(diag(2), rbind(1:2, c(1, Inf))),
    "first: data set 2, position 2, variable 2"
  )
  says(
    set_fit(), data.frame(x = 1:2, y = 1:2), by = "id",
    "must name a column of a data frame `newdata`, which is a data frame with columns x, y"
  )
  says(set_fit(), diag(2), by = "id", "which is a matrix of 2 x 2")
  says(
    set_fit(), data.frame(id = c(1, NA), x = 1:2, y = 1:2), by = "id",
    "must name a data set in every row"
  )
  expect_error(
    read_newdata(vector_fit(), 1:3, context = list(n = 3)),
    class = "amortflow_error_context"
  )
})

test_that("every refusal has its class", {
  bad <- list(1:4, letters[1:3], NULL, c(1, NA, 3), list(1, 2), mean, matrix(1, 0, 3))
  for (newdata in bad) {
    expect_error(
      read_newdata(vector_fit(), newdata),
      class = "amortflow_error_newdata"
    )
  }
})

test_that("context vectors are shared or one row per data set", {
  spec <- list(context = c("x0[1]", "x0[2]", "n"))
  read <- function(context, n) {
    read_context(spec, context, list(n = n), rlang::current_env())
  }
  shared <- read(list(x0 = c(7, 8), n = 1), 2)
  expect_equal(unname(shared), rbind(c(7, 8, 1), c(7, 8, 1)))
  rows <- read(list(x0 = rbind(1:2, 3:4), n = 5:6), 2)
  expect_equal(unname(rows), rbind(c(1, 2, 5), c(3, 4, 6)))
  expect_equal(unname(read(list(n = 1, x0 = c(7, 8)), 1)), rbind(c(7, 8, 1)))
  expect_refused(
    read(list(x0 = 1:3, n = 1), 1), "context",
    "Context `x0` must be 2 numbers (or n x 2 for n data sets), not an integer of length 3."
  )
  expect_refused(
    read(list(x0 = 1:3, n = 1), 3), "context",
    "Context `x0` must be 2 numbers (or 3 x 2 for the 3 data sets)"
  )
  expect_refused(read(list(x0 = 1:2, n = 1, n = 2), 1), "context", "`n` must be given once")
  expect_refused(
    read(list(x0 = 1:2, n = 1, "x0[1]" = 2), 1), "context", "`x0[1]` must be given once"
  )
})
