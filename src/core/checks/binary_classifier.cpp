#include "checks/binary_classifier.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <utility>

#include "base/errors.h"
#include "kernels/dispatch.h"
#include "nets/dense.h"
#include "nets/layer_run.h"
#include "nets/weight_mirrors.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kInput, kOutputGradient };  // of the scratch besides those of the layers

constexpr std::int64_t kRowsAtOnce = 1000;  // where nothing is learned

Network make_network(std::int64_t input_width, const BinaryClassifierOptions& options) {
  if (input_width < 1 || options.hidden_layers < 0 || options.hidden_width < 1 || options.batch_size < 1) {
    throw ConfigError("the sizes of a classifier must be positive");
  }
  Network network;
  DenseOptions layer;
  layer.input_width = input_width;
  layer.output_width = options.hidden_width;
  layer.activation = Activation::kRelu;
  for (std::int64_t i = 0; i < options.hidden_layers; ++i) {
    network.add(std::make_unique<Dense>(layer));
    layer.input_width = options.hidden_width;
  }
  layer.output_width = 1;
  layer.activation = Activation::kIdentity;
  network.add(std::make_unique<Dense>(layer));
  return network;
}

ParameterLayout declared(Network& network) {
  ParameterLayout layout;
  network.declare(layout, "classifier");
  return layout;
}

OptimizerOptions plain_adam() {
  OptimizerOptions options;
  options.clip_norm = std::numeric_limits<double>::infinity();
  return options;
}

void shuffle(std::vector<std::int64_t>& order, rng& random) {
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<std::size_t>(random.uniform() * static_cast<double>(i))]);
  }
}

/// -log probability of the class, from the log odds.
double log_loss(double log_odds, bool is_second) {
  const double wrong = is_second ? -log_odds : log_odds;
  return std::max(wrong, 0.0) + std::log1p(std::exp(-std::abs(wrong)));
}

}  // namespace

BinaryClassifier::BinaryClassifier(std::int64_t input_width, const BinaryClassifierOptions& options)
    : options_(options),
      network_(make_network(input_width, options)),
      weights_(declared(network_)),
      gradient_(weights_.layout().floats()),
      optimizer_(weights_.layout(), plain_adam()),
      own_thread_(1) {}

void BinaryClassifier::start(rng& random) {
  double limit = 0;
  // A weight matrix comes before its bias, which starts within the same limits.
  for (std::size_t e = 0; e < weights_.layout().entries().size(); ++e) {
    const ParameterEntry& entry = weights_.layout().entries()[e];
    if (entry.decays) limit = std::sqrt(6.0 / static_cast<double>(entry.rows + entry.cols));
    float* const first = weights_.at(static_cast<std::int64_t>(e));
    for (std::int64_t i = 0; i < entry.rows; ++i) {
      float* const row = first + i * entry.stride;
      for (std::int64_t j = 0; j < entry.cols; ++j) row[j] = static_cast<float>(limit * (2 * random.uniform() - 1));
    }
  }
  optimizer_ = Optimizer(weights_.layout(), plain_adam());
  refresh_mirrors(weights_);
}

/// Adds the penalty's gradient for a batch of `count` rows; returns what the penalty adds to the mean loss.
double BinaryClassifier::penalize(std::int64_t count) {
  const double rate = options_.penalty / static_cast<double>(count);
  const ParameterStore& weights = weights_;  // reading leaves the mirrors up to date
  double squares = 0;
  for (std::size_t e = 0; e < weights.layout().entries().size(); ++e) {
    const ParameterEntry& entry = weights.layout().entries()[e];
    if (!entry.decays) continue;
    const std::int64_t floats = entry.rows * entry.stride;
    const float* const values = weights.at(static_cast<std::int64_t>(e));
    float* const gradient = gradient_.data() + entry.offset;
    for (std::int64_t i = 0; i < floats; ++i) gradient[i] += static_cast<float>(rate) * values[i];
    squares += kernels().squared_norm(floats, values);
  }
  return 0.5 * rate * squares;
}

