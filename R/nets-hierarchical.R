#' Summary network for nested data: groups of rows
#'
#' One network for the rows of each group, another for the groups: pupils in
#' schools, trials of subjects, transects of sites. Rows learn from their group,
#' groups from each other.
#'
#' @section Shape:
#' A data set is n rows of v variables (`observed = "exchangeable"` or
#' `"series"`), of which one names the group that a row belongs to; numbers of
#' groups and their sizes may differ from data set to data set and from group to
#' group. It becomes the summary of the outermost network. That is the form in
#' which models with a plate simulate. Simulated groups have whole numbers of at
#' most 100,000; those of `newdata` may be any numbers and, in data frames, names
#' or factors.
#'
#' @section Formula:
#' With x(g) the rows of group g without their group, in the order in which they
#' stand: s(g) = inner(x(g)), summary = outer(s(1), ..., s(G)). With several
#' columns in `group`, outer(school) of inner(class) of rows, and so on. What
#' number a group has is of no importance. Where a level's network takes its rows
#' as a set ([summary_deep_set()]), the result does not depend on their order;
#' groups are ordered by number where a network asks for an order.
#'
#' @section Use when:
#' rows depend on each other within groups: parameters that vary by group
#' (random effects), repeated measurements. Without groups, use
#' [summary_deep_set()]. Training on a CUDA device waits for the CPU in every
#' step, to see which rows belong together.
#'
#' @param levels List of summary networks, the innermost (rows of a group)
#'   first; one more than there are columns in `group`. Those of
#'   [summary_identity()] and [summary_mlp()] cannot take groups of several sizes
#'   and are refused. The last one's `summary_dim` is that of the whole.
#' @param group Names of the columns that say which group a row belongs to, the
#'   outermost grouping first, or their numbers.
#' @inherit summary_deep_set return
#' @section Errors:
#' `amortflow_error_argument` if `levels` are not such networks, or not one more
#' than `group`; `amortflow_error_config` from [fit_posterior()] if the data have
#' no such column, are vectors or arrays, or number groups otherwise.
#' @references
#' Habermann, Schmitt, Kuehmichel, Bulling, Radev and Buerkner (2024). Amortized
#' Bayesian multilevel models. *arXiv* 2408.13230.
#'
#' Zaheer et al. (2017). Deep sets. *NeurIPS 30*.
#' @examples
#' summary_hierarchical(
#'   list(summary_deep_set(summary_dim = 8), summary_deep_set()),
#'   group = "school"
#' )
#' @export
summary_hierarchical <- function(levels = list(
                                   summary_deep_set(), summary_deep_set()
                                 ),
                                 group) {
  assert_given(group, "the column that says which group a row belongs to")
  check_levels(levels)
  check_group(group, length(levels) - 1)
  new_network_spec("hierarchical", "summary", list(
    levels = unname(levels),
    group = if (is.character(group)) group else as.double(group)
  ))
}

check_levels <- function(levels, call = rlang::caller_env()) {
  fine <- is.list(levels) && !inherits(levels, "amortflow_network") &&
    length(levels) %in% 2:8 && all(vapply(levels, takes_any_rows, NA))
  if (!fine) {
    must <- "a list of 2 to 8 networks that take any number of rows, such as summary_deep_set()"
    abort_argument(levels, "levels", must, call)
  }
}

takes_any_rows <- function(network) {
  inherits(network, "amortflow_summary") &&
    !network$kind %in% c("identity", "dense", "hierarchical", "fusion")
}

check_group <- function(group, count, call = rlang::caller_env()) {
  named <- is.character(group) && !anyNA(group) && all(nzchar(group))
  fine <- (named || is_whole(group, length(group), 1)) && !anyDuplicated(group)
  if (!fine || length(group) != count) {
    must <- sprintf("%d name%s or number%s of columns, one less than levels", count,
      if (count == 1) "" else "s", if (count == 1) "" else "s"
    )
    abort_argument(group, "group", must, call)
  }
}

# Every level's own "auto", as if it were alone.
resolve_hierarchical <- function(summary, parameter_count, observable, call) {
  if (!observable$observed %in% c("exchangeable", "series")) {
    amortflow_abort(
      sprintf(
        "summary_hierarchical() needs rows of groups, not data with observed = \"%s\".",
        observable$observed
      ),
      "config",
      hint = "Give each data set as rows, with a column for the group.", call = call
    )
  }
  group_columns(summary, observable, call)
  rows <- list(observed = "series", n_obs = c(1, Inf), width = observable$width)
  summary$levels <- lapply(
    summary$levels, resolve_summary,
    parameter_count = parameter_count, observable = rows, call = call
  )
  summary
}

# Places among the networks' columns.
group_columns <- function(summary, observable, call = rlang::caller_env()) {
  columns <- observable$columns %||% observable$names
  place <- if (is.character(summary$group)) match(summary$group, columns) else summary$group
  if (anyNA(place) || any(place > observable$width) || length(place) >= observable$width) {
    amortflow_abort(
      sprintf(
        "`group` of summary_hierarchical() must name columns of the data beside others (%s), not %s.",
        shown_list(columns %||% sprintf("%d without names", observable$width)),
        shown_list(summary$group)
      ),
      "config",
      hint = "Columns of simulated matrices and data frames are named by their column names.",
      call = call
    )
  }
  as.double(place)
}

# Nobody knows the numbers of groups beforehand: half of the rows' log each.
hierarchical_spec <- function(summary, observable) {
  part <- exp(log(observable$n_obs) / length(summary$levels))
  rows <- list(observed = "series", n_obs = part, width = observable$width)
  list(
    kind = "hierarchical",
    levels = lapply(summary$levels, summary_spec, observable = rows),
    group_columns = group_columns(summary, observable)
  )
}
