# Interrupts of an R simulator come from its own calls, counted in an option, because a counter of the simulator's would
# make it another model.
calls_left <- function(theta) {
  left <- getOption("amortflow_test_calls_left", Inf)
  options(amortflow_test_calls_left = left - 1)
  if (left <= 1) {
    options(amortflow_test_calls_left = Inf)
    rlang::interrupt()
  }
  cbind(stats::rnorm(length(theta$theta), theta$theta, 1))
}

model_in_r <- generative_model(
  priors(theta ~ normal(0, 1)), simulator(calls_left, vectorized = TRUE)
)

short_fit <- function(..., checkpoint = NULL) {
  arguments <- list(
    model = model_in_r,
    inference = inference_coupling_flow(depth = 2, width = 16),
    epochs = 4, batches_per_epoch = 10, batch_size = 32, validation = 100,
    seed = 3, silent = TRUE, checkpoint = checkpoint
  )
  given <- list(...)
  arguments[names(given)] <- given
  do.call(fit_posterior, arguments)
}

# Two calls simulate before training: the pilot and the validation set.
interrupted_fit <- function(batch, ...) {
  withr::local_options(amortflow_test_calls_left = 2 + batch)
  short_fit(...)
}

expect_same_fit <- function(fit, whole) {
  expect_identical(fit$weights, whole$weights)
  columns <- setdiff(names(whole$history), "seconds")
  expect_identical(fit$history[columns], whole$history[columns])
  expect_identical(fit$outcome, whole$outcome)
  expect_identical(fit$speed$steps, whole$speed$steps)
}

test_that("a fit interrupted anywhere goes on to the weights that it would have had", {
  whole <- short_fit()
  for (batch in c(3, 11, 12, 26)) {
    path <- withr::local_tempfile()
    broken <- interrupted_fit(batch, checkpoint = path)
    expect_equal(broken$outcome$code, "interrupted")
    expect_match(broken$outcome$advice, "The same call goes on")
    expect_true(file.exists(path))
    again <- interrupted_fit(5, checkpoint = path)
    expect_equal(again$outcome$code, "interrupted")
    expect_same_fit(short_fit(checkpoint = path), whole)
    expect_false(file.exists(path))
  }
})

test_that("averages and training until convergence go on, too", {
  options <- list(schedule = "plateau", epochs = 6, average = 0.9, patience = 2)
  whole <- do.call(short_fit, options)
  path <- withr::local_tempfile()
  expect_equal(
    do.call(interrupted_fit, c(list(37, checkpoint = path), options))$outcome$code,
    "interrupted"
  )
  expect_same_fit(do.call(short_fit, c(options, checkpoint = path)), whole)
})

# A process of its own that is killed while it trains; it writes a checkpoint after every step.
kill_training <- function(code, path, after) {
  script <- withr::local_tempfile(fileext = ".R", lines = c(
    sprintf("library(amortflow, lib.loc = c(%s))", paste(dQuote(.libPaths(), FALSE), collapse = ", ")),
    code,
    sprintf("do.call(fit_posterior, c(arguments, list(checkpoint = '%s', checkpoint_minutes = 0)))", path)
  ))
  shell <- sprintf(
    "'%s' --vanilla '%s' >/dev/null 2>&1 & pid=$!
    for i in $(seq 1200); do [ -e '%s' ] && break; sleep 0.05; done
    sleep %g; kill -9 $pid; wait $pid",
    file.path(R.home("bin"), "Rscript"), script, path, after
  )
  suppressWarnings(system2("sh", c("-c", shQuote(shell)), stdout = FALSE, stderr = FALSE))
}

