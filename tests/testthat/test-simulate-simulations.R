test_that("matrices, data frames, arrays and lists are taken", {
  theta <- cbind(a = 1:4, b = 5:8)
  s <- simulations(theta, data.frame(x = 1:4, y = 2))
  expect_length(s, 4)
  expect_equal(colnames(s$data), c("x", "y"))
  expect_equal(attr(s, "support")$lower, c(a = -Inf, b = -Inf))
  expect_equal(dim(simulations(1:4, array(1, c(4, 3, 2)), observed = "series")$data), c(4, 3, 2))
  expect_equal(dim(simulations(1:4, matrix(1, 4, 3), observed = "series")$data), c(4, 3, 1))
  ragged <- simulations(1:3, list(1:3, 1:2, 4), observed = "exchangeable")
  expect_equal(vapply(ragged$data, nrow, 1L), c(3L, 2L, 1L))
  expect_length(ragged[2:3]$data, 2)
  expect_equal(
    capture.output(print(ragged)),
    c(
      "<3 simulations>",
      "  parameters: theta[1]",
      "  data:       exchangeable, 1 to 3 positions x 1 variable"
    )
  )
})

test_that("with a prior, columns are put in order and the support is known", {
  prior <- priors(a ~ normal(0, 1), b ~ exponential(1))
  s <- simulations(cbind(b = 1:2, a = 3:4), 1:2, prior = prior)
  expect_equal(colnames(s$parameters), c("a", "b"))
  expect_equal(attr(s, "support")$lower, c(a = -Inf, b = 0))
  expect_equal(colnames(simulations(matrix(1:4, 2), 1:2, prior = prior)$parameters), c("a", "b"))
})

test_that("what is wrong is named", {
  prior <- priors(a ~ normal(0, 1), b ~ exponential(1))
  expect_refused(
    simulations(1:3, 1:2), "argument",
    "`parameters` and `data` must hold the same simulations, not 3 and 2."
  )
  expect_refused(
    simulations(c(1, NaN, 2), 1:3), "argument",
    c(
      "All values must be finite: 1 simulation is not, the first is number 2.",
      "Leave them out of `parameters` and of `data` (`missing = TRUE` and adapt_missing() take NA in data)."
    )
  )
  expect_refused(
    simulations(1:3, c(1, NA, 2)), "argument",
    c(
      "All values must be finite: 1 simulation is not, the first is number 2.",
      "Leave them out of `parameters` and of `data` (`missing = TRUE` and adapt_missing() take NA in data)."
    )
  )
  expect_refused(
    simulations(c("a", "b"), 1:2), "argument",
    "`parameters` must be a numeric vector, matrix or data frame, not a character of length 2."
  )
  expect_refused(
    simulations(1:2, data.frame(x = c("a", "b"))), "argument",
    "`data$x` must be numeric, not a character of length 2."
  )
  expect_refused(
    simulations(cbind(a = 1:2, b = c(1, -1)), 1:2, prior = prior), "argument",
    "`b` of simulation 2 must lie in the prior's support [0, Inf], not be -1."
  )
  expect_refused(
    simulations(cbind(a = 1:2, c = 1), 1:2, prior = prior), "argument",
    "The columns of `parameters` must be those of the prior: a, b; not a, c."
  )
  expect_refused(
    simulations(1:2, 1:2, observed = "series"), "argument",
    "`data` must be an array (data set, position, variable) or an unnamed list, not an integer of length 2."
  )
  expect_refused(
    simulations(1:2, list(1:2, matrix(1, 2, 2)), observed = "series"), "argument",
    "All data sets must have the same variables: data set 1 has 1, data set 2 has 2."
  )
})

test_that("`[`, length() and as.data.frame() follow simulations", {
  s <- simulate(example_model("sir_school"), 5, seed = 1)
  expect_length(s[-1], 4)
  expect_identical(s[c(TRUE, FALSE, FALSE, FALSE, TRUE)]$parameters, s$parameters[c(1, 5), ])
  expect_error(s[7], class = "amortflow_error_argument")
  frame <- as.data.frame(s)
  expect_equal(names(frame)[c(1, 4, 17)], c("beta", "x[1]", "x[14]"))
  expect_equal(frame[["x[3]"]], s$data[, 3, 1])
  expect_equal(
    capture.output(print(s)),
    c(
      "<5 simulations>",
      "  parameters: beta, gamma, phi_inv",
      "  data:       series, 14 positions x 1 variable"
    )
  )
})

