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

inline Spec coupling_flow_spec(const char* transform = "affine") {
  return Spec(Spec::List{{"kind", "coupling_flow"},
                         {"transform", transform},
                         {"depth", 3},
                         {"width", 20},
                         {"hidden", 2},
                         {"activation", "silu"},
                         {"bins", 6}});
}

inline Spec autoregressive_flow_spec(const char* transform) {
  Spec spec = coupling_flow_spec(transform);
  spec.set("kind", "autoregressive_flow");
  return spec;
}

inline Spec mixture_spec() {
  return Spec(Spec::List{{"kind", "mixture"}, {"components", 5}, {"width", 8}, {"hidden", 2}, {"activation", "tanh"}});
}

inline const std::vector<InferenceCase>& inference_cases() {
  static const std::vector<InferenceCase> cases{
      {"affine coupling flow", coupling_flow_spec()},
      {"spline coupling flow", coupling_flow_spec("spline"), 0.05},
      {"interleaved coupling flow", coupling_flow_spec("interleaved"), 0.05},
      {"affine autoregressive flow", autoregressive_flow_spec("affine")},
      {"spline autoregressive flow", autoregressive_flow_spec("spline"), 0.05},
      {"mixture", mixture_spec()},
  };
  return cases;
}

}  // namespace amortflow::test
