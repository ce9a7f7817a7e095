test_that("all examples simulate, the same for one and two cores", {
  table <- example_models()
  for (i in seq_len(nrow(table))) {
    model <- example_model(table$name[[i]])
    one <- simulate(model, 300, seed = 1, cores = 1)
    expect_identical(simulate(model, 300, seed = 1, cores = 2), one)
    expect_identical(simulate(model, 50, seed = 1)$data, one[1:50]$data)
    expect_equal(ncol(one$parameters), table$parameters[[i]])
    expect_equal(attr(one, "observed"), table$observed[[i]])
    expect_true(all(is.finite(unlist(one$data))))
  }
})

test_that("the table of examples has the sizes of their simulators", {
  table <- example_models()
  expect_true(all(nzchar(table$source)))
  for (i in seq_len(nrow(table))) {
    sizes <- example_simulator(table$name[[i]])$sizes
    expect_equal(sizes$parameters, table$parameters[[i]])
    expect_equal(sizes$variables, table$variables[[i]])
    expect_equal(sizes$positions, table$positions[[i]])
  }
})

test_that("an unknown example is refused", {
  expect_refused(
    example_model("two_moon"), "argument",
    c(
      "`name` must be one of \"gaussian_linear\", ",
      "not \"two_moon\".",
      "Did you mean `two_moons`?"
    )
  )
})

test_that("the boarding school's data are 14 counts", {
  expect_equal(sum(boarding_school), 1559)
  expect_length(boarding_school, 14)
})
