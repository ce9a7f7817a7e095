# Functions of the workspace, as users' are: those of this file would take the
# tests' environment, and with it the package, to the workers.
of_workspace <- function(f) {
  environment(f) <- globalenv()
  f
}

local_daemons <- function(n, ..., env = parent.frame()) {
  skip_if_not_installed("mirai")
  skip_on_cran()
  mirai::daemons(n, ...)
  withr::defer(mirai::daemons(0), envir = env)
}

local_multisession <- function(env = parent.frame()) {
  skip_if_not_installed("future")
  skip_on_cran()
  withr::local_envvar(
    R_LIBS = paste(.libPaths(), collapse = .Platform$path.sep), .local_envir = env
  )
  plan <- future::plan(future::multisession, workers = 2)
  withr::defer(future::plan(plan), envir = env)
}

noisy <- function(seconds = 0) {
  f <- of_workspace(function(theta, wait = 0) {
    Sys.sleep(wait)
    rnorm(5, theta$mu) * runif(1) + sample(100, 1)
  })
  formals(f)$wait <- seconds
  generative_model(priors(mu ~ normal(0, 1)), simulator(f))
}

# `expected` is what the model gives here.
expect_same_everywhere <- function(model, expected) {
  for (size in list(NULL, 1, 7, 1000)) {
    withr::local_options(amortflow.chunk_size = size)
    expect_identical(simulate(model, length(expected), seed = 6), expected)
  }
}

vectorized_model <- function() {
  generative_model(
    priors(mu ~ normal(0, 1)),
    simulator(of_workspace(function(theta) {
      matrix(rnorm(3 * length(theta$mu), theta$mu), ncol = 3)
    }), vectorized = TRUE)
  )
}

test_that("mirai's daemons give the simulations of a local run", {
  models <- list(noisy(), vectorized_model())
  here <- lapply(models, simulate, nsim = 2500, seed = 6)
  local_daemons(2)
  Map(expect_same_everywhere, models, here)
  expect_gt(mirai::status()$mirai[["completed"]], 10)
})

test_that("so do daemons without a dispatcher", {
  here <- simulate(noisy(), 300, seed = 6)
  local_daemons(2, dispatcher = FALSE)
  expect_same_everywhere(noisy(), here)
})

test_that("a future plan gives the simulations of a local run", {
  here <- simulate(noisy(), 100, seed = 6)
  local_multisession()
  expect_same_everywhere(noisy(), here)
})

test_that("R's generator and the worker's workspace stay as they were", {
  local_daemons(1)
  set.seed(1)
  before <- .Random.seed
  simulate(noisy(), 50, seed = 6)
  expect_identical(.Random.seed, before)
})

test_that("workers load neither the package nor LibTorch", {
  local_daemons(1)
  model <- generative_model(
    priors(mu ~ normal(0, 1)),
    simulator(of_workspace(function(theta) {
      c(
        pid = Sys.getpid(), package = "amortflow" %in% loadedNamespaces(),
        dll = sum(grepl("amortflow|torch", names(getLoadedDLLs())))
      )
    }))
  )
  simulations <- simulate(model, 20, seed = 1)
  expect_false(any(simulations$data[, "pid"] == Sys.getpid()))
  expect_identical(unique(simulations$data[, "package"]), 0)
  expect_identical(unique(simulations$data[, "dll"]), 0)
})

test_that("what the simulator finds in the workspace goes with it", {
  local_daemons(1)
  withr::defer(rm(list = c(".scale", ".twice"), envir = globalenv()))
  assign(".scale", 3, envir = globalenv())
  assign(".twice", of_workspace(function(x) 2 * x * .scale), envir = globalenv())
  model <- generative_model(
    priors(mu ~ normal(0, 1)),
    simulator(of_workspace(function(theta) c(theta$mu, .twice(theta$mu))))
  )
  simulations <- simulate(model, 20, seed = 1)
  expect_identical(simulations$data[, 2], 2 * simulations$data[, 1] * 3)
  left <- mirai::mirai(ls(globalenv(), all.names = TRUE))[]
  expect_false(any(c(".scale", ".twice") %in% left))
})

