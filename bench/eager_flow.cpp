#include "eager_flow.h"

#include <cmath>
#include <numeric>
#include <utility>

#include <ATen/ops/argsort.h>
#include <ATen/ops/atan.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tensor.h>

#include "base/random.h"
#include "eager_weights.h"

namespace amortflow::bench {

namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kClamp = 1.9;

/// Ours, written anew: that both give the same loss is checked in every run.
at::Tensor permutation_of(std::int64_t dimension, std::uint64_t seed, std::int64_t layer) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(dimension));
  std::iota(order.begin(), order.end(), 0);
  rng random = stream(seed, Purpose::kPermutation, static_cast<std::uint64_t>(layer));
  for (std::size_t i = order.size() - 1; i > 0 && layer > 0; --i) {
    std::swap(order[i], order[static_cast<std::size_t>(random.uniform() * static_cast<double>(i + 1))]);
  }
  return at::tensor(order, at::kLong);
}

}  // namespace

EagerDenseImpl::EagerDenseImpl(const ParameterStore& parameters,
                               const std::string& prefix,
                               std::int64_t first,
                               std::int64_t layers) {
  for (std::int64_t i = first; i < first + layers; ++i) {
    const std::string name = "dense_" + std::to_string(i);
    layers_.push_back(register_module(name, linear_from(parameters, prefix + "." + name)));
  }
}

at::Tensor EagerDenseImpl::forward(at::Tensor x) {
  for (std::size_t i = 0; i + 1 < layers_.size(); ++i) x = at::silu(layers_[i](x));
  return layers_.back()(x);
}

EagerFlowImpl::EagerFlowImpl(const ParameterStore& parameters,
                             std::int64_t dimension,
                             std::int64_t depth,
                             std::uint64_t seed)
    : dimension_(dimension) {
  for (std::int64_t l = 0; l < depth; ++l) {
    const auto name = [&](const char* kind, std::int64_t part) { return kind + std::to_string(3 * l + part); };
    const auto prefix = [&](const char* kind, std::int64_t part) { return "inference." + name(kind, part); };
    const auto coupling = [&](std::int64_t part) {
      return register_module(name("coupling_", part), EagerDense(parameters, prefix("affine_coupling_", part), 1, 3));
    };
    Layer layer;
    layer.log_scale =
        register_parameter(name("log_scale_", 1), weights_of(parameters, prefix("act_norm_", 1) + ".log_scale"));
    layer.shift = register_parameter(name("shift_", 1), weights_of(parameters, prefix("act_norm_", 1) + ".shift"));
    layer.permutation = permutation_of(dimension, seed, l);
    layer.inverse_permutation = at::argsort(layer.permutation);
    layer.second = coupling(2);
    layer.first = coupling(3);
    layers_.push_back(std::move(layer));
  }
}

EagerFlowImpl::ScaleShift EagerFlowImpl::scale_shift(EagerDense& network,
                                                     const at::Tensor& half,
                                                     const at::Tensor& condition) {
  const at::Tensor raw = network(at::cat({half, condition}, 1));
  const std::int64_t width = raw.size(1) / 2;
  return {2 * kClamp / kPi * at::atan(raw.narrow(1, 0, width) / kClamp), raw.narrow(1, width, width)};
}

at::Tensor EagerFlowImpl::negative_log_density(at::Tensor x, const at::Tensor& condition) {
  const std::int64_t middle = dimension_ / 2;
  at::Tensor log_det;
  for (Layer& layer : layers_) {
    x = (x * at::exp(layer.log_scale) + layer.shift).index_select(1, layer.permutation);
    at::Tensor first = x.narrow(1, 0, middle);
    at::Tensor second = x.narrow(1, middle, dimension_ - middle);
    const ScaleShift of_second = scale_shift(layer.second, first, condition);
    second = second * at::exp(of_second.log_scale) + of_second.shift;
    const ScaleShift of_first = scale_shift(layer.first, second, condition);
    first = first * at::exp(of_first.log_scale) + of_first.shift;
    const at::Tensor gained = of_second.log_scale.sum(1) + of_first.log_scale.sum(1) + layer.log_scale.sum();
    log_det = log_det.defined() ? log_det + gained : gained;
    x = at::cat({first, second}, 1);
  }
  const double constant = 0.5 * static_cast<double>(dimension_) * std::log(2 * kPi);
  return 0.5 * x.pow(2).sum(1) + constant - log_det;
}

at::Tensor EagerFlowImpl::inverse(at::Tensor z, const at::Tensor& condition) {
  const std::int64_t middle = dimension_ / 2;
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
    at::Tensor first = z.narrow(1, 0, middle);
    at::Tensor second = z.narrow(1, middle, dimension_ - middle);
    const ScaleShift of_first = scale_shift(layer->first, second, condition);
    first = (first - of_first.shift) * at::exp(-of_first.log_scale);
    const ScaleShift of_second = scale_shift(layer->second, first, condition);
    second = (second - of_second.shift) * at::exp(-of_second.log_scale);
    z = at::cat({first, second}, 1).index_select(1, layer->inverse_permutation);
    z = (z - layer->shift) * at::exp(-layer->log_scale);
  }
  return z;
}

}  // namespace amortflow::bench
