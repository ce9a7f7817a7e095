shaped_prior <- function() {
  priors(
    mu ~ normal(0, 1), p ~ dirichlet(2, dim = 3),
    Omega ~ lkj_corr(2, dim = 3), sigma ~ exponential(1),
    cuts ~ exponential(1, dim = 3, ordered = TRUE),
    W ~ inv_wishart(6, diag(2)), L ~ lkj_corr_cholesky(2, dim = 2)
  )
}

shaped_simulations <- function(n = 300) {
  theta <- unclass(posterior::as_draws_matrix(sample_prior(shaped_prior(), n, seed = 1)))
  x <- cbind(a = theta[, "mu"], b = theta[, "sigma"])
  simulations(theta, x, prior = shaped_prior())
}

test_that("the default adapter frees every shape, and back", {
  simulations <- shaped_simulations()
  adapter <- fit_adapter(adapter(), simulations)
  spec <- adapter_spec(adapter)
  z <- core_adapt_parameters(spec, simulations$parameters)
  # 1 + 2 + 3 + 1 + 3 + 3 + 1
  expect_equal(ncol(z$z), 14)
  expect_true(all(is.finite(z$z)) && all(is.finite(z$log_det)))
  expect_equal(colMeans(z$z), rep(0, 14), tolerance = 1e-8)
  back <- core_restore_parameters(spec, z$z)
  expect_equal(back, unname(simulations$parameters), tolerance = 1e-6, ignore_attr = TRUE)
  # What is constant by construction is exact.
  columns <- match(sprintf("Omega[%d,%d]", 1:3, 1:3), colnames(simulations$parameters))
  expect_true(all(back[, columns] == 1))
})

test_that("print names the free numbers", {
  simulations <- shaped_simulations()
  adapter <- fit_adapter(adapter(), simulations)
  shown <- format(adapter)
  expect_match(shown, "p\\{1\\} +stick-breaking", all = FALSE)
  expect_match(shown, "Omega\\{3\\} +atanh of partial correlations", all = FALSE)
  expect_match(shown, "cuts\\{2\\} +log\\(x\\), then log distance", all = FALSE)
  expect_match(shown, "W\\{1\\} +log-Cholesky factor", all = FALSE)
  expect_match(shown, "^  sigma +log\\(x\\)", all = FALSE)
})

test_that("shapes that a file could make up are refused", {
  good <- list(kind = "simplex", columns = 2:4, dim = 3)
  expect_true(is_shape(good, 4))
  expect_false(is_shape(good, 3))
  for (bad in list(
    list(kind = "simplex", columns = c(1, 3), dim = 2),
    list(kind = "circle", columns = 1:2, dim = 2),
    list(kind = "correlation", columns = 1:3, dim = 2),
    list(kind = "simplex", columns = numeric(), dim = 0), list(kind = "simplex")
  )) {
    expect_false(is_shape(bad, 10))
  }
})

test_that("elements that are constant or repeat others are known", {
  shape <- function(kind, columns, dim) list(kind = kind, columns = columns, dim = dim)
  expect_equal(
    sort(implied_columns(list(
      shape("simplex", 1:2, 2), shape("correlation", 3:6, 2),
      shape("covariance", 7:10, 2), shape("cholesky_corr", 11:14, 2)
    ))),
    c(3, 5, 6, 9, 11, 13)
  )
  expect_null(implied_columns(NULL))
})

# One short fit: p ~ dirichlet(1, 1, 1), 20 counts given p, so that the posterior is dirichlet(1 + counts).
test_that("a posterior over a simplex and a correlation matrix is learned and kept", {
  skip_on_cran()
  prior <- priors(p ~ dirichlet(1, dim = 3), Omega ~ lkj_corr(2, dim = 2))
  simulator <- simulator(function(theta) {
    c(
      stats::rmultinom(1, 20, theta$p),
      stats::rnorm(1, theta$Omega[1, 2], 0.5)
    )
  })
  model <- generative_model(prior, simulator)
  fit <- fit_posterior(
    model,
    epochs = 15, batches_per_epoch = 50, batch_size = 64, validation = 200,
    seed = 1, silent = TRUE
  )
  expect_equal(fit$spec$estimator$parameter_count, 3)
  newdata <- c(10, 7, 3, 0.2)
  draws <- sample_posterior(fit, newdata, ndraws = 2000, seed = 2)
  x <- unclass(posterior::as_draws_matrix(draws))
  expect_equal(colnames(x), prior$variables)
  expect_lt(max(abs(rowSums(x[, 1:3]) - 1)), 1e-9)
  expect_true(all(x[, 1:3] > 0))
  expect_true(all(x[, "Omega[1,1]"] == 1) && all(x[, "Omega[2,2]"] == 1))
  expect_identical(x[, "Omega[1,2]"], x[, "Omega[2,1]"])
  # Exact means (11, 8, 4) / 23; a short training comes within 0.05.
  expect_lt(max(abs(colMeans(x[, 1:3]) - c(11, 8, 4) / 23)), 0.05)
  # log q is a density with respect to p[1], p[2] and Omega[2,1]: within 1 of the exact one at the mean, because the
  # fit is short.
  one <- rbind(c(11, 8, 4, 0, 0, 0, 0) / 23)
  one[4:7] <- c(1, 0.2, 0.2, 1)
  colnames(one) <- prior$variables
  exact <- lgamma(23) - lgamma(11) - lgamma(8) - lgamma(4) +
    sum(c(10, 7, 3) * log(one[1:3])) +
    log(dbeta(0.6, 2, 2) / 2 * dnorm(0.2, 0.2, 0.5) /
      integrate(\(r) dbeta((r + 1) / 2, 2, 2) / 2 * dnorm(0.2, r, 0.5), -1, 1)$value)
  expect_equal(as.vector(log_density(fit, one, newdata)), exact, tolerance = 1 / abs(exact))
  off <- one
  off[1] <- 0.9
  expect_equal(as.vector(log_density(fit, off, newdata)), -Inf)
  # Checks leave out what is constant or said twice.
  check <- check_recovery(fit, nsim = 20, ndraws = 20, seed = 4)
  expect_equal(unique(check$variable), c("p[1]", "p[2]", "p[3]", "Omega[2,1]"))
  path <- withr::local_tempfile(fileext = ".fit")
  save_fit(fit, path)
  again <- load_fit(path, model = model)
  expect_equal(again$spec$support, fit$spec$support)
  expect_equal(sample_posterior(again, newdata, ndraws = 50, seed = 3), sample_posterior(fit, newdata, ndraws = 50, seed = 3))
})

test_that("a posterior of whole numbers is refused", {
  model <- generative_model(
    priors(mu ~ normal(0, 1), n ~ poisson(3)),
    simulator(function(theta) rnorm(3, theta$mu) + theta$n)
  )
  expect_refused(
    fit_posterior(model, epochs = 1, silent = TRUE), "prior",
    c("Parameters must be continuous to be learned, but `n` is discrete.", "Marginalise it")
  )
})
