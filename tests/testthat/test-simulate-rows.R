test_that("rows and data are inverse to each other", {
  data <- array(rnorm(24), c(2, 3, 4), list(NULL, NULL, letters[1:4]))
  rows <- data_rows(data, "series")
  expect_equal(rows$values[4:6, "b"], data[2, , "b"])
  expect_equal(rows$lengths, c(3L, 3L))
  expect_identical(rows_data(rows, "series"), data)
  ragged <- list(matrix(1:4 + 0, 2), matrix(5:6 + 0, 1))
  expect_identical(rows_data(data_rows(ragged, "exchangeable"), "exchangeable"), ragged)
  vector <- matrix(rnorm(6), 3, dimnames = list(NULL, c("x", "y")))
  expect_identical(rows_data(data_rows(vector, "vector"), "vector"), vector)
  expect_equal(data_rows(vector, "vector")$lengths, rep(1L, 3))
})

test_that("parts of rows are the rows of parts", {
  ragged <- list(matrix(1:4 + 0, 2), matrix(5:6 + 0, 1), matrix(7:12 + 0, 3))
  rows <- data_rows(ragged, "series")
  expect_identical(subset_rows(rows, c(3, 1)), data_rows(ragged[c(3, 1)], "series"))
})