for (dispatcher in c(TRUE, FALSE)) {
  test_that(paste("a killed daemon's chunk runs again; dispatcher", dispatcher), {
    local_daemons(2, dispatcher = dispatcher)
    model <- noisy(seconds = 0.005)
    ids <- mirai::mirai(Sys.getpid())[]
    folder <- withr::local_tempfile()
    system2("sh", c("-c", shQuote(sprintf("sleep 0.6; kill -9 %d", ids))), wait = FALSE)
    store <- simulate(model, 400, seed = 6, store = folder)
    expect_identical(mirai::status()$connections, 1L)
    mirai::daemons(0)
    expected <- simulate(model, 400, seed = 6, store = withr::local_tempfile())
    expect_identical(store$shards, expected$shards)
  })
}

# A pool that dies after `last` chunks; `lost` of them come back as lost.
dying_pool <- function(last, lost = integer()) {
  launched <- 0
  list(
    workers = function() if (launched < last) 1 else 0,
    launch = function(f, arguments) {
      launched <<- launched + 1
      list(number = launched, value = do.call(f, arguments))
    },
    done = function(task) TRUE,
    result = function(task) {
      if (task$number %in% lost) list(lost = "gone") else task["value"]
    },
    cancel = function(tasks) NULL
  )
}

squares <- function(pool) {
  values <- numeric()
  slow_square <- function(x) {
    Sys.sleep(0.3)
    x^2
  }
  distribute_chunks(
    pool, slow_square, 6, function(i) list(x = i),
    function(i, value) {
      values[[i]] <<- value
      FALSE
    }, rlang::current_env()
  )
  values
}

test_that("with all workers gone, what they had not begun runs here", {
  expect_identical(squares(dying_pool(3)), as.numeric(1:6)^2)
})

test_that("what was lost with the last worker runs in a process of its own", {
  expect_identical(squares(dying_pool(4, lost = 4)), as.numeric(1:6)^2)
})

# Two workers, of which one dies of chunk 3 when the chunks after it are done.
shrinking_pool <- function() {
  launched <- 0
  died <- FALSE
  list(
    workers = function() if (died) 1 else 2,
    launch = function(f, arguments) {
      launched <<- launched + 1
      list(number = launched, value = do.call(f, arguments))
    },
    done = function(task) task$number != 3 || launched >= 6,
    result = function(task) {
      if (task$number != 3) {
        return(task["value"])
      }
      died <<- TRUE
      list(lost = "gone")
    },
    cancel = function(tasks) NULL
  )
}

test_that("results that wait for a lost chunk do not keep it from running again", {
  setTimeLimit(elapsed = 60)
  withr::defer(setTimeLimit())
  expect_identical(squares(shrinking_pool()), as.numeric(1:6)^2)
})

test_that("once one was lost, nothing runs in this process, and what kills every process is an error", {
  processes <- integer()
  slow_id <- function(x) {
    Sys.sleep(0.3)
    Sys.getpid()
  }
  pool <- dying_pool(2, lost = 1)
  distribute_chunks(
    pool, slow_id, 3, function(i) list(x = i),
    function(i, value) {
      processes[[i]] <<- value
      FALSE
    }, rlang::current_env()
  )
  # The second ran in the fake pool, which is this process.
  expect_equal(processes == Sys.getpid(), c(FALSE, TRUE, FALSE))
  kill <- function(x) if (x == 1) quit(status = 3) else x
  pool <- dying_pool(1, lost = 1)
  pool$launch <- function(f, arguments) list(number = 1)
  expect_error(
    distribute_chunks(
      pool, kill, 1, function(i) list(x = i), function(i, value) FALSE,
      rlang::current_env()
    ),
    "was lost with 3 workers",
    class = "amortflow_error_worker"
  )
})

test_that("a killed future's chunk runs again", {
  local_multisession()
  model <- noisy(seconds = 0.005)
  id <- future::value(future::future(Sys.getpid()))
  system2("sh", c("-c", shQuote(sprintf("sleep 0.5; kill -9 %d", id))), wait = FALSE)
  simulations <- simulate(model, 300, seed = 6)
  future::plan("sequential")
  expect_identical(simulations, simulate(model, 300, seed = 6))
})

test_that("a simulator that kills its workers is an error, not a loop", {
  suicidal <- generative_model(
    priors(mu ~ normal(0, 1)),
    simulator(of_workspace(function(theta) {
      # The parent is a test, not a worker, if it comes to that.
      if (Sys.getenv("AMORTFLOW_TEST_SESSION") != Sys.getpid()) {
        tools::pskill(Sys.getpid(), 9)
      }
      theta$mu
    }))
  )
  withr::local_envvar(AMORTFLOW_TEST_SESSION = Sys.getpid())
  for (n in c(1, 4)) {
    local_daemons(n)
    expect_error(simulate(suicidal, 4, seed = 1), class = "amortflow_error_worker")
    mirai::daemons(0)
  }
})

