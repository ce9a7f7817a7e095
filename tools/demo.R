# The boarding-school example from library() to plots: influenza in a boarding school, England 1978. Writes into demo/:
# summary.csv (beside the exact posterior), draws.rds, and pictures. `make demo` runs it.

started <- proc.time()[["elapsed"]]
library(amortflow)
say <- function(...) cat(sprintf("[%3.0f s] %s\n", proc.time()[["elapsed"]] - started, sprintf(...)))

folder <- "demo"
dir.create(folder, showWarnings = FALSE)
cores <- min(2, parallel::detectCores())
say("amortflow %s", utils::packageVersion("amortflow"))
print(backend_info())

source("tests/statistical/exact_boarding_school.R")

model <- example_model("sir_school")
print(model)

say("training")
fit <- fit_posterior(model, seed = 1978, cores = cores)
print(fit)

say("sampling")
draws <- sample_posterior(fit, boarding_school, ndraws = 4000, seed = 1)
saveRDS(draws, file.path(folder, "draws.rds"))
summary <- summarise_draws(
  draws, "mean", "sd",
  ~ posterior::quantile2(.x, probs = c(0.05, 0.5, 0.95))
)
exact <- exact_boarding_school(boarding_school)
summary <- as.data.frame(summary)
summary[-1] <- lapply(summary[-1], as.numeric)
table <- merge(summary, exact, by = "variable")
utils::write.csv(table, file.path(folder, "summary.csv"), row.names = FALSE)
print(format(table, digits = 4), row.names = FALSE)

say("plots")
save_plot <- function(name, plot, width = 7, height = 5) {
  grDevices::png(
    file.path(folder, name),
    width = width, height = height, units = "in", res = 110, type = "cairo"
  )
  on.exit(grDevices::dev.off())
  print(plot)
}
simulations <- simulate(model, nsim = 1000, seed = 2, cores = cores)
save_plot("pairs.png", plot(draws), 7, 7)
save_plot("posterior_predictive.png", pp_check(fit, boarding_school, seed = 3))
save_plot("calibration.png", plot(check_calibration(fit, simulations, seed = 4)), 9, 4)
save_plot("recovery.png", plot(check_recovery(fit, simulations, seed = 4)), 9, 4)
save_plot("loss.png", plot(check_training(fit)))

z <- abs(table$mean - table$exact_mean) / table$exact_sd
ratio <- table$sd / table$exact_sd
say(
  "largest error of a mean: %.2f exact sd; sds between %.2f and %.2f of the exact ones",
  max(z), min(ratio), max(ratio)
)
say("done: see %s/", folder)
if (max(z) > 0.25 || any(abs(ratio - 1) > 0.2)) {
  say("That is further from the exact posterior than it should be (means 0.25 sd, sds 20 %%).")
}
