#pragma once

#include "base/spec.h"
#include "flows/consistency_loss.h"
#include "flows/inference_network.h"

namespace amortflow {

struct ConsistencyOptions {
  FieldNetworkOptions field;  ///< but for dimension and condition_width
  std::int64_t training_steps =
      50;                  ///< noise levels, on the grid of Karras et al. (2022), between most and least noise
  std::int64_t steps = 4;  ///< evaluations of a draw

  [[nodiscard]] static ConsistencyOptions from_spec(const Spec& spec);
};

/// Consistency model (Song et al. 2023) by consistency training: a network that jumps from any noise level straight to
/// the parameters, so that a draw takes one evaluation, or a few with fresh noise in between. It has no density.
class Consistency final : public InferenceNetwork {
 public:
  Consistency(const ConsistencyOptions& options, std::int64_t dimension, std::int64_t condition_width);

  void declare(ParameterLayout& layout, const std::string& prefix) override { loss_.declare(layout, prefix); }
  /// Distance of what the network makes of two noise levels, of each row.
  [[nodiscard]] const Network& loss() const override { return loss_; }
  [[nodiscard]] std::int64_t loss_noise_width() const override { return 2 + dimension_; }
  void fill_loss_noise(rng& random, float* row) const override;
  [[nodiscard]] std::int64_t draw_noise_width() const override { return options_.steps * dimension_; }
  [[nodiscard]] Panel draw(const Pass& pass, const Panel& noise, Scratch& scratch) const override;
  [[nodiscard]] bool loss_is_density() const override { return false; }
  [[nodiscard]] bool has_density() const override { return false; }

 private:
  ConsistencyOptions options_;
  std::int64_t dimension_;
  Network loss_;
  const ConsistencyLoss* field_ = nullptr;  // the only layer of loss_
};

}  // namespace amortflow
