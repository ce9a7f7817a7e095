test_that("nominal probabilities are exact for any number of draws", {
  for (max_rank in c(3, 19, 99, 100, 999)) {
    cuts <- interval_cuts(max_rank)
    prob <- 1 - 2 * cuts / (max_rank + 1)
    expect_true(all(diff(prob) > 0))
    expect_true(all(prob > 0 & prob < 1))
    # All ranks once: each interval holds exactly its share.
    ranks <- seq(0, max_rank)
    depth <- pmin(ranks, max_rank - ranks)
    share <- vapply(cuts, \(cut) mean(depth >= cut), numeric(1))
    expect_equal(share, prob)
  }
})

# Level 0.9999 of each of two variables, see test-check-calibration.R.
test_that("right intervals cover, narrow and wide ones are found", {
  simulations <- conjugate_simulations(1000, seed = 11)
  cover <- function(scale) {
    check_coverage(
      conjugate_fit(scale = scale), simulations,
      ndraws = 199, seed = 3, level = 0.9999
    )
  }
  right <- cover(1)
  expect_equal(
    names(right),
    c("variable", "prob", "coverage", "lower", "upper", "inside", "n_sim")
  )
  expect_true(all(right$inside))
  expect_match(sentence(right), "cover as they say")
  narrow <- cover(0.7)
  expect_false(all(narrow$inside))
  expect_match(sentence(narrow), "theta\\[1\\] \\(too narrow\\)")
  expect_match(sentence(cover(1.5)), "too wide")
  # Posterior sd times 0.7: the 80 % interval holds 2 Phi(0.7 * 1.2816) - 1.
  at <- which.min(abs(narrow$prob - 0.8))
  exact <- 2 * pnorm(0.7 * qnorm(0.5 + narrow$prob[at] / 2)) - 1
  # Standard error 0.016 and the quantiles' noise; 5 of them.
  expect_lt(abs(narrow$coverage[at] - exact), 0.08)
})

test_that("both plots build", {
  check <- check_coverage(
    conjugate_fit(), conjugate_simulations(50), ndraws = 49, seed = 1
  )
  expect_error(ggplot2::ggplot_build(plot(check)), NA)
  expect_error(ggplot2::ggplot_build(plot(check, difference = FALSE)), NA)
})
