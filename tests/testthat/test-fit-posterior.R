tiny <- function(...) {
  arguments <- list(
    model = example_model("two_moons"),
    inference = inference_coupling_flow(depth = 2, width = 16),
    epochs = 2, batches_per_epoch = 10, batch_size = 64, validation = 100,
    seed = 5, silent = TRUE
  )
  given <- list(...)
  arguments[names(given)] <- given
  do.call(fit_posterior, arguments)
}

test_that("a conjugate posterior is learned, from R simulations made online", {
  fit <- fit_posterior(
    conjugate_model(),
    inference = inference_coupling_flow(depth = 2, width = 32),
    epochs = 10, batches_per_epoch = 100, seed = 1, silent = TRUE
  )
  draws <- sample_posterior(fit, matrix(c(-2, 0, 2)), ndraws = 4000, seed = 2)
  # Tolerances: Monte-Carlo errors are 0.011 (mean) and 0.008 (sd); the rest is left to 1,000 steps of training.
  for (i in 1:3) {
    theta <- as.numeric(draws[[i]])
    expect_lt(abs(mean(theta) - c(-1, 0, 1)[[i]]), 0.12)
    expect_lt(abs(sd(theta) - sqrt(0.5)), 0.08)
  }
})

test_that("same seed, same weights; another seed, others", {
  expect_identical(tiny()$weights, tiny()$weights)
  expect_false(identical(tiny()$weights, tiny(seed = 6)$weights))
  set.seed(1)
  first <- tiny(seed = NULL)
  set.seed(1)
  expect_identical(tiny(seed = NULL)$weights, first$weights)
})

test_that("weights are bit-identical for one core and two", {
  for (name in c("two_moons", "sir_school")) {
    fits <- lapply(1:2, function(cores) {
      tiny(model = example_model(name), batch_size = 128, cores = cores)
    })
    expect_identical(fits[[1]]$spec$training$shards, 4)
    expect_identical(fits[[1]]$weights, fits[[2]]$weights)
    expect_identical(
      fits[[1]]$history[c("loss", "validation_loss")],
      fits[[2]]$history[c("loss", "validation_loss")]
    )
  }
})

test_that("offline training uses the simulations it is given", {
  simulations <- simulate(example_model("two_moons"), nsim = 500, seed = 1)
  fit <- tiny(
    model = NULL, simulations = simulations, batches_per_epoch = "auto",
    batch_size = "auto"
  )
  expect_length(fit$validation, 50)
  expect_null(fit$model)
  expect_equal(fit$spec$training$batches_per_epoch, floor(450 / 32))
  expect_identical(
    fit$weights,
    tiny(
      model = NULL, simulations = simulations, batches_per_epoch = "auto",
      batch_size = "auto", cores = 2
    )$weights
  )
})

test_that("ragged exchangeable data train and are sampled", {
  set.seed(2)
  mu <- matrix(rnorm(300), dimnames = list(NULL, "mu"))
  data <- lapply(mu, function(m) matrix(rnorm(sample(3:12, 1), m)))
  fit <- tiny(
    model = NULL, batch_size = 50, batches_per_epoch = 5,
    simulations = simulations(mu, data, observed = "exchangeable")
  )
  expect_equal(fit$spec$observables[[1]]$n_obs, c(3, 12))
  draws <- sample_posterior(fit, data[1:3], ndraws = 20, seed = 1)
  expect_equal(dim(draws), c(20, 3, 1))
})

test_that("a learning rate that diverges keeps the best weights and says so", {
  expect_warning(
    fit <- tiny(learning_rate = 1e4, epochs = 8),
    class = "amortflow_warning_outcome"
  )
  expect_equal(fit$outcome$code, "diverged")
  losses <- c(fit$history$validation_loss, Inf)
  expect_true(
    fit$outcome$best_epoch == 0 ||
      fit$outcome$best_validation_loss == min(losses, na.rm = TRUE)
  )
  expect_true(all(is.finite(
    log_density(fit, matrix(0.1, 1, 2), c(0, 0))
  )))
})

