draws_matrix <- function(prior, ndraws, seed = 1) {
  unclass(posterior::as_draws_matrix(sample_prior(prior, ndraws, seed = seed)))
}

# Mean of `values` in standard errors of the sample away from `exact`.
mean_score <- function(values, exact) {
  (mean(values) - exact) / (sd(values) / sqrt(length(values)))
}

# Densities that are both normalised: E_q[p / q] = 1. It ties the constants of a
# family to its sampler.
ratio_score <- function(p, q, seed) {
  x <- draws_matrix(q, 20000, seed)
  mean_score(exp(prior_log_density(p, x) - prior_log_density(q, x)), 1)
}

S <- matrix(c(2, 0.6, -0.4, 0.6, 1, 0.3, -0.4, 0.3, 1.5), 3)

test_that("multivariate normal densities have the closed form", {
  mu <- c(1, -1, 0.5)
  x <- draws_matrix(priors(x ~ multi_normal(mu, S)), 20)
  squared <- unname(mahalanobis(x, mu, S))
  log_det <- as.numeric(determinant(S)$modulus)
  exact <- -0.5 * (squared + log_det + 3 * log(2 * pi))
  expect_equal(prior_log_density(priors(x ~ multi_normal(mu, S)), x), exact)
  factor <- t(chol(S))
  expect_equal(
    prior_log_density(priors(x ~ multi_normal_cholesky(mu, factor)), x), exact
  )
  student <- lgamma(4) - lgamma(2.5) - 1.5 * log(5 * pi) - 0.5 * log_det -
    4 * log1p(squared / 5)
  expect_equal(
    prior_log_density(priors(x ~ multi_student_t(5, mu, S)), x), student
  )
})

# 3 x 2 KS tests at 1e-6, 2 x 3 means at 5 standard errors: a false alarm with probability 1e-5.
test_that("multivariate normals are drawn with their mean and covariance", {
  mu <- c(1, -1, 0.5)
  factor <- t(chol(S))
  for (prior in list(
    priors(x ~ multi_normal(mu, S)), priors(x ~ multi_normal_cholesky(mu, factor))
  )) {
    x <- draws_matrix(prior, 5000, 2)
    # Squared distances are chi-square, projections normal.
    expect_gt(ks.test(mahalanobis(x, mu, S), pchisq, 3)$p.value, 1e-6)
    w <- c(1, 2, -1)
    expect_gt(
      ks.test(x %*% w, pnorm, sum(w * mu), sqrt(c(w %*% S %*% w)))$p.value, 1e-6
    )
    for (j in 1:3) expect_lt(abs(mean_score(x[, j] * x[, 1], S[j, 1] + mu[j] * mu[1])), 5)
  }
  x <- draws_matrix(priors(x ~ multi_student_t(5, mu, S)), 5000, 3)
  expect_gt(ks.test(mahalanobis(x, mu, S) / 3, pf, 3, 5)$p.value, 1e-6)
  expect_gt(ks.test((x[, 2] - mu[2]) / sqrt(S[2, 2]), pt, 5)$p.value, 1e-6)
})

# 3 KS tests at 1e-6 and 1 ratio at 5 standard errors.
test_that("a dirichlet has beta margins and the closed density", {
  alpha <- c(0.5, 2, 3)
  prior <- priors(p ~ dirichlet(alpha))
  expect_equal(prior$variables, c("p[1]", "p[2]", "p[3]"))
  x <- draws_matrix(prior, 4000, 4)
  expect_lt(max(abs(rowSums(x) - 1)), 1e-14)
  for (j in 1:3) {
    expect_gt(ks.test(x[, j], pbeta, alpha[j], 5.5 - alpha[j])$p.value, 1e-6)
  }
  exact <- lgamma(5.5) - sum(lgamma(alpha)) + colSums((alpha - 1) * log(t(x)))
  expect_equal(prior_log_density(prior, x), unname(exact))
  expect_equal(
    prior_log_density(priors(p ~ dirichlet(c(2, 3))), cbind(0.3, 0.7)),
    dbeta(0.3, 2, 3, log = TRUE)
  )
  expect_equal(prior_log_density(prior, cbind(0.5, 0.5, 0.5)), -Inf)
  expect_equal(format(priors(p ~ dirichlet(1, dim = 4))), "p ~ dirichlet(1, dim = 4)")
  expect_equal(
    exp(prior_log_density(priors(p ~ dirichlet(1, dim = 4)), rbind(rep(0.25, 4)))), 6
  )
  # Shapes so small that gamma variables underflow.
  tiny <- draws_matrix(priors(p ~ dirichlet(1e-3, dim = 3)), 2000, 5)
  expect_true(all(tiny > 0) && max(abs(rowSums(tiny) - 1)) < 1e-14)
})

