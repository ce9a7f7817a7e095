# Streams simulations into a store, and goes on where an earlier run stopped.

# Simulations of the first shard; further ones add an eighth to what is there,
# up to the largest size: so no more than that is lost when a run is killed.
first_shard <- 64

largest_shard <- function() {
  store_option("amortflow.store_shard", 16 * 2^20)
}

store_buffer <- function() {
  store_option("amortflow.store_buffer", 128 * 2^20)
}

store_option <- function(name, default) {
  assert_number(
    getOption(name, default),
    lower = 1, upper = 2^40, arg = sprintf("options(%s)", name)
  )
}

#' @param seed As the user gave it: `NULL` for that of an existing store.
#' @noRd
simulate_to_store <- function(model, nsim, seed, cores, on_error, path, call) {
  assert_string(path, arg = "store", call = call)
  path <- path.expand(path)
  index <- existing_store(path, call)
  # A simulator may change R's working directory.
  path <- normalizePath(path)
  check_store(index, model, seed, on_error, path, call)
  seed <- if (is.null(index)) as_seed(seed, call = call) else index$about$seed
  run <- list(
    model = model, seed = seed, cores = cores, on_error = on_error, path = path,
    progress = simulation_progress(nsim), call = call
  )
  index <- without_variables_anew(index, nsim, path)
  before <- count_failed(index$shards)
  mend_shards(index, run)
  end <- store_end(index)
  while (end < nsim) {
    end <- add_shard(run, index, end, nsim)
    index <- call_core(core_read_store_index(path), call = call)
  }
  store <- new_store(path, index)
  warn_store_dropped(store, before, nsim, on_error, call)
  store
}

existing_store <- function(path, call) {
  if (file.exists(file.path(path, "index.jsonl"))) {
    return(call_core(core_read_store_index(path), call = call))
  }
  if (!dir.exists(path) && !dir.create(path, recursive = TRUE, showWarnings = FALSE)) {
    amortflow_abort(
      sprintf("The folder `%s` cannot be made.", path), "store",
      hint = "Is there such a place, and may you write there?", call = call
    )
  }
  others <- setdiff(list.files(path), "index.jsonl.tmp")
  if (length(others) > 0) {
    amortflow_abort(
      sprintf(
        "`store` must be a store or an empty folder, but `%s` holds other files, such as `%s`.",
        path, others[[1]]
      ),
      "store",
      hint = "Name a new folder.", call = call
    )
  }
  NULL
}

check_store <- function(index, model, seed, on_error, path, call) {
  if (is.null(index)) {
    return(invisible())
  }
  if (!identical(index$about$model_hash, model_hash(model))) {
    amortflow_abort(
      sprintf("The store `%s` was made by another model.", path), "store",
      hint = paste(
        "Prior, simulator or what is observed differ.",
        "Name another folder, or delete this one."
      ),
      call = call
    )
  }
  if (!is.null(seed) && as_seed(seed, call = call) != index$about$seed) {
    amortflow_abort(
      sprintf(
        "The store `%s` was begun with seed %s, not %s.", path,
        format(index$about$seed, digits = 17), format(seed, digits = 17)
      ),
      "store",
      hint = "Leave out `seed` to continue it, or name another folder.",
      call = call
    )
  }
  begun <- store_on_error(index)
  if (!on_error %in% begun && !"stop" %in% begun) {
    amortflow_abort(
      sprintf(
        "The store `%s` was begun with `on_error = \"%s\"`, not \"%s\".", path,
        begun, on_error
      ),
      "store",
      hint = sprintf(
        "Continue it with `on_error = \"%s\"`, or name another folder.", begun
      ),
      call = call
    )
  }
}

# How failures of a store are treated. One begun with "stop" has none until it
# goes on with another `on_error`, which its shards then show.
store_on_error <- function(index) {
  failed <- Filter(\(s) !is.null(s$about$failed), index$shards)
  if (length(failed) == 0) {
    return(index$about$on_error)
  }
  if (failed[[1]]$simulations == failed[[1]]$count) "keep" else "drop"
}

# A store of failures alone does not know its variables, so it cannot go on.
without_variables_anew <- function(index, nsim, path) {
  if (is.null(index) || !lacks_variables(index$tables) || nsim <= store_end(index)) {
    return(index)
  }
  files <- vapply(index$shards, `[[`, "", "file")
  unlink(file.path(path, c("index.jsonl", files)))
  NULL
}

store_end <- function(index) {
  shards <- index$shards
  if (length(shards) == 0) {
    return(0)
  }
  last <- shards[[length(shards)]]
  last$first + last$count
}

# Shards whose files were deleted or cut short are made again.
mend_shards <- function(index, run) {
  for (shard in Filter(\(s) !s$whole, index$shards)) {
    drawn <- draw_for_store(run, shard$first, shard$count, index)
    append_drawn(run, drawn, shard$first, shard$count, index)
  }
}

