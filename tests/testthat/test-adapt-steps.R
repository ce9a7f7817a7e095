test_that("an adapter is a list of steps that print() shows as written", {
  configurator <- adapter() |>
    adapt_log("data", offset = 1) |>
    adapt_constrain("theta", lower = 0, upper = 1) |>
    adapt_rename(rate = "beta") |>
    adapt_apply("phi", forward = \(x) cos(x)) |>
    adapt_standardize("parameters", mean = c(1, 2), sd = 3)
  shown <- format(configurator)
  expect_match(shown, "1. log(data; offset = 1)", fixed = TRUE, all = FALSE)
  expect_match(shown, "2. constrain(theta; lower = 0; upper = 1)", fixed = TRUE, all = FALSE)
  expect_match(shown, "3. rename(rate = \"beta\")", fixed = TRUE, all = FALSE)
  expect_match(shown, "cos(x)", fixed = TRUE, all = FALSE)
  expect_match(shown, "mean = c(1, 2); sd = 3", fixed = TRUE, all = FALSE)
  expect_match(shown, "auto", all = FALSE)
  expect_match(format(adapter(auto = FALSE)), "auto = FALSE", all = FALSE)
  expect_output(print(configurator), "not fitted")
})

test_that("arguments of steps are checked where they are given", {
  wrong <- list(
    \() adapter(auto = NA),
    \() adapt_log("data"),
    \() adapt_log(adapter(), character()),
    \() adapt_log(adapter(), NA_character_),
    \() adapt_log(adapter(), "data", offset = Inf),
    \() adapt_log(adapter(), "data", offset = "1"),
    \() adapt_standardize(adapter(), "data", sd = 0),
    \() adapt_constrain(adapter(), "data", lower = 1, upper = 1),
    \() adapt_constrain(adapter(), "data"),
    \() adapt_one_hot(adapter(), "data", levels = NA),
    \() adapt_rename(adapter(), "a"),
    \() adapt_rename(adapter(), a = 1),
    \() adapt_rename(adapter(), a = "b", a = "c"),
    \() adapt_subsample(adapter(), "data"),
    \() adapt_subsample(adapter(), "data", n = 0),
    \() adapt_missing(adapter(), "data", fill = NA),
    \() adapt_apply(adapter(), "data", forward = "cos"),
    \() adapt_apply(adapter(), "data", forward = cos, inverse = 1)
  )
  for (f in wrong) {
    expect_error(f(), class = "amortflow_error_argument")
  }
})

test_that("variables must be given", {
  for (step in list(adapt_log, adapt_sqrt, adapt_standardize, adapt_missing, adapt_apply)) {
    expect_refused(step(adapter()), "argument", "`variables` must be given: names")
  }
  expect_refused(adapt_apply(adapter(), "x"), "argument", "`forward` must be given")
})
