# The models that come with the package. What they are made of stands in
# simulate-example-table.R, the simulators in inst/simulators.

#' Models that come with the package
#'
#' `example_model()` gives a complete model, `example_simulator()` its
#' simulator alone, `example_models()` the list of all.
#'
#' The simulators are C++ files in `system.file("simulators", package =
#' "amortflow")`, meant to be read; `print(example_model(name))` shows the
#' prior. "Likelihood" says that the log likelihood comes with the model.
#'
#' @section Tasks of the public benchmark of Lueckmann et al. (2021):
#' All give one vector. The fixed random parts of `bernoulli_glm` and
#' `slcp_distractors` are those of the benchmark.
#' * **gaussian_linear**: `theta ~ normal(0, sqrt(0.1), dim = 10)`, `x` around
#'   it with variance 0.1. The posterior is normal with mean `x / 2` and
#'   variance 0.05; `x` is normal with mean 0 and variance 0.2. Likelihood.
#' * **gaussian_linear_uniform**: the same `x`, `theta` uniform between -1 and
#'   1. The posterior is `normal(x, sqrt(0.1))`, truncated there. Likelihood.
#' * **gaussian_mixture**: two numbers around `theta`, both with standard
#'   deviation 1 or both with 0.1, with equal probabilities; `theta` uniform
#'   between -10 and 10. Away from the edges the posterior is that mixture
#'   around `x`. Likelihood.
#' * **two_moons**: `theta ~ uniform(-1, 1, dim = 2)`, two numbers. With `u =
#'   x1 - 0.25 + abs(theta1 + theta2) / sqrt(2)`, `v = x2 - (theta2 - theta1) /
#'   sqrt(2)` and `radius = sqrt(u^2 + v^2)` the likelihood is `dnorm(radius, 0.1, 0.01)
#'   / (pi * radius)` for `u > 0`. The posterior consists of two crescents; the
#'   marginal density of data is 0.5 where no crescent leaves the box.
#'   Likelihood.
#' * **slcp**: five uniform parameters, four points from a normal whose means
#'   are the first two, standard deviations the squares of the next two, and
#'   correlation `tanh(theta[5])` (variances + 1e-6). The posterior has four
#'   modes, equal up to the signs of `theta[3]` and `theta[4]`. Likelihood.
#' * **slcp_distractors**: the same eight numbers shuffled among 92 that say
#'   nothing; the posterior is that of `slcp`.
#' * **bernoulli_glm**: spikes in 100 bins with log odds of an offset and a
#'   filter over nine bins of white noise; the 10 sufficient statistics `X' y`.
#' * **bernoulli_glm_raw**: the 100 spikes `y` themselves. Likelihood.
#' * **sir**: an epidemic in a million, `beta` infections and `gamma`
#'   recoveries a day; positive tests among 1000 on ten days. Likelihood.
#' * **lotka_volterra**: prey and predators, each seen ten times with an error
#'   of a tenth. Likelihood.
#'
#' @section Models of tutorials:
#' * **gaussian_mean**: `mu ~ normal(0, 1, dim = 4)`; 50 observations with mean
#'   `mu` and unit variances. The posterior is normal with mean
#'   `50 / 51 * colMeans(x)` and variance `1 / 51`. Likelihood.
#' * **inverse_kinematics**: the hand of an arm with three joints on a rail, two
#'   numbers, no noise. Its mean is `c(exp(-1/8) / 2 + exp(-1/4) / 2 +
#'   exp(-3/8), 0)`.
#' * **linear_ode**: 32 values of two quantities that obey a linear differential
#'   equation, no noise; the prior is uniform over those that do not grow (a
#'   quarter of all).
#' * **sir_school**: influenza in a boarding school, see [boarding_school].
#'   Parameters `beta ~ normal(2, 1, lb = 0)` (infections a day by one ill boy
#'   at the start), `gamma ~ normal(0.4, 0.5, lb = 0)` (share that recovers in
#'   a day) and `phi_inv ~ exponential(5)` (overdispersion); 14 daily counts.
#'   Likelihood.
#' * **sir_delay**: 14 daily counts of new cases, reported late. Likelihood.
#' * **drift_diffusion**: response times and choices of `n_obs` trials (context,
#'   80 to 120), drawn without discretisation. The upper boundary (choice 1) is
#'   reached with probability `(1 - exp(-2 * v * a * w)) / (1 - exp(-2 * v *
#'   a))`; the mean response time is `t0 + a * (p - w) / v` with that `p`.
#'   Likelihood (series of Navarro and Fuss, 2009).
#' * **levy_flight**: the same with noise of heavy tails, steps of `dt`, and two
#'   conditions; `n_obs` is 100 to 1000.
#' * **lca**: leaky competing accumulator of three alternatives, two conditions,
#'   steps of `dt`; `n_obs` is 200 to 300.
#' * **ricker**: `n_obs` (100 to 500) counts of a population that grows and
#'   crashes.
#' * **mpt_1ht**, **mpt_2ht**: recognition memory with one or two high
#'   thresholds, 100 items. The best possible classifier tells 73.591 %
#'   of data sets apart rightly. Likelihood.
#' * **mpt_1ht_hierarchical**, **mpt_2ht_hierarchical**: the same for 50 persons
#'   whose traits are normal.
#'
#' @section Errors:
#' `amortflow_error_argument` for an unknown name; `amortflow_error_compile`
#' where there is no C++ compiler.
#'
#' @references
#' Lueckmann, Boelts, Greenberg, Goncalves and Macke (2021). Benchmarking
#' simulation-based inference. *AISTATS*.
#'
#' Radev, Schmitt, Schumacher, Elsemueller, Pratz, Schaelte, Koethe and Buerkner
#' (2023). BayesFlow: Amortized Bayesian workflows with neural networks. *Journal
#' of Open Source Software*, 8(89), 5702.
#'
#' Each file names the source of its model.
#'
#' @param name String, a name from `example_models()`.
#' @return `example_model()`: a model as from [generative_model()].
#'   `example_simulator()`: a simulator as from [cpp_simulator()].
#'   `example_models()`: a data frame with columns `name`, `parameters`,
#'   `positions` (`NA` where it is the context variable `n_obs`), `variables`,
#'   `observed` and `source`.
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
    observed = entry$observed,
    context = if (!is.null(entry$context)) entry$context()
  )
  model$name <- name
  model
}

#' @rdname example_model
#' @export
example_simulator <- function(name) {
  check_example(name, rlang::current_env())
  entry <- example_table()[[name]]
  file <- paste0(entry$file %||% name, ".cpp")
  cpp_simulator(
    system.file("simulators", file, package = "amortflow", mustWork = TRUE),
    settings = entry$settings
  )
}

#' @rdname example_model
#' @export
example_models <- function() {
  table <- example_table()
  size <- function(i) vapply(table, function(entry) entry$sizes[[i]], numeric(1), USE.NAMES = FALSE)
  data.frame(
    name = names(table), parameters = size(1), positions = size(2),
    variables = size(3),
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
