heads <- function(a, b, name = "p") {
  generative_model(
    prior_function(function() rlang::set_names(rbeta(1, a, b), name)),
    simulator(function(theta) rbinom(1, 50, theta[[1]]))
  )
}

small_comparison <- function(models = list(low = heads(1, 10), high = heads(10, 1)), ...) {
  fit_comparison(
    models,
    epochs = 4, batches_per_epoch = 20, batch_size = 64, validation = 100,
    seed = 1, silent = TRUE, ...
  )
}

fit <- small_comparison()

test_that("a comparison tells models apart that differ", {
  expect_s3_class(fit, c("amortflow_comparison_fit", "amortflow_fit"), exact = TRUE)
  p <- compare_probabilities(fit, rbind(2, 48))
  expect_named(p, c("data_set", "low", "high"))
  expect_equal(p$low + p$high, c(1, 1))
  expect_gt(p$low[[1]], 0.9)
  expect_gt(p$high[[2]], 0.9)
})

test_that("the same seed gives the same weights on any number of cores", {
  again <- small_comparison(cores = 2)
  expect_identical(fit$weights, again$weights)
})

test_that("simulations of a mixture do not depend on how they are cut", {
  mixture <- new_model_mixture(
    list(a = heads(1, 10), b = heads(10, 1, "q"), c = heads(5, 5)), c(0.5, 0.3, 0.2),
    rlang::current_env()
  )
  whole <- draw_simulations(mixture, 0, 9000, seed = 3)
  parts <- lapply(list(c(0, 10), c(10, 4086), c(4096, 1), c(4097, 4903)), function(piece) {
    draw_simulations(mixture, piece[[1]], piece[[2]], seed = 3)
  })
  expect_identical(whole$parameters, do.call(rbind, lapply(parts, `[[`, "parameters")))
  expect_identical(whole$data, list(bind_rows(lapply(parts, \(part) part$data[[1]]))))
  expect_equal(
    as.vector(table(whole$parameters)) / 9000, c(0.5, 0.3, 0.2),
    tolerance = 0.02
  )
})

test_that("probabilities are reweighted to other odds", {
  equal <- compare_probabilities(fit, 20)
  attr(equal, "prior_prob") <- c(0.9, 0.1)
  odds <- fit$spec$comparison
  shifted <- fit
  shifted$spec$comparison$prior_prob <- c(0.9, 0.1)
  p <- compare_probabilities(shifted, 20)
  before <- compare_probabilities(fit, 20)
  expect_equal(p$low / p$high, 9 * before$low / before$high)
  expect_equal(odds$training_prob, c(0.5, 0.5))
})

test_that("simulations in other proportions are corrected for", {
  models <- list(low = heads(1, 3), high = heads(3, 1))
  uneven <- fit_comparison(
    simulations = list(
      low = simulate(models$low, 3000, seed = 1), high = simulate(models$high, 1000, seed = 2)
    ),
    epochs = 10, seed = 1, silent = TRUE
  )
  expect_equal(uneven$spec$comparison$training_prob, c(0.75, 0.25))
  # By symmetry both are as probable at 25 heads; the sd of a network of this size is about 0.05.
  expect_equal(compare_probabilities(uneven, 25)$low, 0.5, tolerance = 0.3)
})

test_that("Dirichlet concentrations come with probabilities", {
  evidential <- small_comparison(output = "dirichlet")
  p <- compare_probabilities(evidential, rbind(2, 25, 48))
  expect_named(p, c("data_set", "low", "high", "concentration"))
  expect_true(all(p$concentration > 2))
  expect_equal(p$low + p$high, rep(1, 3))
})

test_that("an ensemble of classifiers averages probabilities", {
  several <- small_comparison(inference = inference_ensemble(3, inference_mlp(16)))
  p <- compare_probabilities(several, rbind(2, 25, 48))
  expect_equal(p$low + p$high, rep(1, 3), tolerance = 1e-6)
})

