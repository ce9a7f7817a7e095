of_workspace <- function(f) {
  environment(f) <- globalenv()
  f
}

local_workspace <- function(..., env = parent.frame()) {
  values <- list(...)
  withr::defer(rm(list = names(values), envir = globalenv()), envir = env)
  list2env(
    lapply(values, function(x) if (is.function(x)) of_workspace(x) else x),
    globalenv()
  )
}

globals_of <- function(f) names(find_globals(of_workspace(f))$globals)

test_that("globals are those that code can find, packages those attached", {
  withr::defer(rm(list = ".a", envir = globalenv()))
  assign(".a", 1, envir = globalenv())
  needs <- find_globals(of_workspace(function(x, y = .a) {
    .b <- x + y
    vapply(.b, function(.a2) .a2 + stats::rnorm(1), 0)
  }))
  expect_identical(needs, list(globals = list(.a = 1), packages = character()))
  expect_identical(
    find_globals(of_workspace(function(x) test_that(x)))$packages, "testthat"
  )
})

test_that("S3 methods go with what is called, and groups with everything", {
  local_workspace(
    mean.zzz = function(x, ...) .shift, .shift = 42,
    Ops.zzz = function(e1, e2) 1, "[.zzz" = function(x, i) 2,
    median.zzz = function(x, ...) 3, "length<-.zzz" = function(x, value) x
  )
  expect_setequal(
    globals_of(function(theta) mean(structure(theta$mu, class = "zzz"))),
    c("mean.zzz", ".shift", "Ops.zzz", "[.zzz", "length<-.zzz")
  )
})

test_that("a name that is bound somewhere is looked for all the same", {
  local_workspace(.sig = 2, .nn = 3)
  expect_identical(globals_of(function(theta) {
    .sig <- .sig * 2
    theta$mu + .sig
  }), ".sig")
  expect_identical(globals_of(function(theta) {
    vapply(1:2, function(.nn) .nn * 1, 0) + .nn
  }), ".nn")
  expect_null(globals_of(function(.nn) .nn))
})

test_that("functions in lists and named by strings are visited", {
  local_workspace(
    .helper = function(mu) mu + .sig, .sig = 2, .text = "no function",
    .ops = list(of = list(f = of_workspace(function(x) x + .sig)))
  )
  expect_setequal(globals_of(function(theta) .ops$of$f(theta$mu)), c(".ops", ".sig"))
  expect_setequal(
    globals_of(function(theta) do.call(".helper", list(theta$mu, ".text"))),
    c(".helper", ".sig")
  )
})

test_that("workers dispatch on methods of the workspace", {
  skip_if_not_installed("mirai")
  skip_on_cran()
  local_workspace(mean.zzz = function(x, ...) 42)
  model <- generative_model(
    priors(mu ~ normal(0, 1)),
    simulator(of_workspace(function(theta) mean(structure(theta$mu, class = "zzz"))))
  )
  here <- simulate(model, 20, seed = 1)
  mirai::daemons(1)
  withr::defer(mirai::daemons(0))
  expect_identical(simulate(model, 20, seed = 1), here)
})
