# Flow matching on two_moons with the default network: 10,000 draws for one data set by the adaptive solver, against 500
# Euler steps. Lines of JSON: CPU seconds of both (the ratio is to be at least 10), and what a classifier two-sample test
# against exact draws makes of both (they are to be within 0.01 of each other). Published for the adaptive solver and a
# network of 5 x 256 (other hardware): 8.3 s.
#
#   Rscript bench/flow_matching.R [cores] [nsim] [epochs] [peak]
#
# nsim: simulations to train on (10,000); epochs: instead of the default number ("auto"), for a quick look; peak: GFLOP/s
# of the micro-kernel on one core, which is "ours" over "share" of amortflow_bench --only products/64x256x256. With it,
# the share of it at which Euler steps run is printed; adaptive steps run the same network, on as many rows at once.

library(amortflow)

arguments <- suppressWarnings(as.numeric(commandArgs(TRUE)))
given <- function(i, default) {
  if (length(arguments) >= i && !is.na(arguments[[i]])) arguments[[i]] else default
}
cores <- given(1, 2)
nsim <- given(2, 10000)
epochs <- given(3, "auto")
peak <- given(4, NULL)
ndraws <- 10000
euler_steps <- 500
observation <- c(0, 0)

report <- function(name, ours, baseline, unit, what, share = "null") {
  cat(sprintf(
    paste0(
      '{"name": "flow_matching/%s", "ours": %.4g, "baseline": %.4g, "ratio": %.4g, ',
      '"share": %s, "unit": "%s", "what": "%s"}\n'
    ),
    name, ours, baseline, baseline / ours, share, unit, what
  ))
}

# The noise is a crescent p; x = p + (0.25, 0) + (-|t1 + t2|, t2 - t1) / sqrt(2) has two solutions for (t1, t2).
exact_draws <- function(x, n) {
  angle <- runif(4 * n, -pi / 2, pi / 2)
  radius <- rnorm(4 * n, 0.1, 0.01)
  sum <- sqrt(2) * (radius * cos(angle) + 0.25 - x[[1]]) * sample(c(-1, 1), 4 * n, TRUE)
  difference <- sqrt(2) * (x[[2]] - radius * sin(angle))
  draws <- cbind(sum - difference, sum + difference) / 2
  draws[apply(abs(draws) <= 1, 1, all), ][seq_len(n), ]
}

with_solver <- function(fit, ...) {
  fit$spec$estimator$inference[...names()] <- list(...)
  fit
}

draw <- function(fit, cores = 1) {
  time <- system.time(
    draws <- sample_posterior(fit, observation, ndraws = ndraws, seed = 2, cores = cores)
  )
  list(
    values = unclass(posterior::as_draws_matrix(draws))[, 1:2],
    seconds = sum(time[c("user.self", "sys.self")]), elapsed = time[["elapsed"]]
  )
}

two_sample <- function(draws) {
  amortflow:::classifier_two_sample(exact, draws$values, seed = 3, cores = cores)
}

model <- example_model("two_moons")
fit <- fit_posterior(
  model,
  simulations = simulate(model, nsim = nsim, seed = 1, cores = cores),
  inference = inference_flow_matching(), epochs = epochs,
  seed = 1, cores = cores, silent = TRUE
)
set.seed(1)
exact <- exact_draws(observation, ndraws)
invisible(draw(fit)) # the first call builds the networks
adaptive <- draw(fit)
euler <- draw(with_solver(fit, solver = "euler", steps = euler_steps))
report(
  "seconds", adaptive$seconds, euler$seconds, "s",
  "10,000 draws of one data set, adaptive solver, CPU time of one core; baseline: 500 Euler steps"
)
if (!is.null(peak)) {
  # Without a summary network, a row passes every weight once, with a product and a sum.
  rate <- 2e-9 * fit$outcome$n_weights * euler_steps * ndraws / euler$seconds
  report(
    "rate", rate, peak, "GFLOP/s",
    "500 Euler steps on one core; baseline: the micro-kernel",
    share = sprintf("%.3f", rate / peak)
  )
}
report(
  "c2st", two_sample(adaptive), two_sample(euler), "accuracy",
  sprintf("C2ST against exact draws, adaptive; baseline: 500 Euler steps; %g simulations", nsim)
)
