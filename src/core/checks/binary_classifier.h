#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "base/matrix.h"
#include "base/parameter_store.h"
#include "base/random.h"
#include "nets/network.h"
#include "train/optimizer.h"

namespace amortflow {

/// How a BinaryClassifier learns: the defaults of scikit-learn's MLPClassifier (version 0.23 to 1.5), but for the
/// number of epochs.
struct BinaryClassifierOptions {
  std::int64_t hidden_layers = 2;
  std::int64_t hidden_width = 0;  ///< units of each hidden layer
  double learning_rate = 1e-3;    ///< of Adam
  double penalty = 1e-4;  ///< alpha: alpha / (2 rows of the batch) times the sum of squared weights joins the loss
  std::int64_t batch_size = 200;
  double tolerance = 1e-4;     ///< an epoch whose mean loss is not below the best so far by this brings no change
  std::int64_t patience = 10;  ///< training ends when more epochs than this in a row bring no change
  std::int64_t most_epochs = 10000;
};

/// A multilayer perceptron (relu) that tells rows of a first sample from those of a second, by the log loss. Weights
/// and biases start uniform on +-sqrt(6 / (fan-in + fan-out)) (Glorot and Bengio 2010); the last weights are kept.
class BinaryClassifier final {
 public:
  /// Throws ConfigError if a size is not positive.
  BinaryClassifier(std::int64_t input_width, const BinaryClassifierOptions& options);

  /// Starts anew and trains; is_second has a 0 or 1 for each row. Returns the epochs it took. `random` gives start and
  /// order. Throws NumericError if the loss is not finite, Cancelled once `cancelled` is set.
  std::int64_t train(const Matrix<float>& rows,
                     const std::vector<std::uint8_t>& is_second,
                     rng random,
                     const std::atomic<bool>& cancelled);
  /// Log odds that a row is of the second sample.
  [[nodiscard]] std::vector<float> log_odds(const Matrix<float>& rows) const;

 private:
  void start(rng& random);
  [[nodiscard]] double train_batch(const Matrix<float>& rows,
                                   const std::vector<std::uint8_t>& is_second,
                                   const std::int64_t* order,
                                   std::int64_t count);
  [[nodiscard]] double penalize(std::int64_t count);

  BinaryClassifierOptions options_;
  Network network_;
  ParameterStore weights_;
  AlignedBuffer gradient_;
  Scratch scratch_;
  Optimizer optimizer_;
  ThreadPool own_thread_;
};

}  // namespace amortflow
