#pragma once

#include "flows/path_field.h"

namespace amortflow {

/// Samplers of a diffusion model on the grid of noise levels of Karras et al. (2022): `steps` levels and a last step to
/// 0. Both carry `noise` to draws [rows, dimension], in `scratch`.

/// Heun's method for the probability flow (there, algorithm 1 without churn): 2 steps - 1 evaluations. `noise` is
/// [rows, dimension].
[[nodiscard]] Panel heun_draw(const FieldLoss& loss,
                              const Pass& pass,
                              const Panel& noise,
                              std::int64_t steps,
                              Scratch& scratch);

/// Euler-Maruyama steps of the reverse stochastic differential equation with the expected parameters held over a step
/// and the linear rest solved exactly, which is ancestral sampling (Ho et al. 2020). `noise` is [rows, steps *
/// dimension]: the start and what every step but the last adds.
[[nodiscard]] Panel stochastic_draw(const FieldLoss& loss,
                                    const Pass& pass,
                                    const Panel& noise,
                                    std::int64_t dimension,
                                    std::int64_t steps,
                                    Scratch& scratch);

}  // namespace amortflow
