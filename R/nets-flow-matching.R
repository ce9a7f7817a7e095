#' Inference network: flow matching
#'
#' A flow in continuous time: a network learns the velocity that carries standard
#' normal noise to the posterior along straight paths, by regression. A draw is
#' the solution of an ordinary differential equation, with as many evaluations of
#' the network as its accuracy asks for.
#'
#' @section Shape:
#' d parameters and k summaries; d = 1 is allowed.
#'
#' @section Formula:
#' x(t) = t x + (1 - t) n for parameters x and noise n ~ N(0, I); the network
#' F(x(t), t, summaries) minimises the mean of |F - (x - n)|^2 / d over times t =
#' 1 - u^`time_power`, u ~ U(0, 1). Draws solve dx/dt = F from t = 0 to 1. The log
#' density is that of the noise that a parameter comes from, minus the integral of
#' the trace of dF/dx over its path. F is a stack of `blocks` residual blocks,
#' x + silu((x, summaries, time) W1 + b1) W2 + b2; time enters by itself and by
#' the logarithm of the noise level, as Fourier features of fixed frequencies and
#' a dense layer.
#'
#' @section Use when:
#' posteriors have several modes, thin curved shapes or strong dependence, which
#' ask of [inference_coupling_flow()] many layers. Training is a regression, hence
#' very stable; draws cost tens of evaluations, and densities each time d
#' backward passes more.
#'
#' @section Training:
#' The loss is mostly noise that nobody can predict, so that it falls by little
#' while the posterior still gains much. With `epochs = "auto"`, training
#' therefore goes on until the loss falls by less than 0.001 (for densities it is
#' 0.01 nats), for at most 2.5 times the epochs of [default_networks()]; and what
#' is kept is an average of the weights (`average` of [fit_posterior()]).
#'
#' @param width Whole number: units of each hidden layer. `"auto"`: 128 up to 4
#'   parameters, 256 beyond.
#' @param blocks Whole number: residual blocks, of two dense layers each.
#'   `"auto"`: 3 up to 10 parameters, 4 beyond.
#' @param embedding Whole number: width of the time embedding.
#' @param activation One of `"silu"`, `"relu"`, `"tanh"`, `"elu"`, `"gelu"`.
#' @param time_power Number in \[0.1, 10\]: above 1, training sees more times near
#'   the parameters, where narrow posteriors take their shape; 1 is uniform.
#' @param solver `"adaptive"` (Dormand and Prince, orders 5 and 4; every draw has
#'   its own steps), or `"euler"`, `"midpoint"` or `"rk4"` with `steps` equal
#'   steps. Densities use it too.
#' @param steps Whole number: steps of solvers that are not adaptive.
#' @param tolerance Number in \[1e-6, 1\]: error of an adaptive step, relative
#'   and absolute, on the networks' scale (parameters of variance 1). Densities
#'   are worked out with a tenth of it.
#' @param max_evaluations Whole number: evaluations after which the adaptive
#'   solver gives a draw up with an error.
#' @param trace Of densities: `"exact"` (d vector-Jacobian products at every
#'   evaluation) or `"hutchinson"` (unbiased estimate of the trace by `probes`
#'   random signs, for many parameters; signs depend on the fit's seed and the
#'   parameters' values alone).
#' @param probes Whole number: see `trace`.
#' @inherit summary_deep_set return
#' @section Errors:
#' `amortflow_error_argument` for a size or tolerance out of range or an unknown
#' choice. [sample_posterior()] and [log_density()] raise `amortflow_error_numeric`
#' where `max_evaluations` do not suffice.
#' @references
#' Lipman, Chen, Ben-Hamu, Nickel and Le (2023). Flow matching for generative
#' modeling. *ICLR*.
#'
#' Wildberger, Dax, Buchholz, Green, Macke and Schoelkopf (2023). Flow matching
#' for scalable simulation-based inference. *NeurIPS*.
#'
#' Chen, Rubanova, Bettencourt and Duvenaud (2018). Neural ordinary differential
#' equations. *NeurIPS*.
#'
#' Hutchinson (1990). A stochastic estimator of the trace of the influence matrix
#' for Laplacian smoothing splines. *Communications in Statistics* 19(2).
#' @seealso [inference_diffusion()], [inference_consistency()]
#' @examples
#' inference_flow_matching(width = 64, blocks = 2)
#' @export
inference_flow_matching <- function(width = "auto", blocks = "auto",
                                    embedding = 32, activation = "silu",
                                    time_power = 2, solver = "adaptive",
                                    steps = 100, tolerance = 1e-3,
                                    max_evaluations = 10000, trace = "exact",
                                    probes = 8) {
  new_network_spec("flow_matching", "inference", c(
    field_sizes(width, blocks, embedding, activation),
    list(time_power = assert_number(time_power, lower = 0.1, upper = 10)),
    solver_options(
      solver, c("adaptive", "euler", "midpoint", "rk4"), steps, tolerance,
      max_evaluations, trace, probes
    )
  ))
}
