#pragma once

#include <memory>

#include <torch/nn/module.h>

#include "workload.h"

namespace amortflow::bench {

/// A summary network as modules: [data sets, positions, variables] -> [data sets, summaries].
class EagerSummary : public torch::nn::Module {
 public:
  virtual at::Tensor forward(const at::Tensor& data) = 0;
};

/// The one that `workload` asks for, with the weights of `parameters`.
[[nodiscard]] std::shared_ptr<EagerSummary> make_eager_summary(const Workload& workload,
                                                               const ParameterStore& parameters);

}  // namespace amortflow::bench
