#' Inference network: a diffusion model
#'
#' A network learns to remove noise from parameters at all noise levels; draws
#' start from noise and follow the probability flow, an ordinary differential
#' equation, or the reverse stochastic differential equation.
#'
#' @section Shape:
#' d parameters and k summaries; d = 1 is allowed.
#'
#' @section Formula:
#' z(t) = cos(t) x + sin(t) n for parameters x (of variance 1 on the networks'
#' scale), noise n ~ N(0, I) and t in \[0, pi / 2\]; the network F(z(t), t,
#' summaries) minimises the mean of |F - (cos(t) n - sin(t) x)|^2 / d. With
#' s = tan(t), the ratio of noise to signal, this is the preconditioned loss of
#' Karras et al. (2022) for data of variance 1, with their weights, and the
#' v-prediction of Salimans and Ho (2022). Draws solve dz/dt = F from tan(t) = 80
#' to t = 0. Density and network as in [inference_flow_matching()].
#'
#' @section Use when:
#' as [inference_flow_matching()]; the EDM schedule is the most accurate network
#' of its kind in published comparisons, and the stochastic sampler forgives
#' errors that the deterministic one carries on.
#'
#' @inheritSection inference_flow_matching Training
#' @inheritParams inference_flow_matching
#' @param schedule Noise levels of training. `"edm"`: log s is normal with mean
#'   -1.2 and sd 1.2, as in Karras et al., whose data have sd 1/2: relative to the
#'   parameters' variance of 1, levels are half of theirs, because posteriors are
#'   narrower than that. `"cosine"`: t is uniform.
#' @param solver `"adaptive"`, `"euler"`, `"midpoint"` or `"rk4"` for the
#'   probability flow in t, see [inference_flow_matching()]; `"heun"`: Heun's
#'   method for it on the grid of Karras et al. (2022, algorithm 1 without churn),
#'   2 `steps` - 1 evaluations; `"sde"`: `steps` Euler-Maruyama steps of the reverse
#'   stochastic differential equation on that grid, with the expected parameters
#'   held over a step and the linear rest exact (ancestral sampling). With the
#'   last two, densities use the adaptive solver.
#' @param steps Whole number: steps of solvers that are not adaptive.
#' @inherit summary_deep_set return
#' @inheritSection inference_flow_matching Errors
#' @references
#' Karras, Aittala, Aila and Laine (2022). Elucidating the design space of
#' diffusion-based generative models. *NeurIPS*.
#'
#' Nichol and Dhariwal (2021). Improved denoising diffusion probabilistic models.
#' *ICML*.
#'
#' Salimans and Ho (2022). Progressive distillation for fast sampling of diffusion
#' models. *ICLR*.
#'
#' Song, Sohl-Dickstein, Kingma, Kumar, Ermon and Poole (2021). Score-based
#' generative modeling through stochastic differential equations. *ICLR*.
#' @seealso [inference_flow_matching()], [inference_consistency()]
#' @examples
#' inference_diffusion(schedule = "cosine")
#' inference_diffusion(solver = "heun", steps = 20)
#' @export
inference_diffusion <- function(width = "auto", blocks = "auto",
                                embedding = 32, activation = "silu",
                                schedule = c("edm", "cosine"),
                                solver = "adaptive", steps = 100,
                                tolerance = 1e-3, max_evaluations = 10000,
                                trace = "exact", probes = 8) {
  new_network_spec("diffusion", "inference", c(
    field_sizes(width, blocks, embedding, activation),
    list(schedule = assert_choice(schedule, c("edm", "cosine"))),
    solver_options(
      solver, c("adaptive", "euler", "midpoint", "rk4", "heun", "sde"), steps,
      tolerance, max_evaluations, trace, probes
    )
  ))
}