#' Simulate and write the next shard
#'
#' @return The number of simulations that there are then.
#' @noRd
add_shard <- function(run, index, end, nsim) {
  count <- min(next_count(end, index, run$model), nsim - end)
  drawn <- draw_for_store(run, end, count, index)
  while (is.null(index) && length(drawn$failures$index) == count) {
    # What failed does not say which variables there are.
    if (count == nsim) {
      if (run$on_error == "keep") break
      abort_all_failed(drawn$failures, drawn$parameters, run$call)
    }
    count <- min(count * 10, nsim)
    drawn <- draw_for_store(run, end, count, index)
  }
  if (is.null(index)) {
    call_core(
      core_create_store(run$path, store_about(run), table_schema(drawn)),
      call = run$call
    )
  }
  append_drawn(run, drawn, end, count, index)
  end + count
}

draw_for_store <- function(run, first, count, index) {
  draw_simulations(
    run$model, first, count, run$seed,
    cores = run$cores, on_error = run$on_error,
    progress = shifted_progress(run$progress, first), call = run$call,
    variables = store_variables(index)
  )
}

# Names of each observable's variables, as the first shard had them.
store_variables <- function(index) {
  if (!is.null(index)) lapply(data_tables(index$tables), `[[`, "names")
}

shifted_progress <- function(progress, by) {
  list(
    of_core = \(p) progress$tick(by + p$done),
    tick = \(done) progress$tick(by + done)
  )
}

#' @param index `NULL` for the first shard, which decides what the tables are.
#' @noRd
append_drawn <- function(run, drawn, first, count, index) {
  failed <- drawn$failures$index - first
  if (!is.null(index) && length(failed) == count) {
    lengths <- stored_lengths(run, index)
    drawn <- failed_drawn(drawn, index$tables, lengths)
  }
  kept <- if (run$on_error == "keep") seq_len(count) else setdiff(seq_len(count), failed)
  shard <- list(
    first = first, count = count,
    tables = unname(tables_from_drawn(drawn_rows(drawn, kept), kept)),
    about = failures_about(drawn, first)
  )
  call_core(core_append_shard(run$path, shard), call = run$call)
  # Garbage of many shards would outgrow what training is given.
  if (sum(lengths(lapply(drawn$data, `[[`, "values"))) > 2^19) gc(FALSE)
}

# Positions of a failed data set of each observable: as many as others have, if
# these have one number, else 1, as simulate() has it without a store.
stored_lengths <- function(run, index) {
  tables <- paste0("lengths", seq_along(data_tables(index$tables)))
  if (run$on_error != "keep" || all(run$model$observed == "vector")) {
    return(rep(1, length(tables)))
  }
  shard <- which(vapply(index$shards, \(s) s$simulations > 0, NA))[[1]]
  stored <- call_core(
    core_read_shard(run$path, shard, tables),
    call = run$call
  )
  vapply(tables, function(name) {
    length <- unique(as.vector(stored[[name]]))
    if (length(length) == 1) length else 1
  }, 0)
}

failures_about <- function(drawn, first, most = 100) {
  failures <- drawn$failures
  if (nrow(failures) == 0) {
    return(list())
  }
  shown <- utils::head(failures, most)
  c(
    list(failed = nrow(failures)), as.list(shown),
    list(parameters = as.double(
      drawn$parameters[shown$index - first, , drop = FALSE]
    ))
  )
}

next_count <- function(end, index, model) {
  each <- if (length(index$shards) > 0) {
    first <- index$shards[[1]]
    max(1, first$bytes / max(1, first$simulations))
  } else {
    1
  }
  count <- min(
    max(first_shard, ceiling(end / 8)), max(1, floor(largest_shard() / each))
  )
  grid <- call_grid(model)
  max(1, (end + count) %/% grid - end %/% grid) * grid - end %% grid
}

# Simulations between two calls of a vectorized function, which draws for all of
# them: shards end where calls do, wherever a run was stopped.
call_grid <- function(model) {
  vectorized <- isTRUE(model$prior$vectorized) ||
    isTRUE(model$simulator$vectorized)
  if (vectorized) host_grid else 1
}

store_about <- function(run) {
  support <- prior_support(run$model$prior)
  list(
    amortflow = as.character(utils::packageVersion("amortflow")),
    model_hash = model_hash(run$model), model = run$model$name,
    seed = run$seed, on_error = run$on_error, observed = unname(run$model$observed),
    observables = names(run$model$observed),
    support = lapply(support[c("lower", "upper")], as.double)
  )
}

warn_store_dropped <- function(store, before, nsim, on_error, call) {
  n <- attr(store, "n_failed") - before
  if (n == 0 || on_error == "keep") {
    return(invisible())
  }
  amortflow_warn(
    sprintf("Dropped %s of %s simulations.", shown_count(n), shown_count(nsim)),
    "dropped",
    hint = "`attr(store, \"failures\")` says which and why.",
    failures = attr(store, "failures"), call = call
  )
}
