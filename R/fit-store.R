# Training from a store: what must be in memory is read here, the rest by the
# core while it trains.

# More would make the adapter's means no better than the networks need.
most_pilot <- 10000

# Simulations of a model are independent, so that the last ones are as good for
# validation as any, and the first ones for the adapter.
store_data <- function(store, settings, call) {
  missing <- takes_missing(settings$adapter)
  n <- length(assert_enough(store, call, least = 3))
  held_out <- max(1, min(settings$validation, floor(n / 10)))
  each <- sum(store_part(store, "shards")$bytes) / n
  buffer <- store_buffer()
  pilot <- min(n - held_out, most_pilot, max(100, floor(buffer / (4 * each))))
  list(
    pilot = assert_enough(finite_simulations(store[seq_len(pilot)], missing), call),
    validation = finite_simulations(store[seq.int(n - held_out + 1, n)], missing),
    nsim = n - held_out,
    store = list(
      folder = store_part(store, "path"), simulations = n - held_out,
      buffer_bytes = buffer
    )
  )
}

# What the core reads from disk does not pass R.
refuse_host_steps <- function(adapter, call) {
  if (needs_host(adapter)) {
    amortflow_abort(
      "Training from a store must do without functions of R (adapt_apply(), summary_function()).",
      "unsupported",
      hint = "`simulations = store[seq_len(n)]` trains on simulations in memory.",
      call = call
    )
  }
}
