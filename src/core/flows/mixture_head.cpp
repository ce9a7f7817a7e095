#include "flows/mixture_head.h"

#include "base/errors.h"
#include "flows/condition_stack.h"
#include "kernels/dispatch.h"
#include "nets/layer_run.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kNothing, kWeight, kShare, kRawGradient };
enum Child : std::size_t { kSubnetwork, kRaw };

constexpr auto kBound = static_cast<float>(MixtureHead::kClamp);
constexpr std::int64_t kMostNumbers = 1000000;  // for one data set

std::int64_t numbers_of(const MixtureHeadOptions& options) {
  const std::int64_t d = options.dimension;
  if (d > kMostVariables || options.components > kMostComponents) {
    throw ConfigError("inference_mixture() takes at most " + std::to_string(kMostVariables) + " parameters and " +
                          std::to_string(kMostComponents) + " components, not " + std::to_string(d) + " and " +
                          std::to_string(options.components),
                      "Use inference_coupling_flow() for many parameters.");
  }
  const std::int64_t numbers = options.components * (1 + 2 * d + d * (d - 1) / 2);
  if (numbers <= kMostNumbers) return numbers;
  throw ConfigError("inference_mixture(components = " + std::to_string(options.components) + ") of " +
                        std::to_string(d) + " parameters needs " + std::to_string(numbers) +
                        " numbers for every data set; at most " + std::to_string(kMostNumbers) + " are taken",
                    "Use fewer components or inference_coupling_flow().");
}

}  // namespace

MixtureHead::MixtureHead(const MixtureHeadOptions& options) : options_(options) {
  ConditionStackOptions stack;
  stack.condition_width = options.condition_width;
  stack.width = options.width;
  stack.depth = options.depth;
  stack.output_width = numbers_of(options);
  stack.activation = options.activation;
  subnetwork_ = condition_stack(stack);
}

void MixtureHead::declare(ParameterLayout& layout, const std::string& prefix) {
  subnetwork_.declare(layout, prefix);
  location_ = layout.add(prefix + ".location", options_.dimension, options_.components,
                         {Initializer::Kind::kNormal, 1.0}, false);
}

Panel MixtureHead::raw_numbers(const Pass& pass, std::int64_t rows, Scratch& scratch) const {
  const Panel nothing = scratch.panel(kNothing, rows, 0);
  const Panel raw = run_forward(subnetwork_, 0, subnetwork_.layers().size(), pass, nothing, *scratch.segments,
                                scratch.child(kSubnetwork));
  const ConstRows location = pass.weight(location_);
  for (std::int64_t row = 0; row < rows; ++row) {
    float* means = raw.values + row * raw.stride + options_.components;
    for (std::int64_t i = 0; i < location.rows; ++i) {
      for (std::int64_t k = 0; k < location.cols; ++k) *means++ += location.data[i * location.stride + k];
    }
  }
  return raw;
}

void MixtureHead::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  const Panel raw = raw_numbers(pass, out.rows, scratch);
  scratch.child(kRaw).input = raw;
  kernels().mixture_forward(kBound, raw.view(), scratch.input.view(),
                            scratch.panel(kWeight, out.rows, options_.components).view(),
                            scratch.panel(kShare, out.rows, options_.components).view(), out.view());
}

void MixtureHead::backward(const Pass& pass,
                           const Panel& out_gradient,
                           const Panel& in_gradient,
                           Scratch& scratch) const {
  const Panel& raw = scratch.child(kRaw).input;
  const Panel raw_gradient = scratch.panel(kRawGradient, raw.rows, raw.cols);
  const Rows input_gradient = in_gradient.values == nullptr ? Rows{} : in_gradient.view();
  kernels().mixture_backward(kBound, raw.view(), scratch.input.view(),
                             scratch.panel(kWeight, raw.rows, options_.components).view(),
                             scratch.panel(kShare, raw.rows, options_.components).view(), out_gradient.view(),
                             raw_gradient.view(), input_gradient);
  const Rows location_gradient = pass.weight_gradient(location_);
  for (std::int64_t row = 0; row < raw.rows; ++row) {
    const float* by_means = raw_gradient.values + row * raw_gradient.stride + options_.components;
    for (std::int64_t i = 0; i < location_gradient.rows; ++i) {
      float* const sums = location_gradient.data + i * location_gradient.stride;
      for (std::int64_t k = 0; k < location_gradient.cols; ++k) sums[k] += *by_means++;
    }
  }
  (void)run_backward(subnetwork_, 0, subnetwork_.layers().size(), pass, raw_gradient, false,
                     scratch.child(kSubnetwork));
}

void MixtureHead::draw(const Pass& pass, const Panel& noise, const Panel& out, Scratch& scratch) const {
  const Panel raw = raw_numbers(pass, noise.rows, scratch);
  kernels().mixture_draw(kBound, options_.components, raw.view(), noise.view(), out.view());
}

}  // namespace amortflow
