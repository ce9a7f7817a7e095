test_that("defaults follow the model's data and the budget", {
  moons <- example_model("two_moons")
  expect_equal(default_networks(moons)$summary$kind, "identity")
  expect_equal(
    default_networks(example_model("gaussian_mean"))$summary$kind, "deep_set"
  )
  expect_equal(
    default_networks(example_model("sir_school"))$summary$kind, "time_series"
  )
  small <- default_networks(moons, nsim = 1000)
  large <- default_networks(moons, nsim = 100000)
  expect_lt(small$inference$width, large$inference$width)
  expect_lt(small$batch_size, large$batch_size)
  expect_gt(small$weight_decay, 0)
  expect_equal(default_networks(moons)$weight_decay, 0)
  expect_error(default_networks("moons"), class = "amortflow_error_argument")
  expect_error(default_networks(moons, nsim = -1), class = "amortflow_error_argument")
})

test_that("a batch is never larger than the budget", {
  expect_equal(default_networks(example_model("two_moons"), nsim = 10)$batch_size, 10)
})
