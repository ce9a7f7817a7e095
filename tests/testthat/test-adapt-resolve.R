blocks_of <- function(parameters = c("theta[1]", "theta[2]", "sigma"),
                      data = list(y = c("count", "x"), group = "g"),
                      context = "n") {
  c(
    list(list(kind = "parameters", label = "parameters", names = parameters)),
    Map(\(names, label) list(kind = "data", label = label, names = names), unname(data), names(data)),
    list(list(kind = "context", label = "context", names = context))
  )
}

columns <- function(variables, blocks = blocks_of()) {
  resolve_variables(variables, blocks, "log")
}

test_that("names mean parameters, data, observables, context or all of a kind", {
  none <- integer()
  expect_identical(columns("sigma"), list(3L, none, none, none))
  expect_identical(columns("theta"), list(1:2, none, none, none))
  expect_identical(columns("theta[2]"), list(2L, none, none, none))
  expect_identical(columns("x"), list(none, 2L, none, none))
  expect_identical(columns("y"), list(none, 1:2, none, none))
  expect_identical(columns(c("n", "g")), list(none, none, 1L, 1L))
  expect_identical(columns("parameters"), list(1:3, none, none, none))
  expect_identical(columns("data"), list(none, 1:2, 1L, none))
  expect_identical(columns("data:*"), list(none, 1:2, 1L, none))
  expect_identical(columns("context"), list(none, none, none, 1L))
  expect_identical(columns(c("sigma", "theta")), list(c(3L, 1:2), none, none, none))
})

test_that("a name that means several things says how to say it", {
  blocks <- blocks_of(parameters = c("x", "n"), data = list(y = "x", z = "x"))
  error <- expect_error(columns("x", blocks), class = "amortflow_error_adapter")
  expect_match(conditionMessage(error), "\"parameters:x\" or \"y:x\" or \"z:x\"", fixed = TRUE)
  expect_error(columns("data:x", blocks), "y:x", class = "amortflow_error_adapter")
  none <- integer()
  expect_identical(columns("parameters:x", blocks), list(1L, none, none, none))
  expect_identical(columns("z:x", blocks), list(none, none, 1L, none))
  expect_identical(columns("context:n", blocks), list(none, none, none, 1L))
  # A variable that is called as a kind is.
  blocks <- blocks_of(data = list(data = c("data", "y")))
  expect_error(columns("data", blocks), "data:\\*", class = "amortflow_error_adapter")
  expect_identical(columns("data:data", blocks)[[2]], 1L)
  expect_identical(columns("data:*", blocks)[[2]], 1:2)
})

test_that("an observable and its only variable may share a name", {
  expect_identical(columns("y", blocks_of(data = list(y = "y", z = "z")))[[2]], 1L)
})

test_that("unknown names are refused with the nearest one", {
  expect_error(columns("sigme"), "Did you mean `sigma`", class = "amortflow_error_adapter")
  expect_error(columns("parameters:thta"), "Did you mean `theta`", class = "amortflow_error_adapter")
  expect_error(columns("unheard_of"), "Known:", class = "amortflow_error_adapter")
})