test_that("fits of comparisons are printed, saved and loaded", {
  expect_output(print(fit), "amortflow_comparison_fit.*Models: +low \\(0.5\\), high \\(0.5\\)")
  path <- withr::local_tempfile(fileext = ".amortflow")
  save_fit(fit, path)
  again <- load_fit(path)
  expect_identical(class(again), class(fit))
  expect_identical(
    compare_probabilities(again, rbind(3, 30)), compare_probabilities(fit, rbind(3, 30))
  )
})

test_that("what cannot be compared is refused", {
  expect_error(fit_comparison(), class = "amortflow_error_argument")
  expect_error(fit_comparison(list(heads(1, 1), heads(2, 2))), class = "amortflow_error_argument")
  expect_error(fit_comparison(list(a = heads(1, 1))), class = "amortflow_error_argument")
  two <- generative_model(
    prior_function(function() c(p = rbeta(1, 1, 1))),
    simulator(function(theta) rbinom(2, 50, theta$p)),
    observed = "exchangeable"
  )
  expect_error(
    fit_comparison(list(a = heads(1, 1), b = two)), "data of one kind",
    class = "amortflow_error_argument"
  )
  expect_error(
    fit_comparison(list(a = heads(1, 1), b = heads(2, 2)), prior_prob = c(0.5, 0.6)),
    class = "amortflow_error_argument"
  )
  expect_error(
    fit_comparison(list(a = heads(1, 1), b = heads(2, 2)), inference = inference_mixture()),
    class = "amortflow_error_argument"
  )
  expect_error(
    fit_posterior(heads(1, 1), inference = inference_mlp()),
    class = "amortflow_error_argument"
  )
})

test_that("an error of a simulator says whose it is", {
  broken <- generative_model(
    prior_function(function() c(p = rbeta(1, 1, 1))),
    simulator(function(theta) stop("no coin"))
  )
  error <- expect_error(
    small_comparison(list(fair = heads(1, 1), broken = broken)),
    class = "amortflow_error_simulator"
  )
  expect_match(conditionMessage(error), "Model `broken`")
})

test_that("simulations may be named in another order than models", {
  models <- list(low = heads(1, 10), high = heads(10, 1))
  simulations <- lapply(models, simulate, nsim = 500, seed = 1)
  fit <- fit_comparison(
    models, rev(simulations),
    epochs = 5, batches_per_epoch = 20, seed = 1, silent = TRUE
  )
  expect_identical(fit$spec$comparison$models, c("low", "high"))
  expect_gt(compare_probabilities(fit, 0)$low, 0.8)
})

test_that("a comparison is kept in a file and read from it", {
  file <- withr::local_tempfile(fileext = ".amortflow")
  train <- function(...) {
    fit_comparison(
      list(low = heads(1, 10), high = heads(10, 1)),
      epochs = 1, batches_per_epoch = 5, validation = 50, seed = 1, silent = TRUE, file = file, ...
    )
  }
  fit <- train()
  expect_identical(train()$weights, fit$weights)
  expect_error(
    fit_posterior(heads(1, 10), file = file, silent = TRUE),
    class = "amortflow_error_config"
  )
})

test_that("names decide over order: of variables in simulations, and of probabilities", {
  model <- function(mu, order) {
    generative_model(
      priors(a ~ normal(mu, 0.1)),
      simulator(function(theta) c(y = rnorm(1, theta$a, 0.1), z = rnorm(1, 0, 0.1))[order])
    )
  }
  zero <- simulate(model(0, c("y", "z")), 300, seed = 1)
  three <- simulate(model(3, c("z", "y")), 300, seed = 2)
  fit <- fit_comparison(
    simulations = list(zero = zero, three = three), prior_prob = c(three = 0.7, zero = 0.3),
    epochs = 8, validation = 100, seed = 1, silent = TRUE
  )
  expect_identical(fit$spec$comparison$prior_prob, c(0.3, 0.7))
  expect_gt(compare_probabilities(fit, data.frame(y = 3, z = 0))$three, 0.9)
  colnames(three$data) <- c("u", "v")
  expect_error(
    fit_comparison(simulations = list(zero = zero, three = three), silent = TRUE),
    class = "amortflow_error_argument"
  )
})
