two_moons <- example_model("two_moons")

new_folder <- function(env = parent.frame()) withr::local_tempfile(.local_envir = env)

# Data as a store keeps them.
as_float <- function(x) {
  bytes <- writeBin(as.vector(x), raw(), size = 4)
  x[] <- readBin(bytes, "double", n = length(x), size = 4)
  x
}

expect_stored <- function(store, simulations) {
  expect_identical(store$parameters, simulations$parameters)
  expect_identical(store$data, as_float(simulations$data))
}

cut_file <- function(path, keep) {
  bytes <- readBin(path, "raw", n = file.size(path))
  writeBin(bytes[seq_len(keep)], path)
}

test_that("a store holds the simulations of the same call without it", {
  folder <- new_folder()
  store <- simulate(two_moons, nsim = 1000, seed = 3, store = folder)
  expect_s3_class(store, c("amortflow_store", "amortflow_simulations"), exact = TRUE)
  expect_length(store, 1000)
  expect_stored(store, simulate(two_moons, nsim = 1000, seed = 3))
  expect_gt(nrow(store$shards), 5)
  expect_identical(open_store(folder), store)
})

test_that("stores do not depend on cores", {
  stores <- lapply(1:2, function(cores) {
    simulate(two_moons, 2000, seed = 3, store = tempfile(), cores = cores)
  })
  expect_identical(stores[[1]]$shards, stores[[2]]$shards)
})

test_that("simulations are added, and a store keeps its seed", {
  folder <- new_folder()
  before <- simulate(two_moons, nsim = 100, seed = 3, store = folder)
  store <- simulate(two_moons, nsim = 777, store = folder)
  expect_length(before, 100)
  expect_stored(store, simulate(two_moons, nsim = 777, seed = 3))
  expect_identical(simulate(two_moons, nsim = 10, seed = 3, store = folder), store)
})

test_that("`[` reads simulations in the order asked for", {
  store <- simulate(two_moons, nsim = 700, seed = 3, store = new_folder())
  simulations <- simulate(two_moons, nsim = 700, seed = 3)
  i <- c(699, 1, 65, 64, 65)
  expect_identical(store[i]$parameters, simulations[i]$parameters)
  expect_identical(store[i]$data, as_float(simulations[i]$data))
  expect_s3_class(store[i], "amortflow_simulations", exact = TRUE)
  expect_length(store[-(1:690)], 10)
  expect_length(store[integer()], 0)
  expect_error(store[701], class = "amortflow_error_argument")
})

test_that("a store can be looked at as simulations can", {
  store <- simulate(two_moons, nsim = 300, seed = 3, store = new_folder())
  simulations <- simulate(two_moons, nsim = 300, seed = 3)
  expect_equal(as.data.frame(store), as.data.frame(simulations), tolerance = 1e-6)
  expect_identical(summary(store), summary(simulations))
  expect_output(print(store), "store of 300 simulations")
  expect_identical(nrow(check_simulations(store)), nrow(check_simulations(simulations)))
})

test_that("series and names of variables come back", {
  model <- generative_model(
    priors(mu ~ normal(0, 1)),
    simulator(function(theta) cbind(a = rnorm(4, theta$mu), b = 2^25 + rpois(4, 1e3))),
    observed = "series"
  )
  store <- simulate(model, nsim = 150, seed = 2, store = new_folder())
  simulations <- simulate(model, nsim = 150, seed = 2)
  expect_identical(dimnames(store$data), dimnames(simulations$data))
  expect_identical(store$data[, , "a"], as_float(simulations$data[, , "a"]))
  # Counts that a float cannot hold are exact.
  expect_identical(store$data[, , "b"], simulations$data[, , "b"])
})

