#pragma once

#include <string>
#include <vector>

#include "base/spec.h"

namespace amortflow::test {

/// A small inference network of each kind, for test_inference_networks.cpp: whoever adds a kind adds its line.
struct InferenceCase {
  std::string name;
  Spec spec;
  double perturbation = 0.2;  ///< sd of what is added to each parameter's start
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

inline Spec student_base_spec() { return Spec::List{{"kind", "student"}, {"df", 8}, {"learned", true}}; }
inline Spec mixture_base_spec() { return Spec::List{{"kind", "mixture"}, {"components", 3}, {"learned", true}}; }

inline const std::vector<InferenceCase>& inference_cases() {
  static const std::vector<InferenceCase> cases{
      {"affine coupling flow", coupling_flow_spec()},
      {"spline coupling flow", coupling_flow_spec("spline"), 0.05},
      {"interleaved coupling flow", coupling_flow_spec("interleaved"), 0.05},
      {"coupling flow that swaps halves", coupling_flow_spec("affine", "swap")},
      {"coupling flow with rotations", coupling_flow_spec("affine", "orthogonal")},
      {"spline coupling flow with rotations", coupling_flow_spec("spline", "orthogonal"), 0.02},
      {"coupling flow on a Student base", coupling_flow_spec("affine", "fixed", student_base_spec()), 0.05},
      {"coupling flow on a mixture", coupling_flow_spec("affine", "fixed", mixture_base_spec()), 0.1},
  };
  return cases;
}

}  // namespace amortflow::test
