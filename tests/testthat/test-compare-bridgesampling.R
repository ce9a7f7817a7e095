# Registered methods are called by their own names, so that they are tested without bridgesampling, too.
table <- structure(
  data.frame(
    model = rep(c("a", "b"), 2), data_set = rep(1:2, each = 2),
    log_evidence = c(-1000, -1001, -5, -3), mc_error = 0, spread = 0, pareto_k = 0
  ),
  class = c("amortflow_evidence", "data.frame")
)

test_that("probabilities and Bayes factors follow from evidences", {
  odds <- exp(c(1, -2))
  both <- post_prob.amortflow_evidence(table)
  expect_equal(unname(both[, "a"]), odds / (1 + odds))
  weighted <- post_prob.amortflow_evidence(table, prior_prob = c(0.9, 0.1))
  expect_equal(unname(weighted[, "a"]), 9 * odds / (1 + 9 * odds))
  one <- post_prob.amortflow_evidence(table[1:2, ], model_names = c("u", "v"))
  expect_equal(one, c(u = odds[[1]], v = 1) / (1 + odds[[1]]))
  expect_equal(unname(bayes_factor.amortflow_evidence(table, log = TRUE)), c(1, -2))
  expect_equal(unname(bayes_factor.amortflow_evidence(table, models = c("b", "a"))), 1 / odds)
  expect_equal(
    bayes_factor.amortflow_evidence(table[1, ], table[2, ], log = TRUE)$bf, 1
  )
})

test_that("bridgesampling's generics find them and agree to 1e-8", {
  skip_if_not_installed("bridgesampling")
  one <- table[3:4, ]
  expect_equal(
    bridgesampling::post_prob(one, prior_prob = c(0.2, 0.8)),
    bridgesampling::post_prob(
      c(-5, -3), prior_prob = c(0.2, 0.8), model_names = c("a", "b")
    ),
    tolerance = 1e-8
  )
  found <- bridgesampling::bayes_factor(one, log = TRUE)
  expect_s3_class(found, "bf_default")
  expect_equal(found$bf, bridgesampling::bayes_factor(-5, -3, log = TRUE)$bf, tolerance = 1e-8)
  expect_output(print(found), "a over b: -2")
})

test_that("bridge sampling gives the exact evidence, also with poor proposals", {
  x <- c(2, -1)
  exact <- sum(dnorm(x, 0, sqrt(2), log = TRUE))
  for (scale in c(1, 1.3, 0.5)) {
    fit <- conjugate_fit(model = known_likelihood(), scale = scale)
    bridge <- bridge_sampler.amortflow_posterior_fit(fit, x, ndraws = 2000, seed = 1)
    expect_s3_class(bridge, "bridge")
    # About 5 standard errors at the poorest (0.013), many more at the others.
    expect_lt(abs(bridge$logml - exact), 0.065)
  }
  skip_if_not_installed("bridgesampling")
  expect_equal(bridgesampling::logml(bridge), bridge$logml)
  expect_lt(bridgesampling::error_measures(bridge)$cv, 0.03)
  generic <- bridgesampling::bridge_sampler(fit, x, ndraws = 2000, seed = 1)
  expect_equal(generic$logml, bridge$logml)
})

test_that("tables and arguments that do not fit are classed errors", {
  refused <- function(...) expect_error(..., class = "amortflow_error_argument")
  refused(post_prob.amortflow_evidence(table[1:3, ]))
  refused(post_prob.amortflow_evidence(table, prior_prob = c(0.5, 0.6)))
  refused(post_prob.amortflow_evidence(table, model_names = "a"))
  refused(bayes_factor.amortflow_evidence(table, models = c("a", "z")))
  refused(bayes_factor.amortflow_evidence(table, models = 1))
  refused(bayes_factor.amortflow_evidence(table, table))
  fit <- conjugate_fit(model = known_likelihood())
  expect_error(
    bridge_sampler.amortflow_posterior_fit(fit, matrix(0, 2, 2)),
    class = "amortflow_error_newdata"
  )
})
