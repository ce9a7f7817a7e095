# A fitted adapter: what its steps have become for the core, block by block, and
# what is needed to read data and to print. Plain values but for the functions of
# adapt_apply().

#' Learn an adapter's numbers from pilot simulations
#'
#' @param adapter An `amortflow_adapter`, or `"auto"`.
#' @param simulations `amortflow_simulations`; values that are not finite are
#'   ignored.
#' @param summary What `summary` of [fit_posterior()] is: a [summary_function()]
#'   comes before the steps of the data.
#' @param rows The simulations' data, see `data_blocks()`.
#' @return An `amortflow_fitted_adapter`, see `new_fitted_adapter()`.
#' @noRd
fit_adapter <- function(adapter, simulations, summary = "auto",
                        rows = data_blocks(
                          simulations$data, attr(simulations, "observed")
                        ),
                        call = rlang::caller_env()) {
  learn_adapter(adapter, simulations, summary, rows, call)$adapter
}

#' @param twice `TRUE`: parameters come on two scales, see `double_block()`.
#' @param fixed Columns of the parameters that no step may touch.
#' @return List of the fitted `adapter` and its `blocks`, in which the simulations
#'   are on the networks' scale.
#' @noRd
learn_adapter <- function(adapter, simulations, summary, rows, call, twice = FALSE,
                          fixed = integer()) {
  if (identical(adapter, "auto")) {
    adapter <- new_adapter(TRUE)
  }
  observed <- attr(simulations, "observed")
  statistics <- new_statistics(summary, rows, observed, call)
  rows <- apply_statistics(statistics, rows, call)
  blocks <- pilot_blocks(simulations, rows, names(observed))
  blocks[[1]]$fixed <- fixed
  blocks[[1]]$done[fixed] <- TRUE
  if (twice) blocks[[1]] <- double_block(blocks[[1]])
  blocks <- fit_user_steps(adapter, blocks, call)
  if (adapter$auto) {
    blocks <- lapply(blocks, finish_block, call = call)
  }
  if (twice) blocks[[1]] <- begin_double(blocks[[1]])
  fitted <- new_fitted_adapter(blocks, adapter, colnames(simulations$parameters))
  fitted["statistics"] <- list(statistics)
  list(adapter = fitted, blocks = blocks)
}

# `rows` of each observable, or of the statistics that take their place; `labels`
# are names of several observables.
pilot_blocks <- function(simulations, rows, labels) {
  support <- attr(simulations, "support")
  parameters <- new_block(
    "parameters", "parameters", simulations$parameters,
    colnames(simulations$parameters), as.double(support$lower),
    as.double(support$upper), support$shapes
  )
  if (length(labels) != length(rows)) {
    labels <- "data"
  }
  data <- Map(function(own, label) {
    new_block(
      "data", label, own$values,
      default_names(colnames(own$values), if (label == "data") "x" else label, ncol(own$values)),
      one_row = all(own$lengths == 1)
    )
  }, rows, labels)
  context <- simulations$context
  c(
    list(parameters), unname(data),
    if (!is.null(context)) {
      list(new_block("context", "context", context, colnames(context)))
    }
  )
}

fit_user_steps <- function(adapter, blocks, call) {
  for (place in seq_along(adapter$steps)) {
    step <- c(adapter$steps[[place]], list(place = place))
    if (step$kind == "rename") {
      blocks <- rename_columns(step, blocks, call)
      next
    }
    columns <- resolve_variables(step$variables, blocks, step$kind, call)
    fit <- step_fitters(step$kind)
    for (i in which(lengths(columns) > 0)) {
      if (length(blocks[[i]]$affine) > 0) refuse_mixing(step$kind, call)
      refuse_fixed(blocks[[i]], columns[[i]], step$kind, call)
      columns[[i]] <- setdiff(columns[[i]], blocks[[i]]$affine)
      blocks[[i]]$auto <- adapter$auto
      if (!step$kind %in% c("standardize", "select")) {
        refuse_shaped(blocks[[i]], columns[[i]], step$kind, call)
      }
      before <- blocks[[i]]$values
      blocks[[i]] <- fit(blocks[[i]], columns[[i]], step, call)
      if (step$kind %in% partial_steps) {
        later <- vapply(adapter$steps[-seq_len(place)], `[[`, "", "kind")
        check_stays_finite(
          blocks[[i]], before, columns[[i]], step$kind, "missing" %in% later, call
        )
      }
    }
  }
  blocks
}

