#pragma once

#include <deque>

#include "estimators/posterior_networks.h"

namespace amortflow {

/// One thread's way through a posterior's networks and back, in their fast forms. Its buffers grow to the largest batch
/// and stay: in the steady state nothing is allocated. The networks must outlive it.
class PosteriorRun final {
 public:
  /// Gradients are added to `gradient`; null where nothing is learned.
  explicit PosteriorRun(const PosteriorNetworks& networks, AlignedBuffer* gradient = nullptr);

  /// [data sets, condition_width]: what conditions the flow, for data sets [begin, end).
  [[nodiscard]] Panel condition(const Batch& data, std::int64_t begin, std::int64_t end);
  /// [rows, 1]: -log q of rows [begin, end) of `parameters`, row begin + i given row i of `condition`.
  [[nodiscard]] Panel negative_log_density(const Matrix<float>& parameters,
                                           std::int64_t begin,
                                           std::int64_t end,
                                           const Panel& condition);
  /// After both: adds the gradient of `scale` times the sum of negative log densities.
  void backward(double scale);

  /// Carries rows [begin, end) of `noise` to parameters in place, row begin + i given row i of `condition`.
  void invert(Matrix<float>& noise, std::int64_t begin, std::int64_t end, const Panel& condition);

  /// An empty [rows, condition_width], for conditions that do not come from condition().
  [[nodiscard]] Panel condition_rows(std::int64_t rows);

 private:
  [[nodiscard]] Panel summarise(std::size_t k, const RaggedRows<float>& data, std::int64_t begin, std::int64_t end);
  void summaries_backward(const Panel& condition_gradient);

  const PosteriorNetworks& networks_;
  Pass pass_;
  bool has_summaries_ = false;  // with parameters of their own
  Scratch own_;
  std::deque<Scratch> summaries_;  // one for each observable
  Scratch flow_;
  Segments flow_rows_;
};

}  // namespace amortflow
