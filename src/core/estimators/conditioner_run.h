#pragma once

#include <deque>

#include "estimators/conditioner.h"
#include "nets/layer.h"

namespace amortflow {

/// One thread's way through a conditioner and back, in the fast forms. Its buffers grow to the largest batch and stay.
/// The conditioner must outlive it.
class ConditionerRun final {
 public:
  explicit ConditionerRun(const Conditioner& conditioner)
      : conditioner_(conditioner), summaries_(conditioner.observable_count()) {}

  /// [data sets, width]: the condition of data sets [begin, end). `pass` says where parameters and gradients are.
  [[nodiscard]] Panel forward(const Batch& data, std::int64_t begin, std::int64_t end, const Pass& pass);
  /// After forward: adds the gradients of all parameters, given that of the condition.
  void backward(const Panel& condition_gradient, const Pass& pass);

  /// An empty [rows, width], for conditions that do not come from forward().
  [[nodiscard]] Panel rows(std::int64_t count);

 private:
  [[nodiscard]] Panel summarise(std::size_t k,
                                const RaggedRows<float>& data,
                                std::int64_t begin,
                                std::int64_t end,
                                const Pass& pass);
  /// The gradient of all summaries side by side.
  [[nodiscard]] Panel head_backward(const Panel& condition_gradient, const Pass& pass);

  const Conditioner& conditioner_;
  Scratch own_;
  std::deque<Scratch> summaries_;  // one for each observable
  Scratch head_;
  Segments head_rows_;
};

}  // namespace amortflow