test_that("training goes on after its process was killed", {
  skip_on_os("windows")
  skip_on_cran()
  folder <- withr::local_tempdir()
  shared <- "inference = inference_coupling_flow(depth = 2, width = 16), validation = 100,
    epochs = 40, batches_per_epoch = 60, batch_size = 64, learning_rate = 5e-4, patience = 1000, seed = 3, silent = TRUE"
  cases <- list(
    online_compiled = sprintf("arguments <- list(example_model('two_moons'), %s)", shared),
    offline = sprintf(
      "arguments <- list(simulations = simulate(example_model('two_moons'), 500, seed = 1), %s)",
      shared
    ),
    store = sprintf(
      "options(amortflow.store_buffer = 20000)
      arguments <- list(simulations = open_store('%s'), %s)",
      file.path(folder, "store"), shared
    ),
    online_in_r = sprintf(
      "noise <- function(theta) cbind(stats::rnorm(length(theta$theta), theta$theta, 1))
      arguments <- list(
        generative_model(priors(theta ~ normal(0, 1)), simulator(noise, vectorized = TRUE)), %s
      )",
      shared
    )
  )
  simulate(example_model("two_moons"), 2000, seed = 1, store = file.path(folder, "store"))
  withr::local_options(amortflow.store_buffer = 20000)
  for (case in names(cases)) {
    path <- file.path(folder, paste0(case, ".checkpoint"))
    kill_training(cases[[case]], path, after = 0.4)
    expect_true(file.exists(path), label = paste("the checkpoint of", case))
    environment <- new.env(parent = asNamespace("amortflow"))
    eval(parse(text = cases[[case]]), environment)
    resumed <- do.call(fit_posterior, c(environment$arguments, list(checkpoint = path)))
    whole <- do.call(fit_posterior, environment$arguments)
    expect_same_fit(resumed, whole)
    expect_false(file.exists(path))
  }
})

test_that("a seed left to chance is that of the checkpoint", {
  path <- withr::local_tempfile()
  broken <- interrupted_fit(12, seed = NULL, checkpoint = path)
  resumed <- short_fit(seed = NULL, checkpoint = path)
  expect_identical(resumed$spec$seed, broken$spec$seed)
  expect_same_fit(resumed, short_fit(seed = broken$spec$seed))
})

test_that("the checkpoint of another call is refused", {
  path <- withr::local_tempfile()
  interrupted_fit(12, checkpoint = path)
  refused <- function(...) {
    expect_refused(
      short_fit(..., checkpoint = path), "config", "must be a checkpoint of this call"
    )
  }
  refused(epochs = 5)
  refused(seed = 4)
  refused(learning_rate = 1e-3)
  refused(schedule = "one_cycle")
  refused(model = example_model("two_moons"))
  expect_true(file.exists(path))
  expect_same_fit(short_fit(checkpoint = path), short_fit())
})

test_that("a simulator that does not repeat itself cannot go on", {
  drifting <- function(theta) {
    shift <- getOption("amortflow_test_shift")
    calls_left(theta) + shift
  }
  model <- generative_model(
    priors(theta ~ normal(0, 1)), simulator(drifting, vectorized = TRUE)
  )
  path <- withr::local_tempfile()
  withr::local_options(amortflow_test_shift = 0)
  interrupted_fit(12, model = model, checkpoint = path)
  withr::local_options(amortflow_test_shift = 5)
  expect_refused(
    short_fit(model = model, checkpoint = path), "config", "must repeat itself"
  )
})

test_that("what is no checkpoint, or damaged, is refused", {
  path <- withr::local_tempfile()
  writeLines("no checkpoint", path)
  condition <- expect_refused(
    short_fit(checkpoint = path), "format",
    c("`checkpoint` must be a checkpoint of training", "Name another file")
  )
  expect_match(conditionMessage(condition$parent), "begins otherwise")
  save_fit(small_fit(), path)
  expect_refused(short_fit(checkpoint = path), "format", "must be a checkpoint")
  unlink(path)
  interrupted_fit(12, checkpoint = path)
  expect_refused(load_fit(path), "format", "parts of it are missing")
  bytes <- readBin(path, "raw", file.size(path))
  writeBin(utils::head(bytes, -100), path)
  expect_refused(short_fit(checkpoint = path), "format", "length")
})

test_that("where a checkpoint cannot be written is an error before training, a warning after", {
  folder <- withr::local_tempdir()
  expect_refused(short_fit(checkpoint = folder), "format", "not a folder")
  expect_refused(
    short_fit(checkpoint = file.path(folder, "missing", "checkpoint")), "format",
    "does not exist"
  )
  expect_refused(short_fit(checkpoint = 1), "argument", "`checkpoint` must be")
  expect_refused(short_fit(checkpoint_minutes = -1), "argument", "checkpoint_minutes")
  sub <- file.path(folder, "sub")
  dir.create(sub)
  vanish <- generative_model(
    priors(theta ~ normal(0, 1)),
    simulator(function(theta) {
      unlink(sub, recursive = TRUE)
      cbind(stats::rnorm(length(theta$theta)))
    }, vectorized = TRUE)
  )
  warning <- expect_warning(
    fit <- short_fit(
      model = vanish, checkpoint = file.path(sub, "checkpoint"), checkpoint_minutes = 0
    ),
    class = "amortflow_warning_checkpoint"
  )
  expect_match(conditionMessage(warning), "cannot be written")
  expect_equal(fit$outcome$code, short_fit(model = vanish)$outcome$code)
})

