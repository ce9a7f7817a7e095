#pragma once

#include <string>
#include <vector>

#include "base/spec.h"

namespace amortflow::test {

/// A small inference network of each kind, for test_inference_networks.cpp: whoever adds a kind adds its line.
struct InferenceCase {
  std::string name;
  Spec spec;
};

inline Spec coupling_flow_spec() {
  return Spec(Spec::List{{"kind", "coupling_flow"},
                         {"transform", "affine"},
                         {"depth", 3},
                         {"width", 20},
                         {"hidden", 2},
                         {"activation", "silu"}});
}

inline const std::vector<InferenceCase>& inference_cases() {
  static const std::vector<InferenceCase> cases{
      {"affine coupling flow", coupling_flow_spec()},
  };
  return cases;
}

}  // namespace amortflow::test
