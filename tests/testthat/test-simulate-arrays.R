field_prior <- function() priors(mu ~ normal(0, 1))

# Element [i, j, c] is mu + 100 c + 10 i + j, so that each says where it belongs.
marked <- function(mu, shape) {
  grid <- if (length(shape) > 1) outer(10 * seq_len(shape[[1]]), seq_len(shape[[2]]), `+`)
  if (length(shape) == 1) {
    return(mu + seq_len(shape))
  }
  if (length(shape) == 2) {
    return(mu + grid)
  }
  mu + outer(grid, 100 * seq_len(shape[[3]]), `+`)
}

marked_model <- function(shape, vectorized = FALSE) {
  f <- if (vectorized) {
    function(theta) {
      sets <- lapply(theta$mu, marked, shape = shape)
      aperm(array(unlist(sets), c(shape, length(sets))), c(length(shape) + 1, seq_along(shape)))
    }
  } else {
    function(theta) marked(theta$mu, shape)
  }
  generative_model(field_prior(), simulator(f, vectorized = vectorized), observed = "array")
}

test_that("simulate() gives arrays of the simulator's shape with a leading simulation dimension", {
  for (shape in list(5L, c(3L, 4L), c(3L, 4L, 2L))) {
    for (vectorized in c(FALSE, TRUE)) {
      drawn <- simulate(marked_model(shape, vectorized), nsim = 6, seed = 1)
      expect_equal(dim(drawn$data), c(6, shape))
      for (i in c(1, 6)) {
        one <- array(asplit(drawn$data, 1)[[i]], shape)
        expect_equal(one, array(marked(drawn$parameters[[i]], shape), shape))
      }
      expect_equal(drawn[4:5]$data, array(apply(drawn$data, seq_along(shape) + 1, `[`, 4:5), c(2, shape)))
    }
  }
})

test_that("blocks hold arrays place by place and give them back", {
  data <- array(rnorm(2 * 3 * 4 * 2), c(2, 3, 4, 2))
  rows <- data_rows(data, "array")
  expect_equal(dim(rows$values), c(2 * 12, 2))
  expect_equal(rows$values[1:5, 2], c(data[1, 1, , 2], data[1, 2, 1, 2]))
  expect_identical(rows$lengths, c(12L, 12L))
  expect_equal(rows_data(rows, "array"), data)
  expect_equal(block_array(subset_rows(rows, 2)), data[2, , , , drop = FALSE])
  expect_identical(element_of_array(7, 2, c(3, 4, 2)), "[2,3,2]")
})

test_that("simulations() takes arrays and lists of arrays, print and data frames name their elements", {
  data <- array(as.double(1:24), c(2, 3, 4))
  given <- simulations(c(1, 2), data, observed = "array")
  listed <- simulations(c(1, 2), list(data[1, , ], data[2, , ]), observed = "array")
  expect_equal(given$data, listed$data)
  expect_output(print(given), "array of 3 x 4")
  frame <- as.data.frame(given)
  expect_equal(frame[["x[2,3]"]], data[, 2, 3])
  expect_output(print(check_simulations(given)), "arrays of 3 x 4")
})

test_that("arrays of several shapes are refused by name of both", {
  odd <- generative_model(
    field_prior(), simulator(\(theta) matrix(0, 2, if (theta$mu > 0) 3 else 4)),
    observed = "array"
  )
  condition <- expect_error(simulate(odd, nsim = 50, seed = 1), class = "amortflow_error_simulator")
  expect_match(conditionMessage(condition), "an array of 2 x [34], but the first simulation gave 2 x [34]")
  expect_refused(
    simulations(c(1, 2), list(matrix(0, 2, 2), matrix(0, 2, 3)), observed = "array"), "argument",
    "`data[[1]]` is 2 x 2, `data[[2]]` is 2 x 3"
  )
  expect_refused(
    simulations(1:2, array(0, c(2, 2, 2, 2, 2)), observed = "array"), "argument",
    "a leading simulation dimension and one to three more"
  )
  expect_error(
    simulate(generative_model(field_prior(), simulator(\(theta) "x"), observed = "array"), nsim = 1, seed = 1),
    class = "amortflow_error_simulator"
  )
})

test_that("positions and variables of a C++ simulator are the grid of its arrays", {
  code <- "
#include <amortflow/simulator.hpp>
void f(const double* theta, double* out, amortflow::rng& random) {
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 4; ++j) out[4 * i + j] = theta[0] + 10 * (i + 1) + j + 1;
  }
}
AMORTFLOW_SIMULATOR(f, amortflow::sizes().positions(3).variables(4))
"
  model <- generative_model(field_prior(), cpp_simulator(code = code), observed = "array")
  expect_output(print(model), "an array of 3 x 4")
  drawn <- simulate(model, nsim = 3, seed = 1)
  expect_equal(drawn$data[2, , ], marked(drawn$parameters[[2]], c(3, 4)))
  # The other way, by rows of parameters.
  run <- run_simulator(
    model, drawn$parameters, matrix(0, 3, 0),
    list(first_index = 0, count = 3, seed = 1, cores = 1, stop_on_failure = TRUE),
    call = NULL
  )
  expect_equal(block_array(run$data[[1]]), drawn$data)
})

test_that("a store keeps the shape of arrays", {
  model <- marked_model(c(3L, 4L, 2L))
  folder <- withr::local_tempfile()
  store <- simulate(model, nsim = 20, seed = 1, store = folder)
  expect_equal(store$data, simulate(model, nsim = 20, seed = 1)$data, tolerance = 1e-6)
  expect_equal(dim(open_store(folder)[7:8]$data), c(2, 3, 4, 2))
})

test_that("groups of a plate have no arrays", {
  expect_refused(
    generative_model(
      priors(tau ~ exponential(1), theta ~ normal(0, tau, plate = "site")),
      simulator(\(theta) matrix(theta$theta, 2, 2)),
      observed = "array", context = priors(site ~ discrete_uniform(2, 3))
    ),
    "config", "must have rows of data, not arrays"
  )
})
