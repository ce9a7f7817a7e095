# The ratio of posterior to prior in place of a likelihood: the same but for a constant.

#' @exportS3Method
set_likelihood.amortflow_ratio_fit <- function(fit, sets, i, cores = 1,
                                               call = rlang::caller_env()) {
  if (!is.null(fit$adapter$keep)) {
    amortflow_abort(
      sprintf("Ratios need all parameters, but this fit is about %s alone.", shown_names(fit$spec$variables)),
      "unsupported",
      hint = "Fit without adapt_select() of parameters.", call = call
    )
  }
  live <- live_ratio(fit, call)
  # What conditions the network is worked out once.
  conditions <- call_core(
    core_ratio_conditions(live, host_sets(fit$adapter, set_alone(sets, i), call), as.integer(cores)),
    call = call
  )
  prefix <- prefix_steps(fit$adapter$parameters)
  function(parameters, may_miss = FALSE) {
    moved <- unname(forward_steps(prefix, parameters, call))
    matrix(call_core(core_log_ratios(live, conditions, moved, rep(0L, nrow(moved))), call = call))
  }
}

set_alone <- function(sets, i) {
  sets$data <- subset_blocks(sets$data, i)
  sets$context <- sets$context[i, , drop = FALSE]
  sets[c("n", "ids")] <- list(1, NULL)
  sets
}
