#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/random.h"
#include "base/spec.h"
#include "flows/conditional_network.h"

namespace amortflow {

/// q(x | condition) for x of `dimension` variables: what estimators know of a flow or another conditional density. Its
/// targets are the x, its loss is -log q for a flow. Random numbers of draws come from outside too, by
/// fill_draw_noise().
class InferenceNetwork : public ConditionalNetwork {
 public:
  /// Random numbers that one draw needs.
  [[nodiscard]] virtual std::int64_t draw_noise_width() const = 0;
  /// By default all standard normal.
  virtual void fill_draw_noise(const ParameterStore& parameters, rng& random, float* row) const;
  /// Draws, [rows, dimension], from `noise` [rows, draw_noise_width()], given `pass.condition`; they live in `scratch`.
  [[nodiscard]] virtual Panel draw(const Pass& pass, const Panel& noise, Scratch& scratch) const = 0;

  /// Rows that are best drawn or evaluated together: enough to keep products busy, few enough for the cache. Networks
  /// that share rows out themselves ask for more.
  [[nodiscard]] virtual std::int64_t rows_at_once() const { return 128; }
  /// Whether log q can be computed.
  [[nodiscard]] virtual bool has_density() const { return true; }
  /// Whether the loss is -log q, so that the way back through it gives the density's gradient.
  [[nodiscard]] virtual bool loss_is_density() const { return true; }
  /// -log q of each row of `values` [rows, dimension], [rows, 1], given `pass.condition`; lives in `scratch`. By
  /// default the loss. Only where has_density(). Mirrors of the weights must be current.
  [[nodiscard]] virtual Panel negative_log_density(const Pass& pass, const Panel& values, Scratch& scratch) const;
};

/// The network that `spec` describes (kinds coupling_flow, autoregressive_flow, mixture, flow_matching, diffusion,
/// consistency, mixed). `seed` fixes what is random in its structure.
[[nodiscard]] std::unique_ptr<InferenceNetwork> make_inference_network(const Spec& spec,
                                                                       std::int64_t dimension,
                                                                       std::int64_t condition_width,
                                                                       std::uint64_t seed);

}  // namespace amortflow