test_that("data sets of a list are bound by their names", {
  a <- matrix(1:4, 2, dimnames = list(NULL, c("a", "b")))
  s <- simulations(1:3, list(a, a[1, 2:1, drop = FALSE], unname(a)), observed = "series")
  expect_equal(s$data[[2]], cbind(a = 1, b = 3))
  expect_equal(s$data[[3]], a)
  renamed <- `colnames<-`(a, c("c", "d"))
  expect_refused(
    simulations(1:2, list(a, renamed), observed = "series"), "argument",
    "All data sets must have the same variables: `data[[1]]` has a, b, but `data[[2]]` has c, d."
  )
})

test_that("what cannot be learnt from is refused at once", {
  expect_refused(
    simulations(cbind(a = 1:2, a = 3:4), 1:2), "argument",
    "The columns of `parameters` must have one name each, but column 2 is called \"a\"."
  )
  expect_refused(
    simulations(cbind(a = 1:2, 3:4), 1:2), "argument",
    "must have one name each, but column 2 is called \"\"."
  )
  expect_refused(
    simulations(cbind(.draw = 1:2), 1:2), "argument",
    "must have one name each that is not reserved, but column 1 is called \".draw\"."
  )
  expect_refused(
    simulations(matrix(0, 3, 0), 1:3), "argument",
    "`parameters` must be at least one simulation of at least one parameter, not a matrix of 3 x 0."
  )
  expect_refused(
    simulations(numeric(0), array(0, c(0, 8, 2)), observed = "series"), "argument",
    "`parameters` must be at least one simulation of at least one parameter, not a numeric of length 0."
  )
  expect_refused(
    simulations(1:3, matrix(0, 3, 0)), "argument",
    "`data` must be data sets of at least one variable, not a matrix of 3 x 0."
  )
  expect_refused(
    simulations(1:3, list(1:2, numeric(0), 1), observed = "series"), "argument",
    "Every data set must have at least one position: 1 has none, the first is number 2."
  )
  expect_refused(
    simulations(1:3, array(0, c(3, 0, 2)), observed = "exchangeable"), "argument",
    "Every data set must have at least one position: 3 have none, the first is number 1."
  )
})

test_that("summary() is a row per parameter", {
  s <- simulate(example_model("sir_school"), 50, seed = 1)
  table <- summary(s)
  draws <- posterior::as_draws_matrix(s$parameters)
  expect_equal(table, as.data.frame(posterior::summarise_draws(
    draws, "mean", "median", "sd", "mad",
    ~ posterior::quantile2(.x, probs = c(0.05, 0.95))
  )), ignore_attr = TRUE)
  expect_equal(nrow(summary(simulate(example_model("two_moons"), 1, seed = 1))), 2)
  expect_error(summary(s, digits = 3), class = "amortflow_error_argument")
})

test_that("`[` takes whole numbers or one logical for each simulation", {
  made <- simulations(cbind(a = 1:4), cbind(x = 1:4))
  expect_identical(made[c(TRUE, FALSE, TRUE, FALSE)]$parameters[, "a"], c(1, 3))
  expect_length(made[-1], 3)
  expect_length(made[], 4)
  for (bad in list("a", NA_real_, 1.5, c(-1, 2), TRUE, c(TRUE, NA, TRUE, TRUE), factor(1))) {
    expect_refused(made[bad], "argument", "`[` must be given whole numbers")
  }
  expect_refused(made[5], "argument", "There are 4 simulations")
})

test_that("no simulations can be printed", {
  vectors <- simulations(cbind(a = 1:4), cbind(x = 1:4))
  sets <- simulations(cbind(a = 1:2), list(1:3, 1:4), observed = "exchangeable")
  arrays <- simulations(cbind(a = 1:2), array(1, c(2, 3, 1)), observed = "series")
  for (made in list(vectors, sets, arrays)) {
    expect_no_warning(shown <- format(made[0]))
    expect_identical(shown[[1]], "<0 simulations>")
  }
})
