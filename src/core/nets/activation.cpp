#include "nets/activation.h"

#include "base/errors.h"

namespace amortflow {

Activation activation_from(const std::string& name) {
  if (name == "silu") return Activation::kSilu;
  if (name == "relu") return Activation::kRelu;
  if (name == "tanh") return Activation::kTanh;
  if (name == "elu") return Activation::kElu;
  if (name == "gelu") return Activation::kGelu;
  if (name == "identity") return Activation::kIdentity;
  throw ConfigError("an activation must be silu, relu, tanh, elu, gelu or identity, not " + name);
}

}  // namespace amortflow
