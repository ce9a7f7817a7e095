# How training with a model uses its simulations: `mode` of fit_posterior() and
# what belongs to it.

training_modes <- c("online", "rounds", "replay")

# A fresh simulation teaches most; used ten times, one that costs much still
# costs a tenth, and weight decay keeps it from being learned by heart.
default_reuse <- 10

#' @return A list as spec$mode, with "auto" where a rule decides.
#' @noRd
assert_mode <- function(mode, bank, reuse, accumulate, batch_size, simulations,
                        call = rlang::caller_env()) {
  mode <- assert_choice(mode, training_modes, call = call)
  given <- list(
    bank = assert_auto_count(bank, call = call),
    reuse = assert_auto_count(reuse, call = call),
    accumulate = assert_flag(accumulate, call = call)
  )
  if (mode != "online" && !is.null(simulations)) {
    amortflow_abort(
      sprintf("`mode = \"%s\"` simulates while it trains, but `simulations` were given.", mode),
      "argument",
      hint = "Leave out `simulations`, or `mode`.", call = call
    )
  }
  set <- c(
    bank = !identical(given$bank, "auto"),
    reuse = !identical(given$reuse, "auto"), accumulate = !given$accumulate
  )
  takes <- list(
    online = character(), rounds = names(set), replay = c("bank", "reuse")
  )[[mode]]
  needless <- setdiff(names(set)[set], takes)
  if (length(needless) > 0) {
    abort_needless_mode(needless[[1]], mode, !is.null(simulations), call)
  }
  if (mode == "replay") check_bank(given$bank, batch_size, call)
  c(list(kind = mode), given[takes])
}

abort_needless_mode <- function(arg, mode, offline, call) {
  amortflow_abort(
    if (offline) {
      sprintf("`%s` says nothing beside `simulations`, which are used over and over.", arg)
    } else {
      sprintf("`%s` says nothing in `mode = \"%s\"`.", arg, mode)
    },
    "argument",
    hint = if (offline) {
      sprintf("Leave out `%s`, or give `model` alone and `mode`.", arg)
    } else if (mode == "online") {
      "Leave it out, or give `mode = \"rounds\"` or \"replay\"."
    } else {
      "Leave it out."
    },
    arg = arg, call = call
  )
}

check_bank <- function(bank, batch_size, call) {
  if (identical(batch_size, "auto")) batch_size <- online_batch_size
  if (!identical(bank, "auto") && bank < batch_size) {
    amortflow_abort(
      sprintf(
        "`bank` must be at least a batch, which has %.0f simulations, not %.0f.",
        batch_size, bank
      ),
      "argument",
      hint = "Give a larger `bank`, or a smaller `batch_size`.",
      arg = "bank", value = bank, call = call
    )
  }
}

# `training`: batch_size and batches_per_epoch, as chosen. A bank holds what an
# epoch of fresh simulations would have used, so that a round is `reuse` epochs.
choose_mode <- function(mode, training, online) {
  if (!online) {
    return(list(kind = "offline"))
  }
  if (identical(mode$bank, "auto")) {
    mode$bank <- training$batches_per_epoch * training$batch_size
  }
  if (identical(mode$reuse, "auto")) mode$reuse <- default_reuse
  mode
}

# Simulations that are used again can be learned by heart, as offline.
uses_again <- function(mode) mode$kind %in% c("rounds", "replay")

is_mode <- function(mode) {
  is.null(mode) || holds(
    is.list(mode), is_text(mode$kind),
    mode$kind %in% c("offline", training_modes),
    !uses_again(mode) || is_whole(c(mode$bank, mode$reuse), 2, 1),
    mode$kind != "rounds" || is_flag(mode$accumulate)
  )
}

is_flag <- function(x) is.logical(x) && length(x) == 1 && !is.na(x)

# For print(); fits of before there were modes have none.
describe_mode <- function(mode, online) {
  if (is.null(mode)) {
    return(if (online) "online" else "offline")
  }
  number <- function(x) format(x, big.mark = ",", scientific = FALSE)
  switch(mode$kind,
    rounds = sprintf(
      "rounds of %s simulations, %s times over, in a %s bank", number(mode$bank),
      number(mode$reuse), if (mode$accumulate) "growing" else "refreshed"
    ),
    replay = sprintf(
      "replay of the last %s simulations, each about %s times",
      number(mode$bank), number(mode$reuse)
    ),
    mode$kind
  )
}
