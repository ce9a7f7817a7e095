array_form <- function(shape) {
  list(
    spec = list(
      observables = list(list(
        name = "", observed = "array", width = array_channels(shape), names = NULL,
        n_obs = rep(prod(array_grid(shape)), 2), shape = as.double(shape)
      )),
      summary = summary_convolution()
    ),
    adapter = list()
  )
}

test_that("one array has the simulator's shape, many have one dimension more or come as a list", {
  for (shape in list(4L, c(2L, 3L), c(2L, 3L, 2L))) {
    fit <- array_form(shape)
    one <- array(rnorm(prod(shape)), shape)
    read <- read_newdata(fit, if (length(shape) == 1) as.vector(one) else one)
    expect_false(read$many)
    expect_equal(read$data[[1]]$values, array_block(one, shape)$values)
    many <- aperm(array(rep(one, 3), c(shape, 3)), c(length(shape) + 1, seq_along(shape)))
    for (given in list(many, list(one, one, one))) {
      read <- read_newdata(fit, given)
      expect_true(read$many)
      expect_identical(read$n, 3L)
      expect_equal(block_array(read$data[[1]]), many)
    }
  }
})

test_that("arrays of another shape, and missing elements, are refused in the user's terms", {
  fit <- array_form(c(2L, 3L))
  expect_refused(
    read_newdata(fit, matrix(0, 3, 2)), "newdata",
    c("`newdata` must be an array of 2 x 3", "one leading dimension more")
  )
  expect_refused(
    read_newdata(fit, list(matrix(0, 2, 3), 1:6)), "newdata", "`newdata[[2]]` must be an array of 2 x 3"
  )
  expect_refused(read_newdata(fit, list()), "newdata", "an array of 2 x 3")
  expect_refused(read_newdata(fit, data.frame(a = 1:2)), "newdata", "an array of 2 x 3")
  expect_refused(read_newdata(fit, matrix(0, 2, 3), by = "a"), "newdata", "`by` must be NULL for arrays")
  expect_refused(
    read_newdata(fit, simulations(1:2, array(0, c(2, 3, 2)), observed = "array")), "newdata",
    "must be arrays of 2 x 3, as in training, not of 3 x 2"
  )
  holed <- array(0, c(2, 2, 3))
  holed[2, 1, 3] <- NA
  expect_refused(read_newdata(fit, holed), "newdata", "data set 2, element [1,3]")
})
