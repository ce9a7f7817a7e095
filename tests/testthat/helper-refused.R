# An error of one topic whose message holds `text`. (Snapshots of errors look
# different under testthat 3.1 and 3.2, and both must pass.)
expect_refused <- function(code, topic, text) {
  condition <- expect_error(code, class = paste0("amortflow_error_", topic))
  for (part in text) {
    expect_match(conditionMessage(condition), part, fixed = TRUE)
  }
  invisible(condition)
}
