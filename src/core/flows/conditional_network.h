#pragma once

#include <cstdint>
#include <string>

#include "base/random.h"
#include "nets/network.h"

namespace amortflow {

/// What an estimator learns of a target given a condition, by a loss that splits over rows: a conditional density, a
/// classifier, a prediction.
///
/// Networks never draw: whoever runs one fills the random numbers that its loss needs from a stream of its own, by
/// fill_loss_noise(), and hands them over. A row's results depend on that row's input alone.
class ConditionalNetwork {
 public:
  virtual ~ConditionalNetwork() = default;

  virtual void declare(ParameterLayout& layout, const std::string& prefix) = 0;

  /// From targets [rows, target width] to the loss of each row, [rows, 1], given `pass.condition` and `pass.noise`
  /// [rows, loss_noise_width()]. Its reference form takes both from the state and adds to its `log_det`.
  [[nodiscard]] virtual const Network& loss() const = 0;
  /// Random numbers that the loss of one row needs.
  [[nodiscard]] virtual std::int64_t loss_noise_width() const { return 0; }
  /// By default all standard normal.
  virtual void fill_loss_noise(rng& random, float* row) const;
};

/// The loss of rows `in` by the fast forms, [rows, 1]; in `scratch`, as run_backward wants it. `pass.log_det` is set to
/// a row of zeros there.
[[nodiscard]] Panel run_loss(const ConditionalNetwork& network, Pass& pass, const Panel& in, Scratch& scratch);

}  // namespace amortflow
