# Writes simulations of 100 numbers to a store and trains from it, in one
# process, and says how much memory that took at most.
#
#   Rscript bench/store.R [simulations] [folder]
#
# A line of JSON: seconds and bytes, resident memory at its highest (VmHWM of
# /proc/self/status, so on Linux only) before, after writing and after training.

arguments <- commandArgs(TRUE)
nsim <- if (length(arguments) > 0) as.numeric(arguments[[1]]) else 1e7
folder <- if (length(arguments) > 1) arguments[[2]] else tempfile("store-")

most_resident <- function() {
  line <- grep("^VmHWM", readLines("/proc/self/status"), value = TRUE)
  as.numeric(sub("[^0-9]*([0-9]+).*", "\\1", line)) * 1024
}

seconds <- function(code) system.time(code)[["elapsed"]]

library(amortflow)
model <- generative_model(
  priors(mu ~ normal(0, 1), sigma ~ exponential(1)),
  cpp_simulator(code = "
    #include <amortflow/simulator.hpp>
    void hundred(const double* theta, double* out, amortflow::rng& random) {
      for (int i = 0; i < 100; ++i) out[i] = amortflow::normal(random, theta[0], theta[1]);
    }
    AMORTFLOW_SIMULATOR(hundred, amortflow::sizes().parameters(2).positions(100))
  ")
)
before <- most_resident()
writing <- seconds(store <- simulate(model, nsim, seed = 1, store = folder, cores = 2))
after_writing <- most_resident()
training <- seconds(fit <- fit_posterior(
  model, store,
  inference = inference_coupling_flow(depth = 2, width = 32), epochs = 1,
  batch_size = 4096, seed = 1, cores = 2, silent = TRUE
))
cat(sprintf(
  paste0(
    "{\"name\": \"store\", \"simulations\": %.0f, \"bytes\": %.0f, ",
    "\"write_seconds\": %.1f, \"train_seconds\": %.1f, \"resident_before\": %.0f, ",
    "\"resident_written\": %.0f, \"resident_trained\": %.0f, \"validation_loss\": %.4f}\n"
  ),
  length(store), sum(store$shards$bytes), writing, training, before,
  after_writing, most_resident(), fit$outcome$best_validation_loss
))
unlink(folder, recursive = TRUE)
