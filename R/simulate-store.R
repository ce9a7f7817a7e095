#' Simulations on disk
#'
#' [simulate()] with `store = "folder"` writes simulations to a folder instead
#' of keeping them in memory, and `open_store()` finds them again. A store
#' stands for its simulations wherever these are taken: `length()`, `[i]` (which
#' reads those simulations), `$parameters` and `$data` (which read all of them),
#' `summary()`, `as.data.frame()`, the checks, and [fit_posterior()], which
#' trains from disk with a bounded buffer.
#'
#' @section What is on disk:
#' `index.jsonl` has one line (JSON) for the store and one for each shard; lines
#' are only appended. A shard, `shard-000001.bin` and so on, holds its
#' simulations column by column; it is written under another name, flushed to
#' the disk and renamed, so that a crash at any moment leaves a store that can
#' be read and continued. Parameters are kept in double precision, data as
#' 4-byte floats, save for columns where that would do more than round: whole
#' numbers from 2^24 on that a float cannot hold, values beyond a float's range,
#' and values whose spread is less than 1/4096 of their size. Every shard has a
#' checksum (XXH64), which is verified whenever it is read.
#'
#' A shard has up to `getOption("amortflow.store_shard")` bytes, by default 16
#' MiB; the first ones are small, so that little is lost when a slow simulator
#' is stopped. Training reads through a buffer of
#' `getOption("amortflow.store_buffer")` bytes, by default 128 MiB.
#'
#' @section Same numbers:
#' Simulation `i` of a store is simulation `i` of `simulate()` with the same
#' seed, up to the rounding of data to floats, however often the run was
#' stopped. Only a vectorized simulator, which draws for pieces of up to 1000
#' simulations at a time, gives other numbers in a piece that `nsim` once cut.
#' Training depends on the seed and on how the store is divided into shards.
#'
#' @section Errors:
#' `amortflow_error_store` for a folder that holds no store; a shard that is
#' missing, truncated or damaged; a store made by another model, with another
#' seed or another `on_error`; two processes that write to one store; a disk that is full.
#'
#' @param path String: the folder.
#' @return An `amortflow_store`, also of class `amortflow_simulations`: a list of
#'   `path` and `shards` (data frame, one row per shard: `file`, `first`, the
#'   number of its first simulation, from 1, `count`, how many numbers it stands
#'   for, `simulations`, how many of these did not fail, `bytes` and
#'   `checksum`), as the store was when it was opened, with the attributes of
#'   [simulate.amortflow_model()]. `attr(, "failures")` lists the first 100
#'   failures of each shard, with their parameters; `attr(, "n_failed")` counts
#'   all.
#' @examples
#' folder <- tempfile()
#' model <- example_model("two_moons")
#' store <- simulate(model, nsim = 100, seed = 1, store = folder)
#' store <- simulate(model, nsim = 300, store = folder) # 200 more
#' open_store(folder)
#' store[1:3]
#' @export
open_store <- function(path) {
  assert_string(path)
  path <- path.expand(path)
  new_store(path, call_core(core_read_store_index(path)))
}

new_store <- function(path, index) {
  about <- index$about
  variables <- index$tables[[1]]$names
  structure(
    list(path = normalizePath(path), shards = shard_frame(index$shards)),
    observed = named_observed(about), seed = about$seed,
    support = lapply(about$support[c("lower", "upper")], function(end) {
      rlang::set_names(end, variables)
    }),
    model_hash = about$model_hash, failures = store_failures(index),
    n_failed = count_failed(index$shards), tables = index$tables,
    class = c("amortflow_store", "amortflow_simulations")
  )
}

# JSON keeps no names of a vector.
named_observed <- function(about) {
  rlang::set_names(about$observed, about$observables)
}

shard_frame <- function(shards) {
  number <- function(field) vapply(shards, \(s) as.double(s[[field]]), 0)
  text <- function(field) vapply(shards, \(s) as.character(s[[field]]), "")
  data.frame(
    file = text("file"), first = number("first") + 1, count = number("count"),
    simulations = number("simulations"), bytes = number("bytes"),
    checksum = text("checksum")
  )
}

count_failed <- function(shards) {
  sum(vapply(shards, \(s) if (is.null(s$about$failed)) 0 else s$about$failed, 0))
}

