#pragma once

#include "base/spec.h"
#include "flows/inference_network.h"
#include "flows/path_field.h"

namespace amortflow {

struct DiffusionOptions {
  enum class Schedule { kEdm, kCosine };
  enum class Sampler { kOde, kHeun, kStochastic };

  FieldNetworkOptions field;  ///< but for dimension and condition_width
  Schedule schedule = Schedule::kEdm;
  Sampler sampler = Sampler::kOde;
  OdeOptions solver;  ///< of kOde and of densities; `steps` of all
  TraceOptions trace;

  [[nodiscard]] static DiffusionOptions from_spec(const Spec& spec);
};

/// Diffusion model in the variance-preserving form with data of variance 1: z = cos(t) x + sin(t) n, and the network
/// learns E(dz/dt | z, condition). Times of training: tan(t) log-normal (EDM, Karras et al. 2022) or t uniform (cosine
/// schedule, Nichol and Dhariwal 2021; v-prediction, Salimans and Ho 2022). The probability flow dz/dt = F(z, t |
/// condition) gives draws and densities.
class Diffusion final : public InferenceNetwork {
 public:
  /// `seed` fixes the signs of estimated traces.
  Diffusion(const DiffusionOptions& options, std::int64_t dimension, std::int64_t condition_width, std::uint64_t seed);

  void declare(ParameterLayout& layout, const std::string& prefix) override { loss_.declare(layout, prefix); }
  /// Mean squared error of dz/dt of each row.
  [[nodiscard]] const Network& loss() const override { return loss_; }
  [[nodiscard]] std::int64_t loss_noise_width() const override { return 1 + dimension_; }
  void fill_loss_noise(rng& random, float* row) const override;
  [[nodiscard]] std::int64_t draw_noise_width() const override;
  [[nodiscard]] Panel draw(const Pass& pass, const Panel& noise, Scratch& scratch) const override;
  [[nodiscard]] bool loss_is_density() const override { return false; }
  [[nodiscard]] std::int64_t rows_at_once() const override { return 2048; }  // the solver shares them out
  [[nodiscard]] Panel negative_log_density(const Pass& pass, const Panel& values, Scratch& scratch) const override;

 private:
  DiffusionOptions options_;
  std::int64_t dimension_;
  Network loss_;
  const FieldLoss* field_ = nullptr;  // the only layer of loss_
};

}  // namespace amortflow
