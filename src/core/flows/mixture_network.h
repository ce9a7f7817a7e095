#pragma once

#include <string>

#include "flows/inference_network.h"
#include "flows/mixture_head.h"

namespace amortflow {

/// Mixture density network: a mixture of normals with full covariances whose numbers are a network of the condition.
struct MixtureOptions {
  std::int64_t components = 8;
  std::int64_t width = 128;
  std::int64_t hidden = 3;  ///< hidden layers
  std::string activation = "silu";

  [[nodiscard]] static MixtureOptions from_spec(const Spec& spec);
};

class MixtureNetwork final : public InferenceNetwork {
 public:
  MixtureNetwork(const MixtureOptions& options, std::int64_t dimension, std::int64_t condition_width);

  void declare(ParameterLayout& layout, const std::string& prefix) override { network_.declare(layout, prefix); }
  /// -log q of each row.
  [[nodiscard]] const Network& loss() const override { return network_; }
  [[nodiscard]] std::int64_t draw_noise_width() const override { return dimension_ + 1; }
  /// Standard normal but for the last, a uniform number, which chooses the component.
  void fill_draw_noise(const ParameterStore& parameters, rng& random, float* row) const override;
  [[nodiscard]] Panel draw(const Pass& pass, const Panel& noise, Scratch& scratch) const override;

 private:
  std::int64_t dimension_;
  Network network_;
  const MixtureHead* head_ = nullptr;  // the network's one layer
};

}  // namespace amortflow