rename_columns <- function(step, blocks, call) {
  old <- lapply(
    step$variables, resolve_variables, blocks = blocks, step = "rename", call = call
  )
  for (k in seq_along(old)) {
    count <- sum(lengths(old[[k]]))
    if (count != 1) {
      abort_adapter(
        sprintf(
          "adapt_rename() must name single variables, but \"%s\" is %d.",
          step$variables[[k]], count
        ),
        call
      )
    }
    i <- which(lengths(old[[k]]) == 1)
    blocks[[i]]$names[old[[k]][[i]]] <- step$names[[k]]
    check_free_name(blocks[[i]]$names, call)
  }
  blocks
}

check_free_name <- function(names, call) {
  if (anyDuplicated(names)) {
    abort_adapter(
      sprintf(
        "adapt_rename() must give names that are free, but \"%s\" is taken.",
        names[duplicated(names)][[1]]
      ),
      call
    )
  }
}

#' @return List of
#'   * `parameters`, `context`: fitted steps; `data`: a list of these, one per
#'     observable;
#'   * `direct`: columns of each observable that pass the summary network, from 1;
#'   * `subsample`: positions of each observable, 0 for all;
#'   * `keep`: the parameters that the posterior is about, or `NULL` for all;
#'   * `variables`, `data_names`, `context_names`: of the user's columns;
#'   * `may_miss`: columns of each observable (and `context_may_miss`) that may be
#'     NaN, from 1;
#'   * `statistics`: what a summary_function() gives, or `NULL`;
#'   * `shown`: names of the networks' columns, block by block;
#'   * `user_steps`, `auto`: what the user wrote.
#' @noRd
new_fitted_adapter <- function(blocks, adapter, variables) {
  kinds <- vapply(blocks, \(block) block$kind, "")
  parameters <- blocks[[which(kinds == "parameters")]]
  data <- blocks[kinds == "data"]
  context <- blocks[kinds == "context"]
  labels <- vapply(data, \(block) block$label, "")
  structure(
    list(
      parameters = parameters$steps,
      data = rlang::set_names(lapply(data, \(block) block$steps), labels),
      context = if (length(context) > 0) context[[1]]$steps else list(),
      direct = lapply(data, \(block) as.double(which(block$direct))),
      subsample = vapply(data, \(block) as.double(block$subsample), 1),
      keep = if (!is.null(parameters$keep)) as.double(parameters$keep),
      variables = variables,
      data_names = lapply(data, \(block) block$first_names),
      context_names = if (length(context) > 0) context[[1]]$first_names,
      may_miss = lapply(data, \(block) as.double(which(block$may_miss))),
      context_may_miss = as.double(if (length(context) > 0) which(context[[1]]$may_miss)),
      shown = list(
        parameters = parameters$names, data = lapply(data, \(block) block$names),
        context = if (length(context) > 0) context[[1]]$names
      ),
      user_steps = lapply(adapter$steps, without_functions),
      auto = adapter$auto
    ),
    class = "amortflow_fitted_adapter"
  )
}

without_functions <- function(step) {
  step[!vapply(step, \(x) is.function(x) || is.null(x), logical(1))]
}

# Parameters that the posterior is about.
kept_variables <- function(adapter) {
  if (is.null(adapter$keep)) adapter$variables else adapter$variables[adapter$keep]
}

#' What the core makes an `Adapter` of: the steps after the last R function
#'
#' @param training `TRUE`: the parameters come as the model has them; else only
#'   those that the posterior is about.
#' @noRd
adapter_spec <- function(adapter, training = FALSE) {
  parameters <- core_steps(adapter$parameters)
  if (training && !is.null(adapter$keep) && host_steps(adapter$parameters) == 0) {
    parameters <- c(list(selection(adapter)), parameters)
  }
  direct <- Map(
    \(k, columns) list(observable = k, columns = columns),
    seq_along(adapter$direct), adapter$direct
  )
  list(
    kind = "adapter", parameters = parameters,
    data = unname(lapply(adapter$data, core_steps)),
    context = core_steps(adapter$context),
    direct = direct[lengths(adapter$direct) > 0],
    subsample = adapter$subsample
  )
}

selection <- function(adapter) {
  list(
    kind = "select", columns = adapter$keep, width = length(adapter$variables)
  )
}
