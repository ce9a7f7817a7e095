test_that("defaults follow the model's data and the budget", {
  moons <- example_model("two_moons")
  expect_equal(default_networks(moons)$summary$kind, "identity")
  expect_equal(
    default_networks(example_model("gaussian_mean"))$summary$kind, "deep_set"
  )
  expect_equal(
    default_networks(example_model("sir_school"))$summary$kind, "dense"
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

test_that("the shape of the data decides between dense and recurrent networks", {
  theta <- matrix(seq_len(6) / 7, 6)
  summary_of <- function(data, observed) {
    default_networks(simulations(theta, data, observed = observed))$summary$kind
  }
  expect_equal(summary_of(matrix(1:60, 6), "vector"), "identity")
  expect_equal(summary_of(matrix(1:66, 6), "vector"), "dense")
  expect_equal(summary_of(array(1:384, c(6, 32, 2)), "series"), "dense")
  expect_equal(summary_of(array(1:396, c(6, 33, 2)), "series"), "time_series")
  ragged <- lapply(c(5, 5, 5, 5, 5, 6), seq_len)
  expect_equal(summary_of(ragged, "series"), "time_series")
})

test_that("dense summaries of series whose lengths differ are refused", {
  ragged <- lapply(rep(5:6, 20), seq_len)
  training <- simulations(seq_len(40) / 41, ragged, observed = "series")
  expect_error(
    fit_posterior(simulations = training, summary = summary_dense()),
    "5 to 6 rows",
    class = "amortflow_error_config"
  )
})

test_that("a batch is never larger than the budget", {
  expect_equal(default_networks(example_model("two_moons"), nsim = 10)$batch_size, 10)
})