test_that("vectorized functions are called for the same pieces", {
  draw_n <- function(nsim) list(n = sample(5, nsim, replace = TRUE))
  noise <- function(theta, n) matrix(rnorm(2 * length(theta$mu), n), ncol = 2)
  prior <- priors(mu ~ normal(0, 1))
  models <- list(
    generative_model(prior, simulator(noise, vectorized = TRUE), context = draw_n),
    generative_model(
      prior, simulator(function(theta, n) rnorm(2, n)),
      context = per_batch(draw_n)
    )
  )
  for (model in models) {
    store <- simulate(model, 2500, seed = 2, store = withr::local_tempfile())
    simulations <- simulate(model, 2500, seed = 2)
    expect_stored(store, simulations)
    expect_identical(store$context, simulations$context)
  }
})

test_that("a column is widened once counts outgrow a float", {
  # Simulation i gives i where that is small, and 2^24 + i from number 200 on.
  number <- 0
  model <- generative_model(
    priors(mu ~ normal(0, 1)),
    simulator(function(theta) {
      number <<- number + 1
      c(if (number > 200) 2^24 + number else number, theta$mu)
    })
  )
  store <- simulate(model, nsim = 400, seed = 2, store = new_folder())
  expect_identical(store$data[, 1], c(1:200, 2^24 + 201:400))
  types <- vapply(core_read_store_index(store$path)$shards, `[[`, "", "types")
  expect_identical(substr(types[c(1, length(types))], 4, 5), c("ff", "df"))
})

test_that("failed simulations are left out and counted with their parameters", {
  model <- generative_model(
    priors(mu ~ normal(0, 1)),
    simulator(function(theta) {
      if (theta$mu > 1.5) stop("too large") else c(rnorm(1, theta$mu), theta$mu)
    })
  )
  folder <- new_folder()
  expect_warning(
    store <- simulate(model, 500, seed = 4, store = folder, on_error = "drop"),
    class = "amortflow_warning_dropped"
  )
  expect_warning(
    simulations <- simulate(model, 500, seed = 4, on_error = "drop"),
    class = "amortflow_warning_dropped"
  )
  expect_stored(store, simulations)
  failures <- attr(store, "failures")
  expect_identical(failures, attr(simulations, "failures"))
  expect_true(all(failures$mu > 1.5))
  expect_identical(attr(store, "n_failed"), as.numeric(nrow(failures)))
  expect_no_warning(simulate(model, 500, store = folder, on_error = "drop"))
  error <- expect_error(
    simulate(model, 600, seed = 4, store = new_folder()),
    class = "amortflow_error_simulator"
  )
  expect_identical(error$index, failures$index[[1]])
})

test_that("a store of another model or seed is refused, as are other folders", {
  folder <- new_folder()
  simulate(two_moons, nsim = 10, seed = 3, store = folder)
  other <- generative_model(
    priors(theta ~ uniform(-1, 1, dim = 2)), example_simulator("two_moons")
  )
  other$prior <- priors(theta ~ uniform(-2, 2, dim = 2))
  expect_error(
    simulate(other, nsim = 20, store = folder), "another model",
    class = "amortflow_error_store"
  )
  expect_error(
    simulate(two_moons, nsim = 20, seed = 4, store = folder), "seed 3",
    class = "amortflow_error_store"
  )
  full <- new_folder()
  dir.create(full)
  writeLines("mine", file.path(full, "notes.txt"))
  expect_error(
    simulate(two_moons, nsim = 20, seed = 4, store = full), "notes.txt",
    class = "amortflow_error_store"
  )
  expect_error(open_store(full), class = "amortflow_error_store")
})

test_that("deleted and truncated shards are told, and made again", {
  folder <- new_folder()
  store <- simulate(two_moons, nsim = 500, seed = 3, store = folder)
  shard <- file.path(folder, "shard-000003.bin")
  whole <- tools::md5sum(shard)
  unlink(shard)
  expect_error(store[150], "missing", class = "amortflow_error_store")
  expect_length(store[1:128], 128)
  mended <- simulate(two_moons, nsim = 500, store = folder)
  expect_identical(tools::md5sum(shard), whole)
  cut_file(shard, 100)
  expect_error(mended$data, "bytes", class = "amortflow_error_store")
  mended <- simulate(two_moons, nsim = 600, store = folder)
  expect_identical(tools::md5sum(shard), whole)
  expect_stored(mended, simulate(two_moons, nsim = 600, seed = 3))
})

