test_that("predictions are draws x observations", {
  fit <- conjugate_fit(model = known_model())
  y <- posterior_predict(fit, c(2, -1), ndraws = 4000, seed = 1)
  expect_equal(dim(y), c(4000, 2))
  # Mean y / 2, variance 1 + 1 / 2: standard error 0.019, 5 of them.
  expect_lt(abs(mean(y[, 1]) - 1), 0.097)
  expect_lt(abs(var(y[, 2]) - 1.5), 5 * 1.5 * sqrt(2 / 4000))
  many <- posterior_predict(fit, rbind(c(2, -1), c(0, 0)), ndraws = 7, seed = 1)
  expect_type(many, "list")
  expect_equal(lapply(many, dim), list(c(7L, 2L), c(7L, 2L)))
})

test_that("positions and variables lie variable by variable, in the data's order", {
  fit <- conjugate_fit(
    "series", 2, n_obs = c(3, 3), names = c("a", "b"), model = known_model()
  )
  newdata <- cbind(a = c(50, 50, 50), b = c(-50, -50, -50))
  y <- posterior_predict(fit, newdata, ndraws = 20, seed = 1)
  expect_equal(colnames(y), c("a[1]", "a[2]", "a[3]", "b[1]", "b[2]", "b[3]"))
  expect_true(all(y[, 1:3] > 20))
  expect_true(all(y[, 4:6] < -20))
})

test_that("replicates belong to their draws", {
  rows <- list(values = cbind(1:6, 11:16) + 0, lengths = c(3L, 3L))
  expect_equal(
    unname(flat_data(rows, "series", NULL)),
    rbind(c(1:3, 11:13), c(4:6, 14:16))
  )
})

test_that("intervals are those of the known distributions", {
  fit <- conjugate_fit(model = known_model())
  posterior <- posterior_interval(
    fit, c(2, -1), prob = 0.8, ndraws = 20000, seed = 2
  )
  expect_equal(dimnames(posterior), list(c("theta[1]", "theta[2]"), c("10%", "90%")))
  # A quantile's standard error is 0.0085 here.
  exact <- outer(c(1, -0.5), qnorm(c(0.1, 0.9), 0, sqrt(0.5)), "+")
  expect_lt(max(abs(posterior - exact)), 0.045)
  predictive <- predictive_interval(
    fit, c(2, -1), prob = 0.8, ndraws = 20000, seed = 2
  )
  exact <- outer(c(1, -0.5), qnorm(c(0.1, 0.9), 0, sqrt(1.5)), "+")
  expect_lt(max(abs(predictive - exact)), 0.078)
  many <- posterior_interval(fit, rbind(c(2, -1), c(0, 0)), ndraws = 10)
  expect_length(many, 2)
})

test_that("without a model predictions and prior are refused", {
  expect_error(
    posterior_predict(conjugate_fit(), c(0, 0)),
    class = "amortflow_error_unsupported"
  )
  expect_error(
    prior_summary(conjugate_fit()),
    class = "amortflow_error_unsupported"
  )
  expect_equal(
    prior_summary(conjugate_fit(model = known_model())), "normal(0, 1)"
  )
  expect_error(
    posterior_interval(conjugate_fit(), c(0, 0), prob = 1),
    class = "amortflow_error_argument"
  )
})

test_that("without newdata, errors say that it must be given", {
  fit <- conjugate_fit(model = known_model())
  says <- "`newdata` must be given: a fit is not conditioned on any data"
  expect_refused(posterior_predict(fit), "argument", says)
  expect_refused(posterior_interval(fit), "argument", says)
  expect_refused(predictive_interval(fit), "argument", says)
  expect_refused(pp_check(fit), "argument", says)
  expect_refused(sample_posterior(fit), "argument", says)
  expect_refused(log_density(fit), "argument", says)
  expect_refused(
    log_density(fit, newdata = c(0, 0)), "argument", "`parameters` must be given"
  )
})

test_that("arguments that are not known are classed errors", {
  fit <- conjugate_fit(model = known_model())
  error <- expect_refused(
    posterior_predict(fit, c(0, 0), n_draws = 5), "argument",
    c("`n_draws` is not", "Did you mean `ndraws`?")
  )
  expect_equal(as.character(conditionCall(error)[[1]]), "posterior_predict")
  expect_refused(predictive_interval(fit, c(0, 0), p = 1, q = 2), "argument", "`q`")
  expect_refused(prior_summary(fit, 1), "argument", "1 value without a name")
})

test_that("counts say their limits and by which name they were given", {
  fit <- conjugate_fit(model = known_model())
  expect_refused(
    posterior_predict(fit, c(0, 0), ndraws = 0), "argument",
    "`ndraws` must be a positive whole number, not 0"
  )
  expect_refused(
    sample_posterior(fit, c(0, 0), ndraws = 1e10), "argument",
    "a whole number from 1 to 2147483647"
  )
  expect_refused(
    sample_posterior(fit, c(0, 0), seed = 2^54), "argument",
    "a whole number from 0 to 9007199254740992"
  )
  expect_refused(
    assert_count(65, upper = 64, arg = "depth"), "argument",
    "`depth` must be a whole number from 1 to 64, not 65"
  )
})

test_that("more numbers than fit are refused before they are drawn", {
  expect_refused(
    sample_posterior(conjugate_fit(), c(0, 0), ndraws = 2e9), "argument",
    c("at most 2^31 numbers", "2000000000 x 1 x 2 = 4e+09 (32 GB)")
  )
})

test_that("interval columns are named as by quantile()", {
  label <- function(prob) {
    colnames(posterior_interval(conjugate_fit(), c(0, 0), prob = prob, ndraws = 9))
  }
  expect_equal(label(0.999), c("0.05%", "99.95%"))
  expect_equal(label(0.95), c("2.5%", "97.5%"))
  expect_equal(label(0.9), names(quantile(1:9, c(0.05, 0.95))))
})
