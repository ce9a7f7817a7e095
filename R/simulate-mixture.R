# Simulations of several models in one run: what a comparison learns from. Their one parameter is the number of the
# model, from 0.

# Models follow one another in a pattern that repeats: any piece of a run knows where each model's own run stands.
mixture_period <- 4096
mixture_variable <- "model"

#' @param models Named list of models, at least two.
#' @param prior_prob Probabilities of the models.
#' @return A model for draw_simulations() and what builds on it.
#' @noRd
new_model_mixture <- function(models, prior_prob, call) {
  structure(
    list(
      models = models, counts = mixture_counts(prior_prob, call),
      prior = list(
        kind = "models", variables = mixture_variable, vectorized = TRUE,
        support = list(lower = -Inf, upper = Inf)
      ),
      simulator = list(kind = "models", vectorized = TRUE),
      observed = models[[1]]$observed, context = models[[1]]$context,
      name = paste(names(models), collapse = ", ")
    ),
    class = c("amortflow_mixture", "amortflow_model")
  )
}

is_model_mixture <- function(model) inherits(model, "amortflow_mixture")

# Whole numbers of the pattern's places, by largest remainders.
mixture_counts <- function(prior_prob, call) {
  exact <- prior_prob * mixture_period
  counts <- floor(exact)
  left <- mixture_period - sum(counts)
  more <- order(exact - counts, decreasing = TRUE)[seq_len(left)]
  counts[more] <- counts[more] + 1
  if (any(counts < 1)) {
    must <- sprintf("at least 1 / %d for every model, whose simulations would be too few", mixture_period)
    abort_argument(prior_prob, "prior_prob", must, call)
  }
  counts
}

# Probabilities of the models in training, which are those of the pattern.
mixture_prob <- function(mixture) mixture$counts / mixture_period

# Number of the model (from 1) at each place of the pattern.
mixture_pattern <- function(mixture, seed) {
  models <- rep(seq_along(mixture$counts), mixture$counts)
  with_host_generator(function(set_state) {
    set_state(host_streams(0, 1, derived_seed(seed, 5))[1:6])
    sample(models)
  })
}

#' Simulations first_index + 1, ..., first_index + count: see draw_simulations()
#' @noRd
draw_mixture <- function(mixture, first_index, count, seed, cores, on_error, call,
                         variables, batch) {
  pattern <- mixture_pattern(mixture, seed)
  place <- first_index %% mixture_period
  model <- pattern[(place + seq_len(count) - 1) %% mixture_period + 1]
  used <- sort(unique(model))
  parts <- lapply(used, function(k) {
    before <- floor(first_index / mixture_period) * mixture$counts[[k]] +
      sum(pattern[seq_len(place)] == k)
    drawn <- draw_of_model(mixture, k, before, sum(model == k), seed, cores, on_error, call, variables, batch)
    drawn$failures$index <- first_index + which(model == k)[drawn$failures$index - before]
    drawn
  })
  join_draws(parts, model, used)
}

# The error of a model's simulator says which model it is.
draw_of_model <- function(mixture, k, before, count, seed, cores, on_error, call,
                          variables, batch) {
  tryCatch(
    draw_simulations(
      mixture$models[[k]], before, count, derived_seed(seed, 10 + k), cores,
      on_error,
      call = call, variables = variables, batch = batch
    ),
    amortflow_error = function(e) {
      e$message <- sprintf("Model `%s`: %s", names(mixture$models)[[k]], e$message)
      rlang::cnd_signal(e)
    }
  )
}

join_draws <- function(parts, model, used) {
  back <- order(unlist(lapply(used, \(k) which(model == k))))
  context <- colnames(parts[[1]]$context)
  rows <- lapply(seq_along(parts[[1]]$data), function(j) {
    subset_rows(bind_rows(lapply(parts, \(part) part$data[[j]])), back)
  })
  failures <- do.call(rbind, lapply(parts, `[[`, "failures"))
  list(
    parameters = matrix(model - 1, dimnames = list(NULL, mixture_variable)),
    data = rows,
    context = do.call(rbind, lapply(parts, function(part) {
      if (is.null(context)) part$context else part$context[, context, drop = FALSE]
    }))[back, , drop = FALSE],
    local = NULL,
    failures = failures[order(failures$index), , drop = FALSE]
  )
}

# Where all models name their variables, names decide, as they do in `newdata`.
same_columns <- function(blocks) {
  first <- blocks[[1]]
  lapply(blocks, function(own) {
    Map(function(rows, model) {
      names <- colnames(model$values)
      if (!is.null(names) && setequal(colnames(rows$values), names)) {
        rows$values <- rows$values[, names, drop = FALSE]
      }
      rows
    }, own, first)
  })
}

#' Simulations of several models as one set
#'
#' @param simulations Named list of `amortflow_simulations`, at least two.
#' @noRd
mix_simulations <- function(simulations) {
  observed <- attr(simulations[[1]], "observed")
  blocks <- same_columns(lapply(simulations, \(one) data_blocks(one$data, observed)))
  rows <- lapply(seq_along(blocks[[1]]), \(j) bind_rows(lapply(blocks, `[[`, j)))
  context <- colnames(simulations[[1]]$context)
  model <- rep(seq_along(simulations) - 1, lengths(simulations))
  new_simulations(
    matrix(model, dimnames = list(NULL, mixture_variable)), blocks_data(rows, observed), observed,
    list(lower = c(model = -Inf), upper = c(model = Inf)),
    context = if (!is.null(context)) {
      do.call(rbind, lapply(simulations, \(one) one$context[, context, drop = FALSE]))
    },
    model_hash = rlang::hash(lapply(simulations, simulations_hash))
  )
}