test_that("errors come back with index, parameters and parent", {
  model <- generative_model(
    priors(mu ~ normal(0, 1)),
    simulator(of_workspace(function(theta) {
      if (theta$mu > 2) stop("too large")
      if (theta$mu < -2) NaN else theta$mu
    }))
  )
  failed <- function() {
    rlang::catch_cnd(simulate(model, 300, seed = 6), "amortflow_error_simulator")
  }
  dropped <- function() suppressWarnings(simulate(model, 300, seed = 6, on_error = "drop"))
  here <- failed()
  kept <- dropped()
  local_daemons(2)
  there <- failed()
  expect_identical(there[c("index", "parameters")], here[c("index", "parameters")])
  expect_identical(conditionMessage(there), conditionMessage(here))
  expect_identical(conditionMessage(there$parent), conditionMessage(here$parent))
  expect_identical(dropped(), kept)
})

test_that("warnings of the simulator are the user's", {
  local_daemons(1)
  model <- generative_model(
    priors(mu ~ normal(0, 1)),
    simulator(of_workspace(function(theta) {
      warning("doubtful")
      theta$mu
    }))
  )
  expect_warning(simulate(model, 1, seed = 1), "doubtful")
})

test_that("an interrupt ends the run and what is outstanding", {
  local_daemons(1)
  model <- noisy(seconds = 0.005)
  system2("sh", c("-c", shQuote(sprintf("sleep 1; kill -INT %d", Sys.getpid()))), wait = FALSE)
  folder <- withr::local_tempfile()
  ended <- tryCatch(
    simulate(model, 2000, seed = 6, store = folder),
    interrupt = function(condition) "interrupted"
  )
  expect_identical(ended, "interrupted")
  Sys.sleep(1.5)
  expect_identical(mirai::status()$mirai[["awaiting"]], 0L)
  before <- length(open_store(folder))
  expect_gt(before, 0)
  store <- simulate(model, before + 50, seed = 6, store = folder)
  mirai::daemons(0)
  expect_identical(
    store$parameters, simulate(model, before + 50, seed = 6)$parameters
  )
})

test_that("training on daemons gives the weights of training here", {
  train <- function() {
    fit_posterior(
      noisy(),
      epochs = 1, batches_per_epoch = 5, batch_size = 32,
      validation = 64, seed = 3, silent = TRUE
    )$weights
  }
  here <- train()
  local_daemons(2)
  expect_identical(train(), here)
})

counted_tosses <- function() {
  cpp_simulator(code = "
    #include <amortflow/simulator.hpp>
    #include <stdexcept>
    void tosses(const amortflow::input& in, amortflow::output& out, amortflow::rng& random) {
      if (in.theta[0] > 0.98) throw std::runtime_error(\"too fair\");
      const auto n = static_cast<std::int64_t>(in.context[0]);
      double* heads = out.observable(0, n);
      for (std::int64_t i = 0; i < n; ++i) heads[i] = amortflow::binomial(random, 1, in.theta[0]);
      if (in.theta[0] < 0.01) heads[0] = 0.0 / 0.0;
    }
    AMORTFLOW_SIMULATOR(tosses,
      amortflow::sizes().parameters(1).context(\"n\").positions(amortflow::varies))
  ")
}

test_that("C++ simulators run on workers as they do here, failures included", {
  model <- generative_model(
    priors(p ~ beta(1, 1)), counted_tosses(),
    observed = "exchangeable", 
    context = function(nsim) list(n = sample(2:20, nsim, replace = TRUE))
  )
  draw <- function() suppressWarnings(simulate(model, 1500, seed = 6, on_error = "drop"))
  here <- draw()
  expect_gt(nrow(attr(here, "failures")), 10)
  local_daemons(2)
  expect_identical(draw(), here)
  withr::local_options(amortflow.chunk_size = 100)
  expect_identical(draw(), here)
  on_workers <- mirai::mirai(
    c(names(getLoadedDLLs()), loadedNamespaces())
  )[]
  expect_true(any(grepl("^amortflow_", on_workers)))
  expect_false(any(grepl("^amortflow$|torch", on_workers)))
})
