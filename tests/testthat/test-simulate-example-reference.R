# The benchmark's own files, where AMORTFLOW_REFERENCE names a folder that holds
# them: <task>/num_observation_<i>/{observation,true_parameters}.csv and
# reference_posterior_samples.csv.bz2, bernoulli_glm/{stimulus_I,design_matrix}.csv
# and slcp/{distractor_loc,permutation_idx}.csv, distractor_scale_tril.csv.gz.

reference_file <- function(...) {
  folder <- Sys.getenv("AMORTFLOW_REFERENCE")
  skip_if(!nzchar(folder), "AMORTFLOW_REFERENCE is not set")
  path <- file.path(folder, ...)
  skip_if(!file.exists(path), paste("no", path))
  path
}

read_numbers <- function(path, header = FALSE) {
  unname(as.matrix(utils::read.csv(path, header = header)))
}

test_that("fixed parts are the benchmark's own", {
  expect_equal(glm_matrix(), read_numbers(reference_file("bernoulli_glm", "design_matrix.csv")))
  design <- distractor_design()
  expect_equal(design$location, read_numbers(reference_file("slcp", "distractor_loc.csv")))
  factors <- read_numbers(reference_file("slcp", "distractor_scale_tril.csv.gz"))
  expect_equal(do.call(rbind, design$factors), factors)
  order <- read_numbers(reference_file("slcp", "permutation_idx.csv"))
  expect_equal(design$order - 1, as.vector(order))
})

# The reference posterior against likelihood and prior of the example. For draws
# from a density p and any function g that vanishes at the edges of its support,
# E(g d log p / d theta + d g / d theta) = 0 (integration by parts). Comparisons
# at 5 standard errors, 5 observations of 3 tasks with 17 parameters: a false
# alarm with probability 5e-5.
stein_scores <- function(task, observation, log_prior, edge, log_scale = FALSE,
                         share = 1e-4) {
  folder <- paste0("num_observation_", observation)
  x <- read_numbers(reference_file(task, folder, "observation.csv"), header = TRUE)
  draws <- read_numbers(
    bzfile(reference_file(task, folder, "reference_posterior_samples.csv.bz2")),
    header = TRUE
  )
  draws <- draws[seq_len(5000), , drop = FALSE]
  at <- if (log_scale) log(draws) else draws
  log_density <- function(at) {
    theta <- if (log_scale) exp(at) else at
    as.vector(example_log_lik(task, theta, x)) + log_prior(at)
  }
  vapply(seq_len(ncol(at)), function(j) {
    # Central differences, of this share of the posterior's width.
    h <- share * sd(at[, j])
    step <- replace(numeric(ncol(at)), j, h)
    slope <- (log_density(sweep(at, 2, step, "+")) - log_density(sweep(at, 2, step))) / (2 * h)
    g <- edge(at[, j])
    values <- slope * g$value + g$slope
    abs(mean(values)) / (sd(values) / sqrt(length(values)))
  }, numeric(1))
}

anywhere <- function(x) list(value = 1, slope = 0)
within <- function(half) {
  function(x) list(value = half^2 - x^2, slope = -2 * x)
}

test_that("reference posteriors are those of the examples", {
  for (i in 1:5) {
    expect_lt(max(stein_scores("gaussian_linear", i, function(theta) {
      rowSums(dnorm(theta, 0, sqrt(0.1), log = TRUE))
    }, anywhere)), 5)
    expect_lt(max(stein_scores("sir", i, function(at) {
      dnorm(at[, 1], log(0.4), 0.5, log = TRUE) + dnorm(at[, 2], log(0.125), 0.2, log = TRUE)
    }, anywhere, log_scale = TRUE, share = 1e-2)), 5)
    expect_lt(max(stein_scores("slcp", i, function(theta) 0, within(3))), 5)
  }
})

# The density of two_moons jumps at the ends of its crescents, so its draws are
# mapped back to radius and angle. 10 tests at 1e-6; the reference draws are
# independent.
test_that("reference draws of two_moons lie on the example's crescents", {
  for (i in 1:5) {
    folder <- paste0("num_observation_", i)
    x <- read_numbers(reference_file("two_moons", folder, "observation.csv"), header = TRUE)
    theta <- read_numbers(
      bzfile(reference_file("two_moons", folder, "reference_posterior_samples.csv.bz2")),
      header = TRUE
    )
    u <- x[[1]] - 0.25 + abs(rowSums(theta)) / sqrt(2)
    v <- x[[2]] - (theta[, 2] - theta[, 1]) / sqrt(2)
    expect_gt(ks.test(sqrt(u^2 + v^2), "pnorm", 0.1, 0.01)$p.value, 1e-6)
    expect_gt(ks.test(atan2(v, u), "punif", -pi / 2, pi / 2)$p.value, 1e-6)
  }
})
