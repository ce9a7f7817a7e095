#include "nets/activation.h"

#include <ATen/ops/elu.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tanh.h>

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

at::Tensor activate(Activation activation, const at::Tensor& x) {
  switch (activation) {
    case Activation::kSilu: return at::silu(x);
    case Activation::kRelu: return at::relu(x);
    case Activation::kTanh: return at::tanh(x);
    case Activation::kElu: return at::elu(x);
    case Activation::kGelu: return at::gelu(x);
    case Activation::kIdentity: break;
  }
  return x;
}

}  // namespace amortflow