# Data frame as failure_frame() has it, and a column for each parameter.
store_failures <- function(index) {
  variables <- index$tables[[1]]$names
  failed <- Filter(\(s) !is.null(s$about$failed), index$shards)
  frames <- lapply(failed, function(shard) {
    failures <- shard$about
    at <- matrix(failures$parameters, ncol = length(variables))
    colnames(at) <- variables
    cbind(failure_frame(failures), as.data.frame(at, optional = TRUE))
  })
  if (length(frames) == 0) failure_frame(no_failures()) else do.call(rbind, frames)
}

store_part <- function(store, name) {
  .subset2(store, name)
}

#' @export
length.amortflow_store <- function(x) {
  n <- sum(store_part(x, "shards")$simulations)
  if (n <= .Machine$integer.max) as.integer(n) else n
}

#' @export
`$.amortflow_store` <- function(x, name) {
  x[[name]]
}

#' @export
`[[.amortflow_store` <- function(x, i, ...) {
  if (!rlang::is_string(i)) {
    abort_argument(
      i, "i", "the name of a part, such as \"parameters\"", rlang::caller_env()
    )
  }
  if (identical(i, "parameters")) {
    return(read_simulations(x, seq_len(length(x)), "parameters")$parameters)
  }
  if (i %in% c("local", "data", "context")) {
    return(unclass(x[seq_len(length(x))])[[i]])
  }
  store_part(x, i)
}

#' @export
`[.amortflow_store` <- function(x, i) {
  i <- simulation_positions(i, length(x))
  drawn <- read_simulations(x, i)
  new_simulations(
    drawn$parameters, blocks_data(drawn$data, attr(x, "observed")),
    attr(x, "observed"), attr(x, "support"),
    context = drawn$context, seed = attr(x, "seed"),
    model_hash = attr(x, "model_hash"), failures = attr(x, "failures")
  )
}

#' Simulations at positions `i` of a store, shard by shard
#'
#' @param wanted Names of tables, or none for all.
#' @return As draw_simulations() gives them.
#' @noRd
read_simulations <- function(store, i, wanted = character(),
                             call = rlang::caller_env()) {
  shards <- store_part(store, "shards")
  ends <- cumsum(shards$simulations)
  number <- findInterval(i - 1, ends) + 1
  order <- order(number)
  parts <- lapply(unique(number[order]), function(k) {
    tables <- call_core(
      core_read_shard(store_part(store, "path"), k, wanted),
      call = call
    )
    rows <- i[order][number[order] == k] - (ends[[k]] - shards$simulations[[k]])
    drawn_rows(drawn_from_tables(tables, attr(store, "tables")), rows)
  })
  if (length(parts) == 0) {
    return(empty_drawn(attr(store, "tables")))
  }
  drawn_rows(bind_drawn(parts), order(order))
}

#' @export
format.amortflow_store <- function(x, ...) {
  shards <- store_part(x, "shards")
  n <- length(x)
  first <- x[seq_len(min(n, 1))]
  # Those of the store have a line of their own.
  attr(first, "failures") <- failure_frame(no_failures())
  one <- format(first)
  failed <- attr(x, "n_failed")
  c(
    sprintf("<store of %s simulation%s>", shown_count(n), if (n == 1) "" else "s"),
    one[-1],
    sprintf("  folder:     %s", store_part(x, "path")),
    sprintf(
      "  on disk:    %s in %d shard%s", shown_bytes(sum(shards$bytes)),
      nrow(shards), if (nrow(shards) == 1) "" else "s"
    ),
    if (failed > 0) sprintf("  failed:     %s", shown_count(failed))
  )
}

shown_count <- function(n) {
  format(n, big.mark = ",", scientific = FALSE, trim = TRUE)
}

shown_bytes <- function(bytes) {
  format(structure(bytes, class = "object_size"), units = "auto", standard = "IEC")
}

#' @export
as.data.frame.amortflow_store <- function(x, row.names = NULL,
                                          optional = FALSE, ...) {
  as.data.frame(x[seq_len(length(x))], ...)
}

# Changes with what is in the store: for the hashes of fits.
store_hash <- function(store) {
  rlang::hash(list(
    attr(store, "model_hash"), attr(store, "observed"), attr(store, "seed"),
    unclass(store_part(store, "shards")$checksum)
  ))
}
