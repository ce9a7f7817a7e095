#pragma once

#include "base/spec.h"
#include "flows/inference_network.h"
#include "flows/path_field.h"

namespace amortflow {

struct FlowMatchingOptions {
  FieldNetworkOptions field;  ///< but for dimension and condition_width
  double time_power = 2;      ///< times of training are 1 - u^time_power, u uniform: above 1, more near the parameters
  OdeOptions solver;
  TraceOptions trace;

  [[nodiscard]] static FlowMatchingOptions from_spec(const Spec& spec);
};

/// Continuous flow learned by conditional flow matching along straight paths (Lipman et al. 2023; for posteriors: Dax
/// et al. 2023): dx/dt = F(x, t | condition) carries standard normal noise at t = 0 to parameters at t = 1.
class FlowMatching final : public InferenceNetwork {
 public:
  /// `seed` fixes the signs of estimated traces.
  FlowMatching(const FlowMatchingOptions& options,
               std::int64_t dimension,
               std::int64_t condition_width,
               std::uint64_t seed);

  void declare(ParameterLayout& layout, const std::string& prefix) override { loss_.declare(layout, prefix); }
  /// Mean squared error of the velocity of each row.
  [[nodiscard]] const Network& loss() const override { return loss_; }
  [[nodiscard]] std::int64_t loss_noise_width() const override { return 1 + dimension_; }
  void fill_loss_noise(rng& random, float* row) const override;
  [[nodiscard]] std::int64_t draw_noise_width() const override { return dimension_; }
  [[nodiscard]] Panel draw(const Pass& pass, const Panel& noise, Scratch& scratch) const override;
  [[nodiscard]] bool loss_is_density() const override { return false; }
  [[nodiscard]] std::int64_t rows_at_once() const override { return 2048; }  // the solver shares them out
  [[nodiscard]] Panel negative_log_density(const Pass& pass, const Panel& values, Scratch& scratch) const override;

 private:
  FlowMatchingOptions options_;
  std::int64_t dimension_;
  Network loss_;
  const FieldLoss* field_ = nullptr;  // the only layer of loss_
};

}  // namespace amortflow
