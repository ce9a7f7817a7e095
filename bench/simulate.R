# Simulations per second: C++ against the vectorised R form and a plain R loop of
# the same model (same step, same number of trials), and two cores against one.
# One JSON object a line; see README.md.

library(amortflow)

trials <- 250
dt <- 0.001
repeats <- 7

# Context of the examples: simulators cut it down to a whole number.
fixed_trials <- function() priors(n_obs ~ uniform(trials, trials + 0.5))

# Seconds of each competitor, measured in turn.
measure <- function(competitors, repeats) {
  lapply(competitors, function(run) run()) # compiles, warms up
  seconds <- replicate(repeats, vapply(competitors, function(run) {
    system.time(run())[["elapsed"]]
  }, numeric(1)))
  apply(matrix(seconds, length(competitors)), 1, stats::median) |>
    stats::setNames(names(competitors))
}

report <- function(name, ours, baseline, unit = "simulations/s") {
  cat(sprintf(
    '{"name": "%s", "ours": %.5g, "baseline": %.5g, "ratio": %.4g, "unit": "%s"}\n',
    name, ours, baseline, ours / baseline, unit
  ))
}

# `models`: list of cpp, vectorized, loop; `counts`: simulations of each in a run.
compare <- function(name, models, counts) {
  run <- function(model, count, cores = 1) {
    force(count)
    function() simulate(model, count, seed = 1, cores = cores)
  }
  competitors <- list(
    cpp = run(models$cpp, counts$cpp), two = run(models$cpp, counts$cpp, cores = 2),
    vectorized = run(models$vectorized, counts$vectorized),
    loop = run(models$loop, counts$loop)
  )
  seconds <- measure(competitors, repeats)
  speed <- unlist(counts)[c("cpp", "cpp", "vectorized", "loop")] / seconds
  names(speed) <- names(seconds)
  report(paste0(name, "/cpp_vs_vectorised_r"), speed[["cpp"]], speed[["vectorized"]])
  report(paste0(name, "/cpp_vs_r_loop"), speed[["cpp"]], speed[["loop"]])
  report(paste0(name, "/two_cores_vs_one"), speed[["two"]], speed[["cpp"]])
}

# -- boarding-school SIR: Runge-Kutta, 20 steps a day, 14 days -----------------

sir_flow <- function(s, i, beta, gamma) {
  infections <- beta * s * i / 763
  list(-infections, infections - gamma * i)
}

# Works for numbers and for vectors of simulations alike.
sir_curve <- function(beta, gamma, each_day) {
  h <- 1 / 20
  s <- 762 + 0 * beta
  i <- 1 + 0 * beta
  for (day in 1:14) {
    for (step in 1:20) {
      k1 <- sir_flow(s, i, beta, gamma)
      k2 <- sir_flow(s + h / 2 * k1[[1]], i + h / 2 * k1[[2]], beta, gamma)
      k3 <- sir_flow(s + h / 2 * k2[[1]], i + h / 2 * k2[[2]], beta, gamma)
      k4 <- sir_flow(s + h * k3[[1]], i + h * k3[[2]], beta, gamma)
      s <- s + h / 6 * (k1[[1]] + 2 * k2[[1]] + 2 * k3[[1]] + k4[[1]])
      i <- i + h / 6 * (k1[[2]] + 2 * k2[[2]] + 2 * k3[[2]] + k4[[2]])
    }
    each_day(day, pmax(i, 0))
  }
}

sir_r <- function(theta) {
  n <- length(theta$beta)
  counts <- matrix(0, n, 14)
  sir_curve(theta$beta, theta$gamma, function(day, infected) {
    counts[, day] <<- stats::rnbinom(n, mu = infected, size = 1 / theta$phi_inv)
  })
  if (n == 1) as.vector(counts) else counts
}

bench_sir <- function() {
  cpp <- example_model("sir_school")
  r_model <- function(vectorized) {
    generative_model(cpp$prior, simulator(sir_r, vectorized = vectorized), observed = "series")
  }
  compare(
    "sir",
    list(cpp = cpp, vectorized = r_model(TRUE), loop = r_model(FALSE)),
    list(cpp = 50000, vectorized = 20000, loop = 200)
  )
}

# -- drift diffusion: Euler-Maruyama of 250 trials, at most 10 s ---------------

drift_diffusion_code <- "
#include <amortflow/simulator.hpp>
#include <amortflow/xoshiro.hpp>

void euler_drift_diffusion(const double* theta, double* out, amortflow::rng& random) {
  amortflow::xoshiro fast(random);
  const double v = theta[0] * 0.001, a = theta[1], root = std::sqrt(0.001);
  for (int i = 0; i < 250; ++i) {
    double x = theta[3] * a;
    int step = 0;
    while (x > 0 && x < a && step < 10000) {
      x += v + root * fast.normal();
      ++step;
    }
    out[2 * i] = 0.001 * step + theta[2];
    out[2 * i + 1] = x >= a ? 1 : 0;
  }
}

AMORTFLOW_SIMULATOR(euler_drift_diffusion,
                    amortflow::sizes().parameters(4).positions(250).variables(2))
"

