schools_prior <- function() {
  priors(
    mu ~ normal(0, 1),
    tau ~ exponential(2),
    theta ~ normal(mu, tau, plate = "school"),
    slope ~ normal(0, 1, dim = 2, plate = "school")
  )
}

schools <- function(observed = "exchangeable", ...) {
  generative_model(
    schools_prior(),
    simulator(function(theta, n) {
      rnorm(n, theta$theta, 0.001 + 0 * sum(theta$slope) + 0 * theta$tau)
    }, ...),
    observed = observed,
    context = priors(school ~ discrete_uniform(2, 5), n ~ discrete_uniform(1, 3))
  )
}

compiled_schools <- function() {
  generative_model(
    schools_prior(),
    cpp_simulator(code = "
      #include <amortflow/simulator.hpp>
      void school(const amortflow::input& in, amortflow::output& out, amortflow::rng& random) {
        const auto n = static_cast<std::int64_t>(in.context[0]);
        double* x = out.observable(0, n);
        for (std::int64_t i = 0; i < n; ++i) x[i] = in.theta[2] + 0.001 * random.normal();
      }
      AMORTFLOW_SIMULATOR(school, amortflow::sizes().parameters(5).context(\"n\")
        .positions(amortflow::varies))
    "),
    observed = "exchangeable",
    context = priors(school ~ discrete_uniform(2, 5), n ~ discrete_uniform(1, 3))
  )
}

test_that("every group has local parameters and data of its own", {
  for (model in list(schools(), compiled_schools())) {
    s <- simulate(model, 40, seed = 1)
    groups <- unname(s$context[, "school"])
    expect_setequal(groups, 2:5)
    expect_named(s$local, "school")
    expect_equal(vapply(s$local$school, nrow, 1L), as.integer(groups))
    expect_equal(colnames(s$local$school[[1]]), c("theta", "slope[1]", "slope[2]"))
    expect_equal(vapply(s$data, nrow, 1L), as.integer(groups * s$context[, "n"]))
    for (i in 1:40) {
      data <- s$data[[i]]
      expect_equal(colnames(data), c("school", "x"))
      expect_equal(unique(data[, "school"]), seq_len(groups[[i]]))
      expect_lt(max(abs(data[, "x"] - s$local$school[[i]][data[, "school"], "theta"])), 0.01)
    }
    # 40 x 2 to 5 groups: two equal ones are a fault.
    expect_false(any(duplicated(unlist(lapply(s$data, \(d) d[, "x"])))))
    expect_output(print(s), "local: +of each school")
    part <- s[3:4]
    expect_identical(part$local$school, s$local$school[3:4])
    expect_identical(simulate(model, 40, seed = 1, cores = 2), s)
    later <- draw_simulations(model, 20, 5, 1)
    expect_equal(blocks_data(later$data, "exchangeable"), s$data[21:25])
  }
})

test_that("context and priors of C++ and R simulators with a plate are the same", {
  a <- simulate(schools(), 30, seed = 3)
  b <- simulate(compiled_schools(), 30, seed = 3)
  expect_identical(a$parameters, b$parameters)
  expect_identical(a$context, b$context)
  expect_equal(a$local, b$local)
})

test_that("equal numbers of groups give arrays, vectorized simulators see a group a row", {
  seen <- NULL
  model <- generative_model(
    priors(mu ~ normal(0, 1), theta ~ normal(mu, 1, plate = "person")),
    simulator(function(theta) {
      seen <<- c(seen, length(theta$theta))
      cbind(a = theta$theta, b = theta$mu)
    }, vectorized = TRUE),
    context = function(nsim) list(person = rep(3, nsim))
  )
  s <- simulate(model, 7, seed = 1)
  expect_equal(seen, rep(3, 7))
  expect_equal(dim(s$local$person), c(7, 3, 1))
  expect_equal(dimnames(s$data)[[3]], c("person", "a", "b"))
  expect_equal(s$data[, , "a"], s$local$person[, , 1])
  expect_equal(s$data[, 2, "b"], unname(s$parameters[, "mu"]))
})

test_that("a failed group is a failed simulation", {
  calls <- 0
  model <- generative_model(
    schools_prior(),
    simulator(function(theta) {
      calls <<- calls + 1
      if (calls == 5) stop("boom") else theta$theta
    }),
    context = function(nsim) list(school = rep(2, nsim))
  )
  condition <- expect_error(
    simulate(model, 5, seed = 1),
    "Simulation 3 failed: group 1: the simulator raised an error: boom",
    class = "amortflow_error_simulator"
  )
  calls <- 0
  s <- suppressWarnings(simulate(model, 5, seed = 1, on_error = "drop"))
  expect_equal(dim(s$local$school), c(4, 2, 3))
  odd <- generative_model(
    schools_prior(), simulator(\(theta) theta$theta),
    context = function(nsim) list(school = rep(1.5, nsim))
  )
  expect_error(simulate(odd, 5, seed = 1), "`school` must be a whole number of groups")
  expect_error(
    generative_model(schools_prior(), simulator(\(theta) 1)),
    "The prior needs one number `school` of context",
    class = "amortflow_error_config"
  )
})

test_that("models with a plate are refused where they cannot be used yet", {
  expect_error(
    fit_posterior(schools(), seed = 1, silent = TRUE), "must not have a plate",
    class = "amortflow_error_unsupported"
  )
  expect_error(
    fit_posterior(simulations = simulate(schools(), 5, seed = 1)),
    "local parameters", class = "amortflow_error_unsupported"
  )
  expect_error(
    simulate(schools(), 5, store = withr::local_tempdir()), "must not have a plate",
    class = "amortflow_error_unsupported"
  )
})

test_that("priors may use context that is given to them", {
  prior <- priors(mu ~ normal(0, scale), given = "scale")
  model <- generative_model(
    prior, simulator(\(theta) theta$mu),
    context = function(nsim) list(scale = rep(c(0.001, 1000), length.out = nsim))
  )
  s <- simulate(model, 100, seed = 1)
  small <- s$context[, "scale"] < 1
  expect_true(all(abs(s$parameters[small, ]) < 0.01))
  expect_gt(stats::median(abs(s$parameters[!small, ])), 100)
  expect_error(
    generative_model(prior, simulator(\(theta) theta$mu)),
    "The prior needs one number `scale` of context",
    class = "amortflow_error_config"
  )
})
