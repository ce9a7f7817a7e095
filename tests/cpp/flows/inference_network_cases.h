#pragma once

#include <string>
#include <vector>

#include "base/spec.h"

namespace amortflow::test {

/// A small inference network of each kind, for test_inference_networks.cpp: whoever adds a kind adds its line.
struct InferenceCase {
  std::string name;
  Spec spec;
  double perturbation = 0.2;    ///< sd of what is added to each parameter's start
  bool stops_gradient = false;  ///< of a part of the loss, so that its gradient is not the loss's slope
  /// Of gradients, relative: more where their terms cancel.
  double gradient_tolerance = 2e-5;
  /// Cells of an axis when the density is integrated: fewer where each takes an equation to be solved.
  std::int64_t cells = 600;
};

inline Spec coupling_flow_spec(const char* transform = "affine",
                               const char* permutation = "fixed",
                               const Spec& base = Spec::List{{"kind", "normal"}}) {
  return Spec(Spec::List{{"kind", "coupling_flow"},
                         {"transform", transform},
                         {"depth", 3},
                         {"width", 20},
                         {"hidden", 2},
                         {"activation", "silu"},
                         {"bins", 6},
                         {"tail_bound", 5},
                         {"permutation", permutation},
                         {"base", base}});
}

inline Spec autoregressive_flow_spec(const char* transform) {
  return Spec(Spec::List{{"kind", "autoregressive_flow"},
                         {"transform", transform},
                         {"depth", 3},
                         {"width", 20},
                         {"hidden", 2},
                         {"activation", "silu"},
                         {"bins", 6},
                         {"tail_bound", 5}});
}

inline Spec mixture_spec() {
  return Spec(Spec::List{{"kind", "mixture"}, {"components", 5}, {"width", 8}, {"hidden", 2}, {"activation", "tanh"}});
}

/// Small, but for the keys of its kind, in `spec`.
inline Spec field_spec(Spec::List spec) {
  for (const auto& [key, value] : Spec::List{{"width", 20}, {"blocks", 2}, {"embedding", 7}, {"activation", "silu"}}) {
    spec.emplace_back(key, value);
  }
  return Spec(std::move(spec));
}

inline Spec solved_spec(Spec::List spec, const char* trace = "exact") {
  for (const auto& [key, value] :
       Spec::List{{"steps", 20}, {"tolerance", 1e-4}, {"max_evaluations", 100000}, {"trace", trace}, {"probes", 3}}) {
    spec.emplace_back(key, value);
  }
  return field_spec(std::move(spec));
}
inline Spec student_base_spec() { return Spec::List{{"kind", "student"}, {"df", 8}, {"learned", true}}; }
inline Spec mixture_base_spec() { return Spec::List{{"kind", "mixture"}, {"components", 3}, {"learned", true}}; }

inline const std::vector<InferenceCase>& inference_cases() {
  static const std::vector<InferenceCase> cases{
      {"affine coupling flow", coupling_flow_spec()},
      // Bins may be 1e-3 of the interval, which magnifies rounding (6e-8) by as much, and reference forms round
      // otherwise on other processors.
      {"spline coupling flow", coupling_flow_spec("spline"), 0.05, false, 1e-4},
      {"interleaved coupling flow", coupling_flow_spec("interleaved"), 0.05, false, 1e-4},
      {"affine autoregressive flow", autoregressive_flow_spec("affine")},
      {"spline autoregressive flow", autoregressive_flow_spec("spline"), 0.05, false, 1e-4},
      {"mixture", mixture_spec()},
      {"flow matching", solved_spec({{"kind", "flow_matching"}, {"time_power", 2}, {"solver", "adaptive"}}), 0.2, false,
       2e-5, 200},
      {"diffusion, EDM", solved_spec({{"kind", "diffusion"}, {"schedule", "edm"}, {"solver", "adaptive"}}), 0.2, false,
       2e-5, 200},
      {"diffusion, cosine", solved_spec({{"kind", "diffusion"}, {"schedule", "cosine"}, {"solver", "adaptive"}}), 0.2,
       false, 2e-5, 200},
      {"consistency", field_spec({{"kind", "consistency"}, {"training_steps", 20}, {"steps", 3}}), 0.2, true, 5e-3},
      {"coupling flow that swaps halves", coupling_flow_spec("affine", "swap")},
      {"coupling flow with rotations", coupling_flow_spec("affine", "orthogonal")},
      {"spline coupling flow with rotations", coupling_flow_spec("spline", "orthogonal"), 0.02, false, 1e-4},
      {"coupling flow on a Student base", coupling_flow_spec("affine", "fixed", student_base_spec()), 0.05, false,
       1e-4},
      {"coupling flow on a mixture", coupling_flow_spec("affine", "fixed", mixture_base_spec()), 0.1},
  };
  return cases;
}

}  // namespace amortflow::test
