# R's generator for simulations in R: "L'Ecuyer-CMRG", normals by inversion,
# sampling by rejection, in a state that depends on (seed, index) only.

lecuyer_inversion_rejection <- 10407L

# States of simulations first_index, ... (from 0): 12 integers a column, 6 for
# the simulator and 6 for the prior.
host_streams <- function(first_index, count, seed) {
  core_host_streams(first_index, count, seed)
}

#' Run code with R's generator under our control
#'
#' @param code Function of `set_state`, itself a function of 6 integers.
#' @return What `code` returns. The user's generator, its kind included, is
#'   put back, also after an error.
#' @noRd
with_host_generator <- function(code) {
  global <- globalenv()
  kind <- RNGkind()
  before <- rlang::env_get(global, ".Random.seed", default = NULL)
  on.exit({
    if (is.null(before)) {
      suppressWarnings(do.call(RNGkind, as.list(kind)))
      rlang::env_unbind(global, ".Random.seed")
    } else {
      rlang::env_poke(global, ".Random.seed", before)
    }
  })
  code(function(state) {
    rlang::env_poke(
      global, ".Random.seed", c(lecuyer_inversion_rejection, state)
    )
  })
}

# Vectorised functions are called for up to this many simulations at a time.
host_grid <- 1000

# Rows (from 1) of each piece: pieces end where the index is a multiple of
# host_grid, wherever the request begins.
grid_pieces <- function(first_index, count) {
  rows <- seq_len(count)
  unname(split(rows, (first_index + rows - 1) %/% host_grid))
}
