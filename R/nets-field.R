# What flow matching, diffusion and consistency models have in common: the network that depends on time.

field_kinds <- c("flow_matching", "diffusion", "consistency")

field_sizes <- function(width, blocks, embedding, activation,
                        call = rlang::caller_env()) {
  list(
    width = assert_auto_size(width, "width", call),
    blocks = if (identical(blocks, "auto")) {
      blocks
    } else {
      assert_size(blocks, upper = 64, arg = "blocks", call = call)
    },
    embedding = assert_size(embedding, upper = 4096, arg = "embedding", call = call),
    activation = assert_choice(activation, activations, "activation", call)
  )
}

solver_options <- function(solver, solvers, steps, tolerance, max_evaluations,
                           trace, probes, call = rlang::caller_env()) {
  list(
    solver = assert_choice(solver, solvers, "solver", call),
    steps = assert_size(steps, upper = 10000, arg = "steps", call = call),
    tolerance = assert_number(
      tolerance,
      lower = 1e-6, upper = 1, arg = "tolerance", call = call
    ),
    max_evaluations = assert_count(
      max_evaluations,
      lower = 10, upper = 1e6, arg = "max_evaluations", call = call
    ),
    trace = assert_choice(trace, c("exact", "hutchinson"), "trace", call),
    probes = assert_size(probes, upper = 1000, arg = "probes", call = call)
  )
}

#' Sizes that "auto" stands for, once the number of parameters is known
#'
#' @param inference An inference network's specification.
#' @noRd
resolve_inference <- function(inference, parameter_count) {
  if (is_ensemble(inference)) {
    inference$inference <- resolve_inference(inference$inference, parameter_count)
    return(inference)
  }
  if (inference$kind %in% field_kinds) {
    if (identical(inference$width, "auto")) {
      inference$width <- if (parameter_count <= 4) 128 else 256
    }
    if (identical(inference$blocks, "auto")) {
      inference$blocks <- if (parameter_count <= 10) 3 else 4
    }
  }
  inference
}

# Averaged weights make better fields than those of any one step (Song et al. 2021, section 4.3). At the large rates
# of narrow flows single steps scatter by more than epochs gain, which averages hide from the rule that ends training.
choose_average <- function(average, inference, networks, nsim) {
  if (!identical(average, "auto")) {
    return(average)
  }
  averaged <- member_network(inference)$kind %in% field_kinds ||
    is.null(nsim) && reads_plainly(networks)
  if (averaged) default_average else 0
}

# Their losses are mean squared errors, most of which is noise that nobody can predict: where a density gains 0.01
# nats, they fall by about a tenth of that. So do the scores of points, and losses of ratios. Errors of a likelihood's
# observations add up.
choose_gain <- function(inference, estimator = list(kind = "posterior")) {
  fine <- member_network(inference)$kind %in% field_kinds || estimator$kind %in% c("point", "ratio") ||
    estimator$kind == "likelihood" && estimator$observed != "vector"
  if (fine) 0.001 else 0.01
}

# They also go on gaining for longer: 50,000 steps where a density has had enough after 20,000.
field_patience <- 2.5

choose_epochs <- function(epochs, inference) {
  if (member_network(inference)$kind %in% field_kinds) round(field_patience * epochs) else epochs
}
