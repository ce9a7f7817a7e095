#pragma once

#include <deque>

#include "estimators/posterior_networks.h"

namespace amortflow {

/// One thread's way through a member of a posterior's networks and back, in their fast forms. Its buffers grow to the
/// largest batch and stay: in the steady state nothing is allocated. The networks must outlive it.
class PosteriorRun final {
 public:
  /// Gradients are added to `gradient`; null where nothing is learned.
  explicit PosteriorRun(const PosteriorNetworks& networks, std::int64_t member = 0, AlignedBuffer* gradient = nullptr);

  /// [data sets, condition_width]: what conditions the inference network, for data sets [begin, end).
  [[nodiscard]] Panel condition(const Batch& data, std::int64_t begin, std::int64_t end);
  /// [data sets, 1]: the loss of data sets [begin, end) of a prepared batch, begin + i given row i of `condition`.
  [[nodiscard]] Panel losses(const BatchRange& data_sets, const Panel& condition);
  /// After both: adds the gradient of `scale` times the sum of losses.
  void backward(double scale);

  /// [rows, 1]: -log q of the residuals of rows [begin, end) of `parameters`, row begin + i given row i of `condition`.
  [[nodiscard]] Panel negative_log_density(const Matrix<float>& parameters,
                                           std::int64_t begin,
                                           std::int64_t end,
                                           const Panel& condition);
  /// Rows [begin, end) of `draws`, from those of `noise`, row begin + i given row i of `condition`.
  void draw(const Matrix<float>& noise,
            std::int64_t begin,
            std::int64_t end,
            const Panel& condition,
            Matrix<float>& draws);

  /// An empty [rows, condition_width], for conditions that do not come from condition().
  [[nodiscard]] Panel condition_rows(std::int64_t rows);

 private:
  [[nodiscard]] Panel copied(const Matrix<float>& matrix, std::int64_t begin, std::int64_t end, std::size_t slot);
  [[nodiscard]] Panel loss_noise(const BatchRange& data_sets);
  [[nodiscard]] Panel summarise(std::size_t k, const RaggedRows<float>& data, std::int64_t begin, std::int64_t end);
  /// The gradient of all summaries side by side.
  [[nodiscard]] Panel head_backward(const Panel& condition_gradient);
  void summaries_backward(const Panel& summaries_gradient);

  const PosteriorNetworks& networks_;
  const PosteriorMember& member_;
  std::int64_t noise_column_;  // the first of the member's own in a batch's noise
  Pass pass_;
  bool has_summaries_ = false;  // with parameters of their own
  Scratch own_;
  std::deque<Scratch> summaries_;  // one for each observable
  Scratch head_;
  Segments head_rows_;
  Scratch inference_;
};

}  // namespace amortflow