test_that("training stops early when validation stops improving", {
  simulations <- simulate(example_model("two_moons"), nsim = 60, seed = 1)
  fit <- tiny(
    model = NULL, simulations = simulations, epochs = 400, patience = 3,
    batches_per_epoch = 20, batch_size = 32, learning_rate = 5e-3
  )
  expect_equal(fit$outcome$code, "stopped_early")
  expect_equal(
    fit$outcome$best_validation_loss, min(fit$history$validation_loss)
  )
})

test_that("misspelt and impossible arguments are refused", {
  model <- example_model("two_moons")
  expect_error(fit_posterior(model, epoch = 2, epohcs = 3), "unused argument")
  refused <- function(...) {
    expect_error(fit_posterior(model, ...), class = "amortflow_error_argument")
  }
  refused(epochs = 0)
  refused(epochs = 2.5)
  refused(batch_size = "many")
  refused(learning_rate = -1)
  refused(summary = "deep_set")
  refused(inference = summary_deep_set())
  refused(device = "gpu")
  refused(validation = 0)
  refused(cores = 0)
  expect_error(fit_posterior(), class = "amortflow_error_argument")
  expect_error(fit_posterior(list()), class = "amortflow_error_argument")
})

test_that("one simulation is enough for validation", {
  expect_true(is.finite(tiny(validation = 1)$outcome$best_validation_loss))
  three <- simulate(example_model("two_moons"), nsim = 3, seed = 1)
  expect_true(is.finite(tiny(model = NULL, simulations = three)$outcome$best_validation_loss))
  expect_refused(
    tiny(model = NULL, simulations = three[1:2]), "simulations",
    "Training and validation need at least 3 finite simulations, not 2."
  )
})

test_that("fewer than two simulations are refused", {
  simulations <- simulate(example_model("two_moons"), nsim = 3, seed = 1)
  expect_error(
    tiny(model = NULL, simulations = simulations[1]),
    class = "amortflow_error_simulations"
  )
  simulations$data[2:3, ] <- NaN
  expect_error(
    tiny(model = NULL, simulations = simulations),
    class = "amortflow_error_simulations"
  )
})

failing_model <- function(calls) {
  count <- 0
  generative_model(
    priors(theta ~ normal(0, 1)),
    simulator(function(theta) {
      count <<- count + 1
      if (count > calls) {
        rlang::abort("the simulator's own error", class = "users_error")
      }
      theta$theta + rnorm(2)
    })
  )
}

test_that("a simulator that fails in training leaves the best fit so far", {
  error <- expect_error(
    tiny(model = failing_model(1100 + 5 * 64), batches_per_epoch = 2, epochs = 10),
    class = "amortflow_error_simulator"
  )
  expect_s3_class(error$fit, "amortflow_posterior_fit")
  expect_equal(error$fit$outcome$code, "simulator_failed")
  expect_s3_class(error$parent, "amortflow_error_simulator")
  expect_true(is.numeric(error$parent$index))
  expect_equal(
    dim(sample_posterior(error$fit, c(0, 0), ndraws = 5, seed = 1)), c(5, 1, 1)
  )
  file <- withr::local_tempfile()
  save_fit(error$fit, file)
  expect_identical(load_fit(file)$weights, error$fit$weights)
})

test_that("the fit of a simulator that fails in the first epoch can be kept", {
  error <- expect_error(
    tiny(model = failing_model(1100 + 10), batches_per_epoch = 50),
    class = "amortflow_error_simulator"
  )
  expect_equal(nrow(error$fit$history), 0)
  expect_output(print(error$fit), "simulator_failed")
  file <- withr::local_tempfile()
  save_fit(error$fit, file)
  restored <- load_fit(file)
  expect_equal(restored$history, error$fit$history)
  expect_output(print(restored), "simulator_failed")
})

test_that("a simulator that fails before training is an error with its index", {
  error <- expect_error(
    tiny(model = failing_model(499)),
    class = "amortflow_error_simulator"
  )
  expect_equal(error$index, 500)
  expect_s3_class(error$parent, "users_error")
})

