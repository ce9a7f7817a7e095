#pragma once

#include <cstdint>
#include <memory>

#include "workload.h"

namespace amortflow::bench {

/// The baseline "eager": the same networks and loss written with LibTorch's modules (torch::nn), its Adam and its
/// clip_grad_norm_, as one would write them first. It shares no code with ours.
class EagerPosterior final {
 public:
  /// Takes over the weights of `parameters`, the store of an estimator of `workload`.
  EagerPosterior(const Workload& workload, const ParameterStore& parameters, double learning_rate);
  ~EagerPosterior();

  [[nodiscard]] double loss() const;  ///< mean negative log density of the batch
  void step();                        ///< forward, backward, clip and update
  /// `draws` parameter vectors for each of the batch's first `data_sets` data sets, one data set after the other.
  void sample(std::int64_t data_sets, std::int64_t draws) const;

 private:
  class Networks;
  std::unique_ptr<Networks> networks_;
};

}  // namespace amortflow::bench
