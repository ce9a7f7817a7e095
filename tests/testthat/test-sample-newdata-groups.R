# Groups of one data set have a mean of their own around mu.
nested_simulations <- function(n, first_group = 1) {
  mu <- rnorm(n)
  data <- lapply(mu, function(m) {
    group <- rep(1:3, c(1, sample(2, 2, replace = TRUE)))
    y <- rnorm(3, m, 0.7)[group] + rnorm(length(group), sd = 0.3)
    cbind(site = group + first_group - 1, y = y)
  })
  simulations(cbind(mu = mu), data, observed = "exchangeable")
}

nested_fit <- function(training, ...) {
  small <- summary_deep_set(summary_dim = 4, width = 8, depth = 1)
  fit_posterior(
    simulations = training, summary = summary_hierarchical(list(small, small), group = "site"),
    inference = inference_coupling_flow(depth = 1, width = 8), epochs = 2, seed = 1, silent = TRUE,
    ...
  )
}

test_that("groups are numbered from 1 within each data set, in their order", {
  rows <- list(
    values = cbind(c(7, 5, 7, 20260002, 20260001, 20260001), c(0.5, 0.5, 0.1, 3, 3, 3), 1:6),
    lengths = c(3L, 3L)
  )
  expect_identical(
    number_groups(rows, 1:2)$values, cbind(c(2, 1, 2, 2, 1, 1), c(2, 2, 1, 1, 1, 1), 1:6)
  )
  expect_identical(number_groups(rows, integer()), rows)
})

test_that("what a group is called makes no difference, however large its number", {
  set.seed(1)
  fit <- nested_fit(nested_simulations(200))
  y <- c(0.1, 0.5, -0.3)
  of <- function(site) unname(learned_summaries(fit, data.frame(site, y)))
  expected <- of(c(1, 1, 2))
  expect_gt(max(abs(of(c(1, 2, 2)) - expected)), 1e-4)
  expect_identical(of(c(20260001, 20260001, 20260002)), expected)
  expect_identical(of(c(0.1, 0.1, 0.1 + 1e-12)), expected)
  expect_identical(of(c("b", "b", "north")), expected)
  expect_identical(of(factor(c("north", "north", "b"), c("north", "b"))), expected)
  expect_refused(of(c("b", NA, "a")), "newdata", "missing")
  expect_identical(
    unname(learned_summaries(fit, cbind(site = c(90, 90, 1e9), y = y))), expected
  )
  many <- data.frame(site = c("a", "a", "b", "x", "y", "y"), y = c(y, y), set = rep(1:2, each = 3))
  expect_identical(
    unname(learned_summaries(fit, many, by = "set")), rbind(expected, of(c(1, 2, 2)))
  )
  expect_error(
    learned_summaries(fit, data.frame(site = 1:3, y = c("a", "b", "c"))),
    class = "amortflow_error_newdata"
  )
})

test_that("simulated groups that single precision might confuse are refused", {
  set.seed(1)
  expect_refused(
    nested_fit(nested_simulations(30, first_group = 20260001)), "config",
    c("at most 100,000", "\"site\" is 20260001", "Number the groups of each data set 1, 2")
  )
  expect_refused(nested_fit(nested_simulations(30, first_group = 0.5)), "config", "is 0.5")
})