test_that("simulations that are not finite are left out and counted", {
  half <- generative_model(
    priors(theta ~ normal(0, 1)),
    simulator(
      function(theta) {
        cbind(ifelse(theta$theta > 1, NaN, rnorm(length(theta$theta))))
      },
      vectorized = TRUE
    )
  )
  expect_warning(
    fit <- suppressWarnings(
      tiny(model = half),
      classes = "amortflow_warning_dropped"
    ),
    class = "amortflow_warning_simulations"
  )
  expect_gt(fit$outcome$dropped, 0)
})

test_that("an interrupt keeps the best fit", {
  skip_on_os("windows")
  skip_on_cran()
  # The simulator says when training is under way; only then does the shell send SIGINT. It gives up after a minute.
  script <- sprintf(
    "library(amortflow, lib.loc = c(%s))
    training <- tempfile()
    calls <- 0
    shift <- function(theta) {
      calls <<- calls + 1
      if (calls == 20) file.create(training)
      theta$theta + stats::rnorm(length(theta$theta))
    }
    model <- generative_model(
      priors(theta ~ normal(0, 1, dim = 2)), simulator(shift, vectorized = TRUE)
    )
    system(sprintf(
      '(for i in $(seq 600); do [ -e %%s ] && break; sleep 0.1; done; sleep 0.3; kill -INT %%d) &',
      training, Sys.getpid()
    ))
    fit <- tryCatch(
      fit_posterior(model, epochs = 100000, seed = 1, silent = TRUE),
      interrupt = function(e) 'lost'
    )
    cat(if (is.list(fit)) fit$outcome$code else fit)",
    paste(dQuote(.libPaths(), FALSE), collapse = ", ")
  )
  file <- withr::local_tempfile(lines = script, fileext = ".R")
  output <- system2(
    file.path(R.home("bin"), "Rscript"), c("--vanilla", file),
    stdout = TRUE, stderr = TRUE
  )
  expect_match(paste(output, collapse = "\n"), "interrupted")
})

test_that("training goes on from an earlier fit", {
  first <- small_fit()
  second <- tiny(from = first, epochs = 1)
  expect_lt(
    second$outcome$best_validation_loss, tiny(epochs = 1)$outcome$best_validation_loss
  )
})

test_that("`from` must have the same networks and shapes", {
  first <- small_fit()
  expect_refused(
    tiny(from = first, inference = inference_coupling_flow(depth = 1, width = 16)),
    "config", c("`from` must be a fit with the same networks", "depth = 2", "depth = 1")
  )
  expect_refused(
    tiny(from = first, model = conjugate_model()), "config",
    "it has 2 parameters, not 1"
  )
  expect_refused(tiny(from = list()), "argument", "`from` must be made by")
  moved <- generative_model(
    priors(theta ~ uniform(-2, 2, dim = 2)), example_simulator("two_moons")
  )
  expect_warning(
    tiny(from = first, model = moved, epochs = 1),
    class = "amortflow_warning_from"
  )
  expect_no_warning(tiny(from = first, epochs = 1))
})

test_that("file = keeps a fit and file_refit decides when it is made again", {
  file <- withr::local_tempfile(fileext = ".amortflow")
  first <- tiny(file = file)
  expect_true(file.exists(file))
  expect_identical(tiny(file = file, epochs = 1)$weights, first$weights)
  again <- tiny(file = file, file_refit = "on_change")
  expect_identical(again$weights, first$weights)
  changed <- tiny(file = file, file_refit = "on_change", epochs = 1)
  expect_equal(nrow(changed$history), 1)
  expect_equal(nrow(tiny(file = file)$history), 1)
  expect_equal(nrow(tiny(file = file, file_refit = "always")$history), 2)
})

# Two models of the same shapes, and one of others.
shifted_model <- function(shift, prior = priors(theta ~ normal(0, 1))) {
  generative_model(prior, simulator(
    function(theta) cbind(theta[[1]] + shift + rnorm(length(theta[[1]]))),
    vectorized = TRUE
  ))
}