test_that("a damaged shard is told by its checksum", {
  store <- simulate(two_moons, nsim = 100, seed = 3, store = new_folder())
  shard <- file.path(store$path, store$shards$file[[1]])
  bytes <- readBin(shard, "raw", n = file.size(shard))
  bytes[[50]] <- xor(bytes[[50]], as.raw(1))
  writeBin(bytes, shard)
  expect_error(store$parameters, "checksum", class = "amortflow_error_store")
})

test_that("an interrupt leaves a store that the same call completes", {
  prior <- priors(mu ~ normal(0, 1))
  stop_at <- as.numeric(sample_prior(prior, 300, seed = 5)[300, 1, "mu"])
  been_there <- withr::local_tempfile()
  model <- generative_model(prior, simulator(function(theta) {
    if (theta$mu == stop_at && !file.exists(been_there)) {
      file.create(been_there)
      tools::pskill(Sys.getpid(), tools::SIGINT)
      Sys.sleep(5)
    }
    rnorm(3, theta$mu)
  }))
  folder <- new_folder()
  ended <- tryCatch(
    simulate(model, nsim = 1000, seed = 5, store = folder),
    interrupt = function(condition) "interrupted"
  )
  expect_identical(ended, "interrupted")
  partial <- open_store(folder)
  expect_gte(length(partial), 200)
  expect_lt(length(partial), 300)
  store <- simulate(model, nsim = 1000, seed = 5, store = folder)
  expect_stored(store, simulate(model, nsim = 1000, seed = 5))
})

test_that("a run that is killed at a random moment goes on where it was", {
  skip_on_cran()
  folder <- new_folder()
  script <- withr::local_tempfile(fileext = ".R")
  writeLines(c(
    "library(amortflow)",
    "folder <- commandArgs(TRUE)[[1]]",
    "cat(Sys.getpid(), file = paste0(folder, \".pid\"))",
    "simulate(example_model(\"two_moons\"), 5e6, seed = 8, store = folder)"
  ), script)
  withr::local_envvar(R_LIBS = paste(.libPaths(), collapse = .Platform$path.sep))
  withr::local_options(amortflow.store_shard = 1e5)
  for (round in 1:2) {
    system2(
      file.path(R.home("bin"), "Rscript"), shQuote(c(script, folder)),
      wait = FALSE, stdout = FALSE, stderr = FALSE
    )
    before <- if (round == 2) length(open_store(folder)) else 0
    begun <- function() {
      index <- file.path(folder, "index.jsonl")
      file.exists(index) && length(open_store(folder)) > before
    }
    for (i in 1:600) if (begun()) break else Sys.sleep(0.05)
    Sys.sleep(stats::runif(1, 0, 0.3))
    tools::pskill(as.integer(readLines(paste0(folder, ".pid"), warn = FALSE)), tools::SIGKILL)
    Sys.sleep(0.2)
  }
  there <- length(open_store(folder))
  expect_gt(there, 0)
  expect_lt(there, 5e6)
  store <- simulate(two_moons, nsim = there + 1000, seed = 8, store = folder)
  simulations <- simulate(two_moons, nsim = there + 1000, seed = 8)
  expect_stored(store, simulations)
})

# Simulations 101 to 399 fail; `output` of the others.
failing_for_long <- function(output, observed = "vector") {
  prior <- priors(mu ~ uniform(0, 1))
  failing <- as.numeric(sample_prior(prior, 399, seed = 1)[101:399, 1, "mu"])
  model <- generative_model(
    prior,
    simulator(function(theta) {
      if (theta$mu %in% failing) stop("out of range")
      output(theta$mu)
    }),
    observed = observed
  )
  function(on_error, store = NULL, nsim = 600) {
    suppressWarnings(
      simulate(model, nsim, seed = 1, store = store, on_error = on_error)
    )
  }
}