# Volumes of the sets of correlation matrices: Joe (2006), "Generating random correlation matrices
# based on partial correlations", J. Multivariate Analysis 97.
test_that("the constant of lkj_corr is exact", {
  volume <- c(2, pi^2 / 2, 32 * pi^2 / 27)
  for (k in 2:4) {
    prior <- priors(Omega ~ lkj_corr(1, dim = k))
    expect_equal(
      prior_log_density(prior, rbind(c(diag(k)))), -log(volume[k - 1]),
      tolerance = 1e-12
    )
  }
  density <- function(r, eta) {
    exp(prior_log_density(priors(Omega ~ lkj_corr(eta, dim = 2)), cbind(1, r, r, 1)))
  }
  for (eta in c(0.7, 1, 3)) {
    expect_equal(integrate(density, -1, 1, eta = eta)$value, 1, tolerance = 1e-4)
    expect_equal(density(0.4, eta), dbeta(0.7, eta, eta) / 2)
  }
})

# 9 KS tests at 1e-6, 5 ratios at 5 standard errors: a false alarm with probability 1.2e-5.
test_that("correlations are drawn from lkj_corr", {
  for (eta in c(0.8, 1, 4)) {
    x <- draws_matrix(priors(Omega ~ lkj_corr(eta, dim = 4)), 3000, 6)
    expect_true(all(x[, c(1, 6, 11, 16)] == 1))
    expect_identical(x[, "Omega[1,3]"], x[, "Omega[3,1]"])
    # Margins: (r + 1) / 2 is beta(eta + K / 2 - 1, the same).
    for (name in c("Omega[2,1]", "Omega[4,2]", "Omega[4,3]")) {
      expect_gt(
        ks.test((x[, name] + 1) / 2, pbeta, eta + 1, eta + 1)$p.value, 1e-6
      )
    }
  }
  ratio <- \(p, q, k) ratio_score(
    priors(O ~ lkj_corr(p, dim = k)), priors(O ~ lkj_corr(q, dim = k)), 7
  )
  expect_lt(abs(ratio(2, 1, 3)), 5)
  expect_lt(abs(ratio(3.5, 1.2, 5)), 5)
  expect_lt(abs(ratio(1, 1.3, 2)), 5)
  factor_ratio <- \(p, q, k) ratio_score(
    priors(L ~ lkj_corr_cholesky(p, dim = k)), priors(L ~ lkj_corr_cholesky(q, dim = k)), 8
  )
  expect_lt(abs(factor_ratio(2, 1, 3)), 5)
  expect_lt(abs(factor_ratio(3.5, 1.2, 5)), 5)
})

test_that("a Cholesky factor has the density of its correlation matrix times the Jacobian", {
  k <- 4
  x <- draws_matrix(priors(L ~ lkj_corr_cholesky(1.7, dim = k)), 10, 9)
  from_factor <- prior_log_density(priors(L ~ lkj_corr_cholesky(1.7, dim = k)), x)
  for (i in 1:10) {
    l <- matrix(x[i, ], k)
    expect_true(all(l[upper.tri(l)] == 0) && max(abs(rowSums(l^2) - 1)) < 1e-14)
    omega <- tcrossprod(l)
    diag(omega) <- 1
    density <- prior_log_density(priors(O ~ lkj_corr(1.7, dim = k)), rbind(c(omega)))
    jacobian <- sum((k - seq_len(k)) * log(diag(l)))
    expect_equal(from_factor[[i]], density + jacobian)
  }
})