test_that("the fit of another model in `file` is not returned silently", {
  file <- withr::local_tempfile()
  tiny(model = shifted_model(0), file = file, epochs = 1)
  expect_no_warning(tiny(model = shifted_model(0), file = file, epochs = 1))
  warning <- expect_warning(
    tiny(model = shifted_model(5), file = file, epochs = 1),
    class = "amortflow_warning_file"
  )
  expect_match(conditionMessage(warning), "file_refit")
  renamed <- shifted_model(0, priors(mu ~ normal(0, 1)))
  expect_refused(
    tiny(model = renamed, file = file), "config",
    c("has parameters theta", "has mu")
  )
  expect_refused(tiny(file = file), "config", "theta[1]")
  expect_refused(
    load_fit(file, model = renamed), "config", "must hold a fit of the model"
  )
  expect_warning(
    load_fit(file, model = shifted_model(5)),
    class = "amortflow_warning_file"
  )
  expect_no_warning(load_fit(file, model = shifted_model(0)))
  refitted <- expect_no_warning(
    tiny(model = renamed, file = file, file_refit = "on_change", epochs = 1)
  )
  expect_equal(refitted$spec$variables, "mu")
})

test_that("a fit cut short is kept, and read with a warning or trained again", {
  file <- withr::local_tempfile()
  fit <- tiny(file = file)
  for (code in c("interrupted", "diverged", "simulator_failed")) {
    fit$outcome$code <- code
    save_fit(fit, file)
    warning <- expect_warning(
      kept <- tiny(file = file),
      class = "amortflow_warning_outcome"
    )
    expect_match(conditionMessage(warning), code)
    expect_identical(kept$weights, fit$weights)
    again <- expect_no_warning(tiny(file = file, file_refit = "on_change"))
    expect_equal(again$outcome$code, "max_epochs")
  }
})

test_that("file_refit = \"on_change\" sees support, observed, `from` and environments", {
  hash <- function(model = NULL, simulations = NULL, from = NULL) {
    fit_hash(model_identity(model, simulations), simulations, list(), 1, from)
  }
  set.seed(1)
  theta <- matrix(rexp(40), dimnames = list(NULL, "theta"))
  x <- matrix(rnorm(80), 40)
  free <- hash(simulations = simulations(theta, x))
  expect_identical(hash(simulations = simulations(theta, x)), free)
  positive <- simulations(theta, x, prior = priors(theta ~ exponential(1)))
  expect_false(hash(simulations = positive) == free)
  series <- simulations(theta, x, observed = "series")
  expect_false(hash(simulations = series) == free)
  from <- hash(simulations = series, from = small_fit())
  expect_false(from == hash(simulations = series))

  config <- new.env()
  config$a <- 1
  config$self <- config
  model <- generative_model(
    priors(theta ~ normal(0, 1)), simulator(\(theta) config$a * theta$theta)
  )
  first <- hash(model)
  expect_identical(hash(model), first)
  config$a <- 2
  expect_false(hash(model) == first)
})

test_that("the hash of a model stays when its functions are compiled", {
  tools <- list(f = function(x) x + 1, n = 1:3)
  model <- generative_model(
    priors(theta ~ normal(0, 1)), simulator(\(theta) tools$f(theta$theta) + tools$n)
  )
  first <- model_hash(model)
  for (i in 1:5) tools$f(1)
  sort(tools$n)
  expect_identical(model_hash(model), first)
  tools$f <- compiler::cmpfun(tools$f)
  tools$n <- c(1L, 2L, 3L)
  expect_identical(model_hash(model), first)
  tools$f <- function(x) x + 2
  expect_false(model_hash(model) == first)
  theta <- 3
  expect_false(identical(model_hash(model), first))
})

