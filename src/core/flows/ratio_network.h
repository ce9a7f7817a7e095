#pragma once

#include <string>

#include "base/spec.h"
#include "flows/conditional_network.h"
#include "flows/ratio_head.h"

namespace amortflow {

/// A dense network of target and condition that learns log p(target | condition) / p(target).
struct RatioOptions {
  std::int64_t width = 128;
  std::int64_t hidden = 3;  ///< hidden layers
  std::string activation = "silu";
  std::int64_t alternatives = 64;
  double gamma = 1;
  double balance = 0;

  /// Kind ratio: width, hidden, activation, alternatives, gamma, balance.
  [[nodiscard]] static RatioOptions from_spec(const Spec& spec);
};

/// Unlike with other networks, a row's loss depends on the other rows of the shard; see RatioHead.
class RatioNetwork final : public ConditionalNetwork {
 public:
  RatioNetwork(const RatioOptions& options, std::int64_t target_width, std::int64_t condition_width);

  void declare(ParameterLayout& layout, const std::string& prefix) override { network_.declare(layout, prefix); }
  [[nodiscard]] const Network& loss() const override { return network_; }

  /// [rows, 1]: log ratios of `targets`, each given its row of `pass.condition`; lives in `scratch`.
  [[nodiscard]] Panel log_ratios(const Pass& pass, const Panel& targets, Scratch& scratch) const {
    return head_->log_ratios(pass, targets, scratch.child(0));
  }

 private:
  Network network_;
  const RatioHead* head_ = nullptr;  // the network's one layer
};

}  // namespace amortflow