# 12 means and variances, 2 ratios at 5 standard errors, 2 KS tests at 1e-6: a false alarm with probability 1e-5.
test_that("wishart and inv_wishart have their moments, and gamma margins in one dimension", {
  nu <- 7
  w <- draws_matrix(priors(W ~ wishart(nu, S)), 20000, 10)
  inverse <- draws_matrix(priors(W ~ inv_wishart(nu, S)), 20000, 11)
  for (name in c("W[1,1]", "W[2,1]", "W[3,2]")) {
    i <- as.integer(substr(name, 3, 3))
    j <- as.integer(substr(name, 5, 5))
    expect_lt(abs(mean_score(w[, name], nu * S[i, j])), 5)
    variance <- nu * (S[i, j]^2 + S[i, i] * S[j, j])
    expect_lt(abs(mean_score((w[, name] - nu * S[i, j])^2, variance)), 5)
    expect_lt(abs(mean_score(inverse[, name], S[i, j] / (nu - 4))), 5)
  }
  # R's own sampler of the same distribution.
  reference <- withr::with_seed(1, rWishart(20000, nu, S))
  for (pair in list(c(1, 1), c(3, 1))) {
    name <- sprintf("W[%d,%d]", pair[1], pair[2])
    test <- suppressWarnings(ks.test(w[, name], reference[pair[1], pair[2], ]))
    expect_gt(test$p.value, 1e-6)
  }
  expect_equal(
    prior_log_density(priors(W ~ wishart(3, matrix(2))), cbind(1.7)),
    dgamma(1.7, 1.5, 1 / 4, log = TRUE)
  )
  expect_equal(
    prior_log_density(priors(W ~ inv_wishart(3, matrix(2))), cbind(1.7)),
    prior_log_density(priors(W ~ inv_gamma(1.5, 1)), cbind(1.7))
  )
  # W ~ wishart(nu, S) is the inverse of an inv_wishart(nu, S^-1); |d W^-1 / d W| = |W|^-(K + 1).
  prior <- priors(W ~ wishart(nu, S))
  of_inverse <- priors(W ~ inv_wishart(nu, solve(S)))
  for (i in 1:5) {
    m <- matrix(w[i, ], 3)
    expect_equal(
      prior_log_density(prior, w[i, , drop = FALSE]),
      prior_log_density(of_inverse, rbind(c(solve(m)))) - 4 * log(det(m))
    )
  }
  expect_lt(abs(ratio_score(priors(W ~ wishart(6, S)), priors(W ~ wishart(5, 1.5 * S)), 12)), 5)
  expect_lt(abs(ratio_score(priors(W ~ inv_wishart(6, S)), priors(W ~ inv_wishart(5, S / 1.5)), 13)), 5)
})

# 3 KS tests at 1e-6.
test_that("ordered vectors are order statistics", {
  prior <- priors(c ~ normal(0, 1, dim = 3, ordered = TRUE))
  x <- draws_matrix(prior, 3000, 14)
  expect_true(all(x[, 1] < x[, 2] & x[, 2] < x[, 3]))
  for (j in 1:3) {
    expect_gt(ks.test(pnorm(x[, j]), pbeta, j, 4 - j)$p.value, 1e-6)
  }
  expect_equal(
    prior_log_density(prior, x[1:5, ]),
    log(6) + unname(rowSums(dnorm(x[1:5, ], log = TRUE)))
  )
  expect_equal(prior_log_density(prior, cbind(1, 0, 2)), -Inf)
  expect_equal(format(prior), "c ~ normal(0, 1, dim = 3, ordered = TRUE)")
  expect_equal(
    prior_support(prior)$shapes, list(list(kind = "ordered", columns = c(1, 2, 3), dim = 3))
  )
})

test_that("supports tell shapes and whole numbers", {
  prior <- priors(
    n ~ poisson(3), p ~ dirichlet(1, dim = 2), Omega ~ lkj_corr(1, dim = 2),
    W ~ wishart(3, diag(2))
  )
  support <- prior_support(prior)
  expect_equal(support$discrete, 1)
  expect_equal(prior_discrete(prior)[["n"]], TRUE)
  expect_equal(
    lapply(support$shapes, `[[`, "kind"), list("simplex", "correlation", "covariance")
  )
  expect_equal(support$shapes[[3]]$columns, 8:11)
  expect_equal(
    unname(support$lower), c(0, 0, 0, 1, -1, -1, 1, 0, -Inf, -Inf, 0)
  )
  expect_equal(unname(support$upper), c(Inf, 1, 1, 1, 1, 1, 1, rep(Inf, 4)))
  summary <- prior_summary(prior)
  expect_equal(summary$shape[c(1, 2, 4)], c("", "simplex", "correlation"))
  expect_equal(which(summary$discrete), 1)
})