test_that("a file that cannot be written is an error before training", {
  folder <- withr::local_tempdir()
  refused <- function(file, text) {
    called <- FALSE
    model <- generative_model(priors(theta ~ normal(0, 1)), simulator(\(theta) {
      called <<- TRUE
      0
    }))
    expect_refused(tiny(model = model, file = file), "format", text)
    expect_false(called)
  }
  refused(file.path(folder, "missing", "fit"), "does not exist")
  refused(folder, "must be a file, not a folder")
})

test_that("a fit that cannot be kept after training is in the condition", {
  folder <- withr::local_tempdir()
  file <- file.path(folder, "sub", "fit")
  dir.create(dirname(file))
  vanish <- generative_model(priors(theta ~ normal(0, 1)), simulator(\(theta) {
    unlink(file.path(folder, "sub"), recursive = TRUE)
    theta$theta + rnorm(1)
  }))
  error <- expect_refused(
    tiny(model = vanish, file = file, epochs = 1), "format",
    "could not be kept"
  )
  expect_s3_class(error$fit, "amortflow_posterior_fit")
})

test_that("simulations must belong to the model", {
  made <- simulate(shifted_model(0), nsim = 60, seed = 1)
  offline <- function(model, simulations = made) {
    tiny(model = model, simulations = simulations, batch_size = 20, epochs = 1)
  }
  expect_no_warning(offline(shifted_model(0)))
  expect_warning(
    offline(shifted_model(5)),
    class = "amortflow_warning_simulations"
  )
  expect_refused(
    offline(shifted_model(0, priors(mu ~ normal(0, 1)))), "config",
    c("`simulations` has parameters theta", "`model` has mu")
  )
})

test_that("the advice after all epochs follows from the best epoch", {
  expect_match(outcome_advice("max_epochs", 3, 3), "still improving")
  expect_match(outcome_advice("max_epochs", 2, 3), "best in epoch 2 of 3")
})

test_that("errors show the user's call", {
  shown <- function(...) {
    error <- expect_error(
      fit_posterior(..., seed = 1, silent = TRUE),
      class = "amortflow_error"
    )
    expect_equal(as.character(conditionCall(error)[[1]]), "fit_posterior")
  }
  file <- withr::local_tempfile(lines = "no fit")
  shown(example_model("two_moons"), file = file)
  shown(example_model("two_moons"), file = file.path(file, "fit"))
  shown(example_model("two_moons"), from = 1)
  shown(example_model("two_moons"), epochs = 0)
  shown(simulations = simulations(1:9, matrix(1:27, 9), observed = "series"),
    summary = summary_identity())
})

test_that("print and summary say what was chosen and how it ended", {
  fit <- small_fit()
  shown <- paste(capture.output(print(fit)), collapse = "\n")
  for (part in c(
    "theta\\[1\\]", "inference_coupling_flow\\(", "batches of 256", "4 shards",
    "instruction set", fit$outcome$code, "Model: +two_moons",
    "3 epochs of 20", "schedule \"cosine\"",
    "Speed: +1 thread; [0-9.,]+ steps and [0-9.,]+ data sets a second; [0-9]+ % of",
    "Adapter: +all parameters: logit on \\(-1, 1\\), standardised",
    "all data: standardised"
  )) {
    expect_match(shown, part)
  }
  expect_equal(summary(fit)$n_weights, fit$outcome$n_weights)
  fit["model"] <- list(NULL)
  expect_output(print(fit), "Model: +none attached")
  heavy <- list(kind = "asinh", center = c(0, 0), scale = c(0, 2))
  fit$adapter$data[[1]] <- c(list(heavy), fit$adapter$data[[1]])
  expect_output(print(fit), "x\\[2\\]: asinh \\(tails\\), standardised")
})

test_that("a forked child refuses to train", {
  skip_on_os("windows")
  job <- parallel::mcparallel(
    tryCatch(fit_posterior(example_model("two_moons")), error = identity)
  )
  condition <- parallel::mccollect(job)[[1]]
  expect_s3_class(condition, "amortflow_error_config")
  expect_match(conditionMessage(condition), "forked process")
})