test_that("shards of failures alone do not end a store", {
  runs <- list(
    failing_for_long(function(mu) c(a = mu, b = 1)),
    failing_for_long(function(mu) c(mu, 1)),
    failing_for_long(function(mu) cbind(mu + 1:3, 1), "series")
  )
  for (run in runs) {
    for (on_error in c("drop", "keep")) {
      folder <- withr::local_tempfile()
      expect_stored(run(on_error, folder), run(on_error))
      store <- open_store(folder)
      expect_identical(attr(store, "n_failed"), 299)
      expect_identical(any(store$shards$simulations == 0), on_error == "drop")
    }
  }
})

test_that("training leaves shards of failures alone out", {
  store <- failing_for_long(function(mu) c(mu, 1))("drop", new_folder())
  model <- generative_model(priors(mu ~ uniform(0, 1)), simulator(function(theta) 1))
  attr(store, "model_hash") <- model_hash(model)
  fit <- fit_posterior(
    model,
    simulations = store, epochs = 1, batch_size = 32, seed = 1, silent = TRUE
  )
  expect_s3_class(fit, "amortflow_fit")
})

test_that("where all fail, `keep` has a store as without one, which can grow", {
  succeeds <- withr::local_tempfile()
  model <- generative_model(
    priors(mu ~ normal(0, 1)),
    simulator(function(theta) if (file.exists(succeeds)) c(theta$mu, 1) else stop("no"))
  )
  folder <- new_folder()
  expect_error(
    simulate(model, 70, seed = 1, store = new_folder(), on_error = "drop"),
    class = "amortflow_error_simulator"
  )
  store <- simulate(model, 70, seed = 1, store = folder, on_error = "keep")
  without <- simulate(model, 70, seed = 1, on_error = "keep")
  expect_identical(store$parameters, without$parameters)
  expect_identical(dim(store$data), dim(without$data))
  expect_identical(attr(store, "failures"), attr(without, "failures"))
  expect_identical(simulate(model, 70, store = folder, on_error = "keep"), store)
  file.create(succeeds)
  store <- simulate(model, 100, store = folder, on_error = "keep")
  expect_stored(store, simulate(model, 100, seed = 1))
})

test_that("a store has one way to treat failures", {
  run <- failing_for_long(function(mu) c(mu, 1))
  for (begun in c("drop", "keep")) {
    folder <- withr::local_tempfile()
    run(begun, folder)
    for (other in setdiff(c("stop", "drop", "keep"), begun)) {
      expect_error(
        run(other, folder, 700), sprintf("begun with `on_error = \"%s\"`", begun),
        class = "amortflow_error_store"
      )
    }
  }
})

test_that("a store that an error ended goes on with `on_error`", {
  model <- generative_model(
    priors(mu ~ normal(0, 1)),
    simulator(function(theta) if (theta$mu > 2) stop("too large") else theta$mu)
  )
  folder <- new_folder()
  expect_error(
    simulate(model, 500, seed = 4, store = folder),
    class = "amortflow_error_simulator"
  )
  drop <- function(...) {
    suppressWarnings(simulate(model, 500, seed = 4, on_error = "drop", ...))
  }
  expect_stored(drop(store = folder), drop())
  expect_error(
    simulate(model, 600, store = folder, on_error = "keep"), "\"drop\"",
    class = "amortflow_error_store"
  )
})

test_that("`~` is the home folder", {
  home <- path.expand("~")
  folder <- withr::local_tempfile(tmpdir = home)
  short <- file.path("~", basename(folder))
  withr::defer(unlink(folder, recursive = TRUE))
  store <- simulate(two_moons, 10, seed = 3, store = short)
  expect_true(file.exists(file.path(folder, "index.jsonl")))
  expect_identical(open_store(short), store)
})

test_that("parts of a store have names", {
  store <- simulate(two_moons, nsim = 10, seed = 3, store = new_folder())
  for (i in list(c("a", "b"), 5, NA_character_, NULL)) {
    expect_error(store[[i]], class = "amortflow_error_argument")
  }
  expect_null(store$other)
})

test_that("failures are printed once", {
  store <- failing_for_long(function(mu) c(mu, 1))("drop", new_folder())
  lines <- grep("failed:", format(store), value = TRUE)
  expect_identical(lines, "  failed:     299")
})