# 2 KS tests at 1e-6.
test_that("matrices of earlier parameters are arguments", {
  prior <- priors(
    sigma ~ uniform(1, 2, dim = 2), Omega ~ lkj_corr(2, dim = 2),
    x ~ multi_normal(0, quad_form_diag(Omega, sigma)),
    L ~ lkj_corr_cholesky(2, dim = 2),
    y ~ multi_normal_cholesky(c(1, 2), diag_pre_multiply(sigma, L)),
    z ~ multi_normal(x, diag_matrix(square(sigma)))
  )
  draws <- draws_matrix(prior, 2000, 15)
  squared <- function(i, name, mean, covariance) {
    x <- draws[i, sprintf("%s[%d]", name, 1:2)] - mean
    c(x %*% solve(covariance, x))
  }
  of_x <- vapply(1:2000, function(i) {
    s <- draws[i, 1:2]
    squared(i, "x", 0, outer(s, s) * matrix(draws[i, 3:6], 2))
  }, 1)
  expect_gt(ks.test(of_x, pchisq, 2)$p.value, 1e-6)
  of_y <- vapply(1:2000, function(i) {
    l <- draws[i, 1:2] * matrix(draws[i, sprintf("L[%d,%d]", c(1, 2, 1, 2), c(1, 1, 2, 2))], 2)
    squared(i, "y", c(1, 2), tcrossprod(l))
  }, 1)
  expect_gt(ks.test(of_y, pchisq, 2)$p.value, 1e-6)
  one <- draws[1, ]
  parts <- c(
    prior_log_density(priors(s ~ uniform(1, 2, dim = 2)), rbind(one[1:2])),
    prior_log_density(priors(O ~ lkj_corr(2, dim = 2)), rbind(one[3:6])),
    prior_log_density(priors(L ~ lkj_corr_cholesky(2, dim = 2)), rbind(one[9:12])),
    sum(dnorm(one[15:16], one[7:8], one[1:2], log = TRUE))
  )
  s <- outer(one[1:2], one[1:2]) * matrix(one[3:6], 2)
  x <- -log(2 * pi) - 0.5 * log(det(s)) - 0.5 * c(one[7:8] %*% solve(s, one[7:8]))
  l <- one[1:2] * matrix(one[9:12], 2)
  v <- tcrossprod(l)
  r <- one[13:14] - c(1, 2)
  y <- -log(2 * pi) - 0.5 * log(det(v)) - 0.5 * c(r %*% solve(v, r))
  expect_equal(prior_log_density(prior, rbind(one)), sum(parts) + x + y)
})

test_that("errors of vectors and matrices quote the line", {
  expect_refused(
    priors(O ~ lkj_corr(2)), "prior",
    c(
      "In `O ~ lkj_corr(2)`: `lkj_corr()` must have a `dim`.",
      "`dim = 3` is a vector of 3 elements, or a matrix of 3 rows."
    )
  )
  expect_refused(
    priors(x ~ multi_normal(0, diag(2), dim = 3)), "prior",
    "`Sigma` must have 9 elements, not 4."
  )
  expect_refused(
    priors(x ~ multi_normal(0, diag(2), lb = 0)), "prior",
    "multi_normal() has no argument `lb`."
  )
  expect_refused(
    priors(O ~ lkj_corr(2, dim = c(2, 3))), "prior",
    "the `dim` of `lkj_corr()` must be K, or c(K, K)."
  )
  expect_refused(
    priors(x ~ normal(0, 1, ordered = TRUE)), "prior",
    c("In `x ~ normal(0, 1, ordered = TRUE)`: `ordered` needs a vector.", "Say `dim = K`.")
  )
  expect_refused(
    priors(x ~ normal(c(0, 1), 1, dim = 2, ordered = TRUE)), "prior",
    "elements of an ordered vector must have the same arguments and bounds."
  )
  expect_refused(
    priors(x ~ normal(0, 1, dim = 2, ordered = "yes")), "prior",
    "`ordered` must be TRUE or FALSE."
  )
  expect_refused(
    priors(x ~ poisson(1, dim = 2, ordered = TRUE)), "prior",
    "an ordered vector must be continuous."
  )
  expect_refused(
    priors(s ~ exponential(1, dim = 3), O ~ lkj_corr(1, dim = 2), x ~ multi_normal(0, quad_form_diag(O, s))),
    "prior", "quad_form_diag() needs a square matrix"
  )
  expect_refused(
    priors(x ~ half_normal(0, 1)), "prior",
    c(
      "In `x ~ half_normal(0, 1)`: there is no distribution `half_normal`.",
      "Half forms are truncated: `normal(..., lb = 0)`."
    )
  )
})

test_that("a draw that cannot be made quotes the line", {
  prior <- priors(a ~ normal(0, 1), x ~ multi_normal(0, a * diag_matrix(c(1, 1))))
  expect_refused(
    sample_prior(prior, 100, seed = 1), "simulator",
    "`Sigma` must be positive definite."
  )
})
