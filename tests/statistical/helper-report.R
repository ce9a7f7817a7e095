# Figures go to the console and, if AMORTFLOW_FIGURES names a file, into it.
report_figure <- function(name, value) {
  line <- sprintf("%s: %s", name, format(value, digits = 4))
  cat("\n  ", line, "\n", sep = "")
  file <- Sys.getenv("AMORTFLOW_FIGURES")
  if (nzchar(file)) {
    cat(line, "\n", sep = "", file = file, append = TRUE)
  }
}

report_deviations <- function(model, calibration) {
  checked <- summary(calibration)
  for (i in seq_len(nrow(checked))) {
    report_figure(
      sprintf("%s: largest deviation of the rank ECDF of %s", model, checked$variable[[i]]),
      checked$max_deviation[[i]]
    )
  }
}
