test_that("ranks are those of the draws, simulation by simulation", {
  fit <- conjugate_fit()
  simulations <- conjugate_simulations(20, seed = 5)
  draws <- sample_posterior(fit, simulations, ndraws = 50, seed = 2)
  check <- check_calibration(fit, simulations, draws = draws)
  expect_s3_class(check, c("amortflow_check_calibration", "amortflow_check"))
  expect_equal(
    names(check), c("sim_id", "variable", "rank", "max_rank", "simulated_value")
  )
  expect_equal(nrow(check), 40)
  for (row in c(1, 17, 23)) {
    one <- check[row, ]
    set <- draws[[one$sim_id]][, 1, one$variable]
    truth <- simulations$parameters[one$sim_id, one$variable]
    expect_equal(one$simulated_value, unname(truth))
    expect_equal(one$rank, sum(set < truth))
  }
  expect_equal(unique(check$max_rank), 50)
})

# Level 0.9999 of each of two variables: a right posterior fails once in 5000
# seeds; this seed passes for good.
test_that("a right posterior is inside its bands, wrong ones are not", {
  simulations <- conjugate_simulations(1000, seed = 11)
  verdict <- function(scale) {
    fit <- conjugate_fit(scale = scale)
    check <- check_calibration(
      fit, simulations, ndraws = 99, seed = 3, level = 0.9999
    )
    summary(check)
  }
  right <- verdict(1)
  expect_equal(right$inside, c(TRUE, TRUE))
  expect_equal(right$n_sim, c(1000, 1000))
  expect_true(all(right$max_deviation < 0.07))
  expect_equal(verdict(0.6)$inside, c(FALSE, FALSE))
  expect_equal(verdict(1.7)$inside, c(FALSE, FALSE))
})

test_that("the ECDF's difference is exact on the grid of ranks", {
  bands <- rank_bands(4, 3, 0.9)
  expect_equal(bands$point, c(0.25, 0.5, 0.75))
  difference <- ecdf_difference(c(0, 0, 1, 3), bands)$difference
  expect_equal(difference, c(2, 3, 3) / 4 - c(0.25, 0.5, 0.75))
})

test_that("bands hold at any level and for the number of simulations", {
  wide <- rank_bands(100, 999, 0.99)
  narrow <- rank_bands(100, 999, 0.5)
  expect_true(all(wide$lower <= narrow$lower & wide$upper >= narrow$upper))
  expect_lt(max(rank_bands(1000, 999, 0.95)$upper), 0.06)
  expect_lte(nrow(rank_bands(100, 5000, 0.95)), 1000)
  expect_error(rank_bands(100, 9, 1), class = "amortflow_error_config")
})

test_that("print() says in a sentence what was found", {
  simulations <- conjugate_simulations(400, seed = 11)
  good <- check_calibration(conjugate_fit(), simulations, ndraws = 99, seed = 3)
  expect_match(sentence(good), "every rank distribution lies inside")
  expect_match(sentence(good), "Checked on 400 given simulations")
  bad <- check_calibration(
    conjugate_fit(scale = 0.4), simulations, ndraws = 99, seed = 3
  )
  expect_match(sentence(bad), "Not calibrated: .*theta\\[1\\], theta\\[2\\] \\(2 of 2")
  # A table with columns taken away still prints.
  expect_output(print(bad[, c("sim_id", "rank")]), "rank")
})

test_that("simulations come from the model, else from validation, else not", {
  fresh <- check_calibration(
    conjugate_fit(model = known_model()), nsim = 30, ndraws = 19, seed = 1
  )
  expect_equal(max(fresh$sim_id), 30)
  expect_match(sentence(fresh), "30 fresh simulations")
  kept <- conjugate_fit(validation = conjugate_simulations(25))
  check <- check_calibration(kept, ndraws = 19, seed = 1)
  expect_equal(max(check$sim_id), 25)
  expect_match(sentence(check), "held back in training")
  expect_error(
    check_calibration(conjugate_fit()), class = "amortflow_error_unsupported"
  )
})

test_that("a check never sees the simulations of a training with its seed", {
  expect_false(checking_seed(1) == 1)
  expect_equal(checking_seed(1) %% 1, 0)
  expect_lte(checking_seed(2^53), 2^53)
})