test_that("an interrupted fit in `file` does not hide its checkpoint", {
  path <- withr::local_tempfile()
  file <- withr::local_tempfile()
  broken <- interrupted_fit(12, file = file, checkpoint = path)
  expect_equal(load_fit(file)$outcome$code, "interrupted")
  whole <- short_fit(file = file, checkpoint = path)
  expect_same_fit(whole, short_fit())
  expect_identical(short_fit(file = file, checkpoint = path)$weights, whole$weights)
})

test_that("one file for the fit and its checkpoint is refused", {
  folder <- withr::local_tempdir()
  withr::local_dir(folder)
  for (path in list("fit", file.path(folder, "fit"), file.path(".", "fit"))) {
    expect_refused(short_fit(file = "fit", checkpoint = path), "argument", "two files")
  }
  expect_length(list.files(folder), 0)
})

test_that("paths are those of the call, wherever the simulator goes", {
  folder <- withr::local_tempdir()
  elsewhere <- withr::local_tempdir()
  withr::local_dir(folder)
  wandering <- function(theta) {
    setwd(elsewhere)
    calls_left(theta)
  }
  model <- generative_model(
    priors(theta ~ normal(0, 1)), simulator(wandering, vectorized = TRUE)
  )
  interrupted_fit(12, model = model, file = "fit", checkpoint = "checkpoint")
  expect_setequal(list.files(folder), c("fit", "checkpoint"))
  setwd(folder)
  simulate(model, 20, seed = 1, store = "store")
  expect_length(open_store(file.path(folder, "store")), 20)
  setwd(folder)
  whole <- short_fit(model = model, file = "fit", checkpoint = "checkpoint")
  expect_same_fit(whole, short_fit(model = model))
  expect_setequal(list.files(folder), c("fit", "store"))
  expect_length(list.files(elsewhere), 0)
})

test_that("the time left is that of the steps of this process", {
  now <- 0
  left <- function(done, total = 100) list(done = done, total = total)
  fresh <- time_left(FALSE, \() now)
  resumed <- time_left(TRUE, \() now)
  now <- 10
  expect_identical(fresh(left(20)), "about 40 s left")
  expect_identical(resumed(left(80)), "")
  now <- 30
  expect_identical(resumed(left(90)), "about 20 s left")
})

test_that("a seed left to chance is drawn with a checkpoint, too", {
  path <- withr::local_tempfile()
  after <- function(...) {
    withr::local_seed(1)
    interrupted_fit(12, seed = NULL, checkpoint = path)
    stats::runif(1)
  }
  expect_identical(after(), after())
})

# A folder that is gone when training ends keeps no checkpoint.
test_that("a call is only said to go on where there is a checkpoint", {
  sub <- file.path(withr::local_tempdir(), "sub")
  dir.create(sub)
  broken <- function(ending) {
    generative_model(
      priors(theta ~ normal(0, 1)),
      simulator(function(theta) {
        left <- getOption("amortflow_test_calls_left", Inf)
        options(amortflow_test_calls_left = left - 1)
        if (left <= 1) ending()
        cbind(stats::rnorm(length(theta$theta)))
      }, vectorized = TRUE)
    )
  }
  gone <- broken(function() {
    unlink(sub, recursive = TRUE)
    rlang::interrupt()
  })
  withr::local_options(amortflow_test_calls_left = 14)
  warning <- expect_warning(
    fit <- short_fit(model = gone, checkpoint = file.path(sub, "checkpoint")),
    class = "amortflow_warning_checkpoint"
  )
  expect_no_match(conditionMessage(warning), "went on")
  expect_match(fit$outcome$advice, "Continue with `from = fit`", fixed = TRUE)
  failing <- broken(\() stop("out of paper"))
  options(amortflow_test_calls_left = 14)
  condition <- expect_refused(short_fit(model = failing), "simulator", "field `fit`")
  expect_no_match(conditionMessage(condition), "goes on")
  options(amortflow_test_calls_left = 14)
  path <- withr::local_tempfile()
  expect_refused(
    short_fit(model = failing, checkpoint = path), "simulator",
    "the same call goes on from `checkpoint`"
  )
  expect_true(file.exists(path))
  options(amortflow_test_calls_left = Inf)
  expect_same_fit(short_fit(model = failing, checkpoint = path), short_fit(model = failing))
})
