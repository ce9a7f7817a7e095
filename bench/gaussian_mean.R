# The Gaussian-mean tutorial from end to end: mu ~ N_4(0, I), 50 observations N(mu, I), online training of 10 epochs of
# 1,000 batches of 32, on two cores. Two lines of JSON: the seconds that fit_posterior() took, beside the 9 min 8 s that
# the tutorial's authors publish (other hardware), and how far log q is from the exact log density on fresh data, beside
# the 0.04 nats that are allowed.
#
#   Rscript bench/gaussian_mean.R [cores]

library(amortflow)

published_seconds <- 548
allowed_nats <- 0.04
nsim_fresh <- 2000

arguments <- commandArgs(TRUE)
cores <- if (length(arguments) > 0) as.integer(arguments[[1]]) else 2L

report <- function(name, ours, baseline, unit, what) {
  cat(sprintf(
    paste0(
      '{"name": "gaussian_mean/%s", "ours": %.4g, "baseline": %.4g, "ratio": %.4g, ',
      '"share": null, "unit": "%s", "what": "%s"}\n'
    ),
    name, ours, baseline, baseline / ours, unit, what
  ))
}

# N(n xbar / (n + 1), I / (n + 1)).
exact_log_density <- function(simulations) {
  n <- dim(simulations$data)[[2]]
  means <- apply(simulations$data, c(1, 3), mean)
  rowSums(stats::dnorm(
    simulations$parameters, n / (n + 1) * means, sqrt(1 / (n + 1)),
    log = TRUE
  ))
}

model <- example_model("gaussian_mean")
seconds <- system.time(
  fit <- fit_posterior(
    model,
    summary = summary_deep_set(summary_dim = 10),
    epochs = 10, batches_per_epoch = 1000, batch_size = 32,
    seed = 2023, cores = cores, silent = TRUE
  )
)[["elapsed"]]
report(
  "seconds", seconds, published_seconds, "s",
  sprintf("fit_posterior(), online, 10 x 1,000 x 32, %d cores; baseline: published", cores)
)
fresh <- simulate(model, nsim = nsim_fresh, seed = 11, cores = cores)
gap <- exact_log_density(fresh) - log_density(fit, fresh$parameters, fresh, cores = cores)
report(
  "gap", mean(gap), allowed_nats, "nats",
  sprintf(
    "mean exact log density minus ours, %d fresh data sets, standard error %.2g; baseline: allowed",
    nsim_fresh, stats::sd(gap) / sqrt(nsim_fresh)
  )
)
