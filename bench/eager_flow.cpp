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
#include "eager_spline.h"
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

EagerFlowImpl::EagerFlowImpl(const ParameterStore& parameters, const Options& options) : dimension_(options.dimension) {
  const std::string kind = options.transform + "_coupling_";
  for (std::int64_t l = 0; l < options.depth; ++l) {
    const auto name = [&](const std::string& what, std::int64_t part) { return what + std::to_string(3 * l + part); };
    const auto prefix = [&](const std::string& what, std::int64_t part) { return "inference." + name(what, part); };
    const auto coupling = [&](std::int64_t part) {
      return register_module(name("coupling_", part), EagerDense(parameters, prefix(kind, part), 1, 3));
    };
    Layer layer;
    layer.log_scale =
        register_parameter(name("log_scale_", 1), weights_of(parameters, prefix("act_norm_", 1) + ".log_scale"));
    layer.shift = register_parameter(name("shift_", 1), weights_of(parameters, prefix("act_norm_", 1) + ".shift"));
    layer.permutation = permutation_of(options.dimension, options.seed, l);
    layer.inverse_permutation = at::argsort(layer.permutation);
    layer.second = coupling(2);
    layer.first = coupling(3);
    layers_.push_back(std::move(layer));
  }
}

namespace {

at::Tensor log_scale_of(const at::Tensor& raw, std::int64_t width) {
  return 2 * kClamp / kPi * at::atan(raw.narrow(1, 0, width) / kClamp);
}

/// What of `raw` is the splines'; nothing for affine couplings.
at::Tensor of_splines(const at::Tensor& raw, std::int64_t width) {
  return raw.narrow(1, 2 * width, raw.size(1) - 2 * width).reshape({raw.size(0), width, -1});
}

}  // namespace

EagerFlowImpl::Transformed EagerFlowImpl::transformed(const at::Tensor& half, const at::Tensor& raw) {
  const std::int64_t width = half.size(1);
  const at::Tensor log_scale = log_scale_of(raw, width);
  const at::Tensor moved = half * at::exp(log_scale) + raw.narrow(1, width, width);
  if (raw.size(1) == 2 * width) return {moved, log_scale.sum(1)};
  const EagerSpline spline = eager_spline(of_splines(raw, width), moved, false);
  return {spline.value, (log_scale + spline.log_slope).sum(1)};
}

at::Tensor EagerFlowImpl::restored(const at::Tensor& half, const at::Tensor& raw) {
  const std::int64_t width = half.size(1);
  const bool has_spline = raw.size(1) > 2 * width;
  const at::Tensor moved = has_spline ? eager_spline(of_splines(raw, width), half, true).value : half;
  return (moved - raw.narrow(1, width, width)) * at::exp(-log_scale_of(raw, width));
}

at::Tensor EagerFlowImpl::negative_log_density(at::Tensor x, const at::Tensor& condition) {
  const std::int64_t middle = dimension_ / 2;
  at::Tensor log_det;
  for (Layer& layer : layers_) {
    x = (x * at::exp(layer.log_scale) + layer.shift).index_select(1, layer.permutation);
    const at::Tensor given = x.narrow(1, 0, middle);
    const Transformed second =
        transformed(x.narrow(1, middle, dimension_ - middle), layer.second(at::cat({given, condition}, 1)));
    const Transformed first = transformed(given, layer.first(at::cat({second.values, condition}, 1)));
    const at::Tensor gained = second.log_det + first.log_det + layer.log_scale.sum();
    log_det = log_det.defined() ? log_det + gained : gained;
    x = at::cat({first.values, second.values}, 1);
  }
  const double constant = 0.5 * static_cast<double>(dimension_) * std::log(2 * kPi);
  return 0.5 * x.pow(2).sum(1) + constant - log_det;
}

at::Tensor EagerFlowImpl::inverse(at::Tensor z, const at::Tensor& condition) {
  const std::int64_t middle = dimension_ / 2;
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
    const at::Tensor second_before = z.narrow(1, middle, dimension_ - middle);
    const at::Tensor first = restored(z.narrow(1, 0, middle), layer->first(at::cat({second_before, condition}, 1)));
    const at::Tensor second = restored(second_before, layer->second(at::cat({first, condition}, 1)));
    z = at::cat({first, second}, 1).index_select(1, layer->inverse_permutation);
    z = (z - layer->shift) * at::exp(-layer->log_scale);
  }
  return z;
}

}  // namespace amortflow::bench
