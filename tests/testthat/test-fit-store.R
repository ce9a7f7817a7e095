tiny_fit <- function(...) {
  fit_posterior(
    ...,
    inference = inference_coupling_flow(depth = 2, width = 16),
    silent = TRUE
  )
}

two_moons_store <- function(nsim, env = parent.frame()) {
  folder <- withr::local_tempfile(.local_envir = env)
  simulate(example_model("two_moons"), nsim, seed = 3, store = folder)
}

test_that("training from a store learns what training from memory learns", {
  store <- two_moons_store(4000)
  memory <- simulate(example_model("two_moons"), nsim = 4000, seed = 3)
  losses <- vapply(list(store, memory), function(simulations) {
    fit <- tiny_fit(NULL, simulations, epochs = 4, batch_size = 64, seed = 2)
    mean(-log_density(fit, memory$parameters[3601:4000, ], memory[3601:4000]))
  }, 0)
  # Two other orders of the same simulations: the losses of 20 seeds from memory
  # have an sd of 0.05.
  expect_lt(abs(losses[[1]] - losses[[2]]), 0.35)
  expect_lt(losses[[1]], 1)
})

test_that("weights do not depend on cores, nor on when they are trained", {
  withr::local_options(amortflow.store_buffer = 20000)
  store <- two_moons_store(3000)
  weights <- lapply(c(1, 2, 1), function(cores) {
    tiny_fit(NULL, store, epochs = 2, batch_size = 128, seed = 2, cores = cores)$weights
  })
  expect_identical(weights[[1]], weights[[2]])
  expect_identical(weights[[1]], weights[[3]])
})

test_that("the last simulations validate, the others train", {
  store <- two_moons_store(500)
  fit <- tiny_fit(NULL, store, epochs = 1, seed = 2)
  expect_identical(fit$validation$parameters, store[451:500]$parameters)
  expect_identical(fit$spec$training$batches_per_epoch, floor(450 / fit$spec$training$batch_size))
})

test_that("series, context and several observables train from a store", {
  model <- generative_model(
    priors(mu ~ normal(0, 1)),
    simulator(function(theta, n) {
      list(points = rnorm(n, theta$mu), total = c(a = theta$mu + rnorm(1), b = 1))
    }),
    observed = c(points = "exchangeable", total = "vector"),
    context = priors(n ~ discrete_uniform(2, 6))
  )
  store <- simulate(model, 300, seed = 1, store = withr::local_tempfile())
  memory <- simulate(model, 300, seed = 1)
  expect_identical(store$parameters, memory$parameters)
  expect_identical(store$context, memory$context)
  expect_equal(store$data, memory$data, tolerance = 1e-6)
  fit <- tiny_fit(model, store, epochs = 1, batch_size = 32, seed = 2)
  expect_identical(fit$outcome$dropped, 0)
})

test_that("a shard truncated during training is an error with the best fit so far", {
  skip_on_cran()
  skip_on_os("windows")
  withr::local_options(amortflow.store_buffer = 1000)
  for (damage in c("truncate -s 100", "rm")) {
    store <- two_moons_store(3000)
    shard <- file.path(store$path, "shard-000010.bin")
    system2("sh", c("-c", shQuote(sprintf("sleep 2; %s '%s'", damage, shard))), wait = FALSE)
    error <- expect_error(
      tiny_fit(
        NULL, store, epochs = 100000, batches_per_epoch = 5, batch_size = 64,
        patience = 100000, seed = 2
      ),
      "shard-000010",
      class = "amortflow_error_store"
    )
    expect_s3_class(error$fit, "amortflow_posterior_fit")
    expect_identical(error$fit$outcome$code, "store_failed")
    expect_gt(error$fit$outcome$best_epoch, 0)
    expect_identical(dim(sample_posterior(error$fit, c(0, 0), ndraws = 10, seed = 1))[[1]], 10L)
  }
})

test_that("writing and training take little memory", {
  skip_on_cran()
  skip_if_not(file.exists("/proc/self/status"))
  script <- withr::local_tempfile(fileext = ".R")
  folder <- withr::local_tempfile()
  # 300 000 x 100 numbers: 240 MB in memory, many times over.
  writeLines(c(
    "most <- function() {",
    "  line <- grep('^VmHWM', readLines('/proc/self/status'), value = TRUE)",
    "  as.numeric(sub('[^0-9]*([0-9]+).*', '\\\\1', line)) / 1024",
    "}",
    "library(amortflow)",
    "options(amortflow.store_buffer = 2^24, amortflow.store_shard = 2^22)",
    "model <- generative_model(",
    "  priors(mu ~ normal(0, 1)),",
    "  simulator(function(theta) {",
    "    matrix(rnorm(100 * length(theta$mu), theta$mu), ncol = 100)",
    "  }, vectorized = TRUE)",
    ")",
    "tiny <- function(x) fit_posterior(",
    "  simulations = x, inference = inference_coupling_flow(depth = 2, width = 16),",
    "  epochs = 1, batch_size = 4096, seed = 1, silent = TRUE",
    ")",
    "fit <- tiny(simulate(model, 5000, seed = 2))",
    "before <- most()",
    "store <- simulate(model, 3e5, seed = 1, store = commandArgs(TRUE)[[1]])",
    "fit <- tiny(store)",
    "cat(most() - before)"
  ), script)
  withr::local_envvar(R_LIBS = paste(.libPaths(), collapse = .Platform$path.sep))
  grown <- system2(
    file.path(R.home("bin"), "Rscript"), shQuote(c(script, folder)),
    stdout = TRUE, stderr = FALSE
  )
  expect_lt(as.numeric(tail(grown, 1)), 150)
})