# All trials of a data set at once.
drift_diffusion_vectorized <- function(theta) {
  x <- rep(theta$w * theta$a, trials)
  steps <- numeric(trials)
  active <- seq_len(trials)
  step <- 0
  while (length(active) > 0 && step < 10 / dt) {
    step <- step + 1
    x[active] <- x[active] + theta$v * dt + sqrt(dt) * stats::rnorm(length(active))
    steps[active] <- step
    active <- active[x[active] > 0 & x[active] < theta$a]
  }
  cbind(theta$t0 + dt * steps, as.numeric(x >= theta$a))
}

drift_diffusion_loop <- function(theta) {
  out <- matrix(0, trials, 2)
  for (trial in seq_len(trials)) {
    x <- theta$w * theta$a
    step <- 0
    while (x > 0 && x < theta$a && step < 10 / dt) {
      step <- step + 1
      x <- x + theta$v * dt + sqrt(dt) * stats::rnorm(1)
    }
    out[trial, ] <- c(theta$t0 + dt * step, as.numeric(x >= theta$a))
  }
  out
}

bench_drift_diffusion <- function() {
  prior <- priors(
    v ~ normal(0, 10, lb = -5, ub = 5), a ~ normal(1, 1, lb = 0.5, ub = 3),
    t0 ~ normal(0.4, 0.2, lb = 0.2, ub = 1), w ~ normal(0.5, 0.1, lb = 0.3, ub = 0.7)
  )
  model <- function(simulator) {
    generative_model(prior, simulator, observed = "exchangeable")
  }
  exact <- generative_model(
    prior, example_simulator("drift_diffusion"),
    observed = "exchangeable", context = fixed_trials()
  )
  cpp <- model(cpp_simulator(code = drift_diffusion_code))
  compare(
    "drift_diffusion",
    list(
      cpp = cpp, vectorized = model(simulator(drift_diffusion_vectorized)),
      loop = model(simulator(drift_diffusion_loop))
    ),
    list(cpp = 500, vectorized = 20, loop = 4)
  )
  # The example has no steps of time.
  seconds <- measure(list(
    exact = function() simulate(exact, 500, seed = 1, cores = 1),
    steps = function() simulate(cpp, 500, seed = 1, cores = 1)
  ), repeats)
  report("drift_diffusion/exact_vs_steps", 125000 / seconds[["exact"]], 125000 / seconds[["steps"]], "trials/s")
}

# -- leaky competing accumulator: 250 trials, at most 10 s ---------------------

lca_vectorized <- function(theta) {
  condition <- stats::runif(trials) < 0.5
  drift <- matrix(theta$v, ncol = 3, byrow = TRUE)[1 + condition, ]
  x <- matrix(0, trials, 3)
  steps <- numeric(trials)
  active <- seq_len(trials)
  step <- 0
  while (length(active) > 0 && step < 10 / dt) {
    step <- step + 1
    now <- x[active, , drop = FALSE]
    noise <- matrix(stats::rnorm(length(now)), ncol = 3)
    leak <- (theta$lambda - theta$kappa) * now + theta$kappa * rowSums(now)
    now <- pmax(now + (drift[active, , drop = FALSE] - leak) * dt + sqrt(dt) * noise, 0)
    x[active, ] <- now
    steps[active] <- step
    active <- active[now[, 1] < theta$a & now[, 2] < theta$a & now[, 3] < theta$a]
  }
  choice <- max.col(x, "first")
  cbind(dt * steps + theta$ndt, choice == 1, choice == 2, choice == 3, condition)
}

lca_loop <- function(theta) {
  out <- matrix(0, trials, 5)
  for (trial in seq_len(trials)) {
    condition <- stats::runif(1) < 0.5
    v <- if (condition) theta$v[4:6] else theta$v[1:3]
    x <- numeric(3)
    step <- 0
    while (max(x) < theta$a && step < 10 / dt) {
      step <- step + 1
      leak <- (theta$lambda - theta$kappa) * x + theta$kappa * sum(x)
      x <- pmax(x + (v - leak) * dt + sqrt(dt) * stats::rnorm(3), 0)
    }
    choice <- which.max(x)
    out[trial, ] <- c(dt * step + theta$ndt, choice == 1:3, condition)
  }
  out
}

bench_lca <- function() {
  prior <- priors(
    v ~ gamma(2, 1.2, dim = 6), a ~ gamma(10, 6), ndt ~ gamma(1.5, 5),
    lambda ~ beta(1, 5), kappa ~ beta(1, 5)
  )
  model <- function(simulator, context = NULL) {
    generative_model(prior, simulator, observed = "exchangeable", context = context)
  }
  example <- model(example_simulator("lca"), context = fixed_trials())
  compare(
    "lca",
    list(
      cpp = example, vectorized = model(simulator(lca_vectorized)),
      loop = model(simulator(lca_loop))
    ),
    list(cpp = 160, vectorized = 10, loop = 1)
  )
  batch <- function() simulate(example, 16, seed = 1, cores = 2)
  seconds <- measure(list(batch = batch), 51)[["batch"]]
  # 507 ms: the same batch in the tutorial of BayesFlow (other hardware).
  report("lca/batch_of_16_two_cores", 1000 * seconds, 507, "ms, less is better")
}

asked <- commandArgs(trailingOnly = TRUE)
all <- list(sir = bench_sir, drift_diffusion = bench_drift_diffusion, lca = bench_lca)
for (bench in all[if (length(asked) > 0) match.arg(asked, names(all), several.ok = TRUE) else names(all)]) {
  bench()
}
