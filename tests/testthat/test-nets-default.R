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
  expect_lt(small$inference$inference$width, large$inference$inference$width)
  expect_gt(small$learning_rate, large$learning_rate)
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
  expect_equal(summary_of(matrix(1:120, 6), "vector"), "identity")
  expect_equal(summary_of(matrix(1:126, 6), "vector"), "dense")
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

test_that("few simulations read at once get an ensemble, others one flow", {
  moons <- example_model("two_moons")
  offline <- default_networks(moons, nsim = 10000)
  expect_identical(
    offline$inference,
    inference_ensemble(5, inference_coupling_flow("spline", depth = 4, width = 16))
  )
  expect_equal(offline$learning_rate, 4e-3)
  online <- default_networks(moons)
  expect_identical(online$inference, inference_coupling_flow("spline", width = 64))
  expect_equal(online$learning_rate, 2e-3)
  expect_equal(online$batch_size, 256)
  rows <- default_networks(example_model("gaussian_mean"), nsim = 10000)
  expect_identical(rows$inference, inference_coupling_flow())
  expect_equal(rows$learning_rate, 5e-4)
})

test_that("the learning rate follows the network that was asked for", {
  rate <- function(inference, ...) {
    fit_posterior(
      example_model("two_moons"),
      inference = inference, epochs = 1, batches_per_epoch = 1,
      validation = 10, seed = 1, silent = TRUE, ...
    )$spec$training$learning_rate
  }
  expect_equal(rate(inference_coupling_flow(width = 64)), 2e-3)
  expect_equal(rate(inference_coupling_flow(width = 64), batch_size = 64), 1e-3)
  expect_equal(rate(inference_mixture(width = 8)), 4e-3)
  expect_equal(rate(inference_flow_matching(width = 16, blocks = 1)), 1e-3)
  expect_equal(rate(inference_coupling_flow(width = 32), learning_rate = 3e-3), 3e-3)
})