test_that("wrong arguments are classed errors", {
  fit <- conjugate_fit()
  simulations <- conjugate_simulations(10)
  refused <- function(...) {
    expect_error(
      check_calibration(fit, ...), class = "amortflow_error_argument"
    )
  }
  refused(simulations = 1:3)
  refused(simulations, ndraws = 1)
  refused(simulations, level = 1)
  refused(simulations, draws = array(0, c(5, 10, 2)))
  three <- sample_posterior(fit, conjugate_simulations(3), ndraws = 5)
  refused(simulations, draws = three)
  refused(simulations[1])
  refused(conjugate_simulations(10, v = 3))
})

test_that("both plots build and hold what they should", {
  simulations <- conjugate_simulations(200, seed = 11)
  check <- check_calibration(conjugate_fit(), simulations, ndraws = 99, seed = 3)
  curves <- plot(check)
  expect_s3_class(curves, "ggplot")
  expect_equal(nrow(curves$data), 2 * 99)
  bars <- plot(check, type = "hist")
  expect_equal(nrow(bars$data), 2 * 20)
  expect_equal(sum(bars$data$count), 400)
  expect_equal(sum(bars$data$expected), 400)
  expect_error(ggplot2::ggplot_build(bars), NA)
  expect_error(plot(check, type = "pie"), class = "amortflow_error_argument")
})

test_that("bars are fair where they hold different numbers of ranks", {
  bars <- rank_bars(0:9, 9, 0.95, 4)
  expect_equal(sum(bars$expected), 10)
  expect_equal(bars$expected, bars$count)
  expect_equal(default_bins(1000, 999), 20)
  expect_equal(default_bins(1000, 96), 20)
})

test_that("print() shows sentences, some rows and how many are left", {
  check <- check_calibration(
    conjugate_fit(), conjugate_simulations(20), ndraws = 19, seed = 1
  )
  expect_output(print(check), "Largest deviation.*sim_id +variable.*34 more rows")
})

test_that("given draws must be of these simulations and this fit", {
  fit <- conjugate_fit(model = known_model())
  simulations <- conjugate_simulations(20, seed = 5)
  one <- sample_posterior(
    conjugate_fit(v = 1), conjugate_simulations(20, v = 1), ndraws = 10
  )
  for (check in list(check_calibration, check_coverage, check_recovery, check_contraction)) {
    expect_refused(
      check(fit, simulations, draws = one), "argument",
      "must have the variables theta[1], theta[2], not theta[1]"
    )
    expect_refused(
      check(fit, draws = one, nsim = 20), "argument",
      "`simulations` must be given together with `draws`"
    )
  }
  draws <- sample_posterior(fit, simulations, ndraws = 10, seed = 1)
  other <- unclass(draws)
  dimnames(other)[[3]] <- c("a", "b")
  expect_refused(
    check_calibration(fit, simulations, draws = new_draws(other)), "argument",
    "not a, b"
  )
  single <- new_draws(unclass(draws)[1, , , drop = FALSE])
  expect_refused(
    check_recovery(fit, simulations, draws = single), "argument",
    "at least 2 draws"
  )
  # Names decide, not places.
  turned <- new_draws(unclass(draws)[, , 2:1])
  expect_equal(
    check_calibration(fit, simulations, draws = turned),
    check_calibration(fit, simulations, draws = draws)
  )
})

test_that("tables that were cut are refused with a class", {
  fit <- conjugate_fit()
  simulations <- conjugate_simulations(20)
  for (check in list(check_calibration, check_coverage, check_recovery, check_contraction)) {
    table <- check(fit, simulations, ndraws = 19, seed = 1)
    expect_refused(plot(table[0, ]), "argument", "at least one row")
    expect_refused(plot(table[, 1:2]), "argument", "must have the columns")
    if (!inherits(table, "amortflow_check_coverage")) {
      expect_refused(summary(table[, 1:2]), "argument", "it lacks")
      expect_refused(summary(table[0, ]), "argument", "at least one row")
    }
  }
  table <- check_calibration(fit, simulations, ndraws = 19, seed = 1)
  expect_refused(plot(table, tipe = "hist"), "argument", "Did you mean `type`?")
  expect_refused(summary(table, level = 2), "argument", "`level` must be")
  expect_refused(plot(table, type = "hist", bins = 1), "argument", "`bins` must be")
})
