# The models that come with the package: prior and what is observed here, the
# simulator as C++ in inst/simulators.

example_table <- function() {
  list(
    gaussian_mean = list(
      prior = function() priors(mu ~ normal(0, 1, dim = 4)),
      observed = "exchangeable",
      source = paste(
        "Radev et al. (2023), introductory tutorial of BayesFlow; the exact",
        "posterior is normal"
      )
    ),
    sir_school = list(
      prior = function() {
        priors(
          beta ~ normal(2, 1, lb = 0),
          gamma ~ normal(0.4, 0.5, lb = 0),
          phi_inv ~ exponential(5)
        )
      },
      observed = "series",
      source = paste(
        "Grinsztajn et al. (2021), Bayesian workflow for disease transmission",
        "modeling in Stan; data: boarding_school"
      )
    ),
    two_moons = list(
      prior = function() priors(theta ~ uniform(-1, 1, dim = 2)),
      observed = "vector",
      source = paste(
        "Lueckmann et al. (2021), Benchmarking simulation-based inference"
      )
    )
  )
}

#' Models that come with the package
#'
#' `example_model()` gives a complete model, `example_simulator()` its
#' simulator alone, `example_models()` the list of all.
#'
#' The simulators are C++ files in `system.file("simulators", package =
#' "amortflow")`, meant to be read.
#'
#' * **gaussian_mean**: `mu ~ normal(0, 1, dim = 4)`; 50 observations with mean
#'   `mu` and unit variances. The posterior is normal with mean
#'   `50 / 51 * colMeans(x)` and variance `1 / 51`.
#' * **sir_school**: influenza in a boarding school, see [boarding_school].
#'   Parameters `beta ~ normal(2, 1, lb = 0)` (infections a day by one ill boy
#'   at the start), `gamma ~ normal(0.4, 0.5, lb = 0)` (share that recovers in
#'   a day) and `phi_inv ~ exponential(5)` (overdispersion); 14 daily counts.
#' * **two_moons**: `theta ~ uniform(-1, 1, dim = 2)`, a vector of 2; the
#'   posterior consists of two crescents.
#'
#' @section Errors:
#' `amortflow_error_argument` for an unknown name; `amortflow_error_compile`
#' where there is no C++ compiler.
#'
#' @param name String, a name from `example_models()`.
#' @return `example_model()`: a model as from [generative_model()].
#'   `example_simulator()`: a simulator as from [cpp_simulator()].
#'   `example_models()`: a data frame with columns `name`, `parameters`,
#'   `positions`, `variables`, `observed` and `source`.
#' @examples
#' example_models()[, 1:5]
#' model <- example_model("two_moons")
#' model
#' @export
example_model <- function(name) {
  check_example(name, rlang::current_env())
  entry <- example_table()[[name]]
  model <- generative_model(
    entry$prior(), example_simulator(name),
    observed = entry$observed
  )
  model$name <- name
  model
}

#' @rdname example_model
#' @export
example_simulator <- function(name) {
  check_example(name, rlang::current_env())
  cpp_simulator(system.file(
    "simulators", paste0(name, ".cpp"),
    package = "amortflow", mustWork = TRUE
  ))
}

#' @rdname example_model
#' @export
example_models <- function() {
  table <- example_table()
  shapes <- lapply(names(table), function(name) example_simulator(name)$shape)
  size <- function(what) {
    vapply(shapes, function(shape) shape$observables[[1]][[what]], numeric(1))
  }
  data.frame(
    name = names(table),
    parameters = vapply(shapes, `[[`, numeric(1), "parameters"),
    positions = size("positions"),
    variables = size("variables"),
    observed = vapply(table, `[[`, "", "observed", USE.NAMES = FALSE),
    source = vapply(table, `[[`, "", "source", USE.NAMES = FALSE)
  )
}

check_example <- function(name, call) {
  known <- names(example_table())
  if (!rlang::is_string(name) || !name %in% known) {
    must <- paste("one of", paste(dQuote(known, FALSE), collapse = ", "))
    hint <- if (rlang::is_string(name)) nearest_hint(name, known)
    abort_argument(name, "name", must, call, hint = hint)
  }
}