/// One step of Adam on the rows order[0], ..., order[count - 1]; returns their mean loss before it.
double BinaryClassifier::train_batch(const Matrix<float>& rows,
                                     const std::vector<std::uint8_t>& is_second,
                                     const std::int64_t* order,
                                     std::int64_t count) {
  Scratch& own = scratch_.child(network_.layers().size());
  const Panel input = own.panel(kInput, count, rows.cols);
  for (std::int64_t i = 0; i < count; ++i) std::copy_n(rows.row(order[i]), rows.cols, input.values + i * input.stride);
  gradient_.zero();
  Pass pass;
  pass.parameters = &weights_;
  pass.gradient = gradient_.data();
  own.output_segments.assign_uniform(count, 1);
  const Panel out = run_forward(network_, 0, network_.layers().size(), pass, input, own.output_segments, scratch_);

  const Panel out_gradient = own.panel(kOutputGradient, count, 1);
  double loss = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const double log_odds = out.values[i * out.stride];
    const bool second = is_second[static_cast<std::size_t>(order[i])] != 0;
    loss += log_loss(log_odds, second);
    const double surprise = 1 / (1 + std::exp(-log_odds)) - (second ? 1 : 0);
    out_gradient.values[i * out_gradient.stride] = static_cast<float>(surprise / static_cast<double>(count));
  }
  (void)run_backward(network_, 0, network_.layers().size(), pass, out_gradient, false, scratch_);
  loss = loss / static_cast<double>(count) + penalize(count);
  if (!std::isfinite(loss)) throw NumericError("The loss of a classifier must be finite, but is not.");
  optimizer_.step(weights_, gradient_, 0, options_.learning_rate, own_thread_);
  return loss;
}

std::int64_t BinaryClassifier::train(const Matrix<float>& rows,
                                     const std::vector<std::uint8_t>& is_second,
                                     rng random,
                                     const std::atomic<bool>& cancelled) {
  start(random);
  std::vector<std::int64_t> order(static_cast<std::size_t>(rows.rows));
  std::iota(order.begin(), order.end(), 0);
  double best = std::numeric_limits<double>::infinity();
  std::int64_t epoch = 0;
  for (std::int64_t unchanged = 0; epoch < options_.most_epochs && unchanged <= options_.patience; ++epoch) {
    if (cancelled) throw Cancelled();
    shuffle(order, random);
    double loss = 0;
    for (std::int64_t begin = 0; begin < rows.rows; begin += options_.batch_size) {
      const std::int64_t count = std::min(options_.batch_size, rows.rows - begin);
      loss += train_batch(rows, is_second, order.data() + begin, count) * static_cast<double>(count);
    }
    loss /= static_cast<double>(rows.rows);
    unchanged = loss > best - options_.tolerance ? unchanged + 1 : 0;
    best = std::min(best, loss);
  }
  return epoch;
}

std::vector<float> BinaryClassifier::log_odds(const Matrix<float>& rows) const {
  std::vector<float> result;
  result.reserve(static_cast<std::size_t>(rows.rows));
  Scratch scratch;
  Scratch& own = scratch.child(network_.layers().size());
  Pass pass;
  pass.parameters = &weights_;
  for (std::int64_t begin = 0; begin < rows.rows; begin += kRowsAtOnce) {
    const std::int64_t count = std::min(kRowsAtOnce, rows.rows - begin);
    const Panel input = own.panel(kInput, count, rows.cols);
    for (std::int64_t i = 0; i < count; ++i) {
      std::copy_n(rows.row(begin + i), rows.cols, input.values + i * input.stride);
    }
    own.output_segments.assign_uniform(count, 1);
    const Panel out = run_forward(network_, 0, network_.layers().size(), pass, input, own.output_segments, scratch);
    for (std::int64_t i = 0; i < count; ++i) result.push_back(out.values[i * out.stride]);
  }
  return result;
}

}  // namespace amortflow
