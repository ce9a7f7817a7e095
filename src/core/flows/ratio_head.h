#pragma once

#include <algorithm>

#include "flows/condition_stack.h"
#include "nets/layer.h"

namespace amortflow {

struct RatioHeadOptions {
  ConditionStackOptions stack;     ///< of the target and the condition
  std::int64_t alternatives = 64;  ///< at most so many others for each row
  double gamma = 1;                ///< odds that one of the targets shown is the row's own
  double balance = 0;              ///< weight of the balancing penalty
};

/// The contrastive loss of log ratios f(target, condition), NRE-C (Miller et al. 2022): which of K targets, if any,
/// belongs to the row's condition? [rows, 1]. Alternatives of a row are the targets of the K rows behind it, in a
/// circle, K = min(alternatives, rows - 1); without another row the loss is zero. With own f_0 and others f_1 .. f_K,
///   -1/(1 + gamma) log(K / (K + gamma sum_{k=1..K} exp f_k))
///   -gamma/(1 + gamma) log(gamma exp f_0 / (K + gamma sum_{k=0..K-1} exp f_k)),
/// which is least at the exact log ratio for any K. To each row's loss comes
///   balance (mean sigmoid(f_0) + mean sigmoid(f_k) - 1)^2,
/// means over all rows given and, of the second, k >= 1 (Delaunoy et al. 2022). So rows depend on one another: those of
/// one shard.
class RatioHead final : public Layer {
 public:
  explicit RatioHead(const RatioHeadOptions& options);

  [[nodiscard]] std::string name() const override { return "ratio_head"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return 1; }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  /// The input, which are targets, has no gradient: `in_gradient` must be null.
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

  /// f of each row of targets with its row of `pass.condition`: [rows, 1], in `scratch`.
  [[nodiscard]] Panel log_ratios(const Pass& pass, const Panel& targets, Scratch& scratch) const;

 private:
  [[nodiscard]] std::int64_t shown(std::int64_t rows) const { return std::min(options_.alternatives, rows - 1); }
  /// Own minus what it should be: mean sigmoid(f_0) + mean sigmoid(f_k) - 1.
  [[nodiscard]] double imbalance(const Panel& f, std::int64_t rows, std::int64_t others) const;

  RatioHeadOptions options_;
  Network stack_;
};

}  // namespace amortflow
