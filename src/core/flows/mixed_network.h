#pragma once

#include <string>
#include <vector>

#include "flows/inference_network.h"
#include "flows/mixed_head.h"

namespace amortflow {

/// A network of variables of which some are categorical; see MixedHead.
struct MixedOptions {
  std::vector<CategoricalColumn> categorical;
  std::int64_t width = 64;
  std::int64_t hidden = 2;  ///< hidden layers of the classifier
  std::string activation = "silu";
  Spec continuous;  ///< inference network of the other variables

  /// Kind mixed: columns (from 0), levels, width, hidden, activation, continuous.
  [[nodiscard]] static MixedOptions from_spec(const Spec& spec);
};

class MixedNetwork final : public InferenceNetwork {
 public:
  MixedNetwork(const MixedOptions& options, std::int64_t dimension, std::int64_t condition_width, std::uint64_t seed);

  void declare(ParameterLayout& layout, const std::string& prefix) override { network_.declare(layout, prefix); }
  [[nodiscard]] const Network& loss() const override { return network_; }
  [[nodiscard]] std::int64_t loss_noise_width() const override;
  void fill_loss_noise(rng& random, float* row) const override;
  [[nodiscard]] std::int64_t draw_noise_width() const override;
  /// A uniform number, which chooses the class, then the continuous network's.
  void fill_draw_noise(const ParameterStore& parameters, rng& random, float* row) const override;
  [[nodiscard]] Panel draw(const Pass& pass, const Panel& noise, Scratch& scratch) const override;
  [[nodiscard]] std::int64_t rows_at_once() const override;
  [[nodiscard]] bool has_density() const override;
  [[nodiscard]] bool loss_is_density() const override;
  [[nodiscard]] Panel negative_log_density(const Pass& pass, const Panel& values, Scratch& scratch) const override;

 private:
  std::int64_t dimension_;
  Network network_;
  const MixedHead* head_ = nullptr;               // the network's one layer
  const InferenceNetwork* continuous_ = nullptr;  // its own, or null
};

}  // namespace amortflow
