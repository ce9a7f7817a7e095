#include "checks/classifier_two_sample.h"

#include <cmath>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "base/random.h"
#include "base/thread_pool.h"
#include "checks/binary_classifier.h"

namespace amortflow {

namespace {

constexpr std::int64_t kFolds = 5;
constexpr std::int64_t kUnitsPerVariable = 10;

struct LabelledRows {
  Matrix<float> rows;
  std::vector<std::uint8_t> is_second;
};

void check_samples(const Matrix<double>& first, const Matrix<double>& second) {
  if (first.cols != second.cols || first.cols < 1) {
    throw ShapeError("two samples must have the same variables, not " + std::to_string(first.cols) + " and " +
                     std::to_string(second.cols));
  }
  if (first.rows < 2 || second.rows < 1 || first.rows + second.rows < 2 * kFolds) {
    throw ShapeError("two samples to be told apart must have 10 draws in all, and the first 2, not " +
                     std::to_string(first.rows) + " and " + std::to_string(second.rows));
  }
  for (const Matrix<double>* sample : {&first, &second}) {
    for (const double x : sample->values) {
      if (!std::isfinite(x)) throw NumericError("Draws to be told apart must be finite numbers.");
    }
  }
}

/// Both samples, one below the other, standardized by the first.
LabelledRows standardized(const Matrix<double>& first, const Matrix<double>& second) {
  Matrix<double> all = first;
  append(all, second);
  for (std::int64_t j = 0; j < all.cols; ++j) {
    double mean = 0;
    for (std::int64_t i = 0; i < first.rows; ++i) mean += first(i, j);
    mean /= static_cast<double>(first.rows);
    double squares = 0;
    for (std::int64_t i = 0; i < first.rows; ++i) squares += (first(i, j) - mean) * (first(i, j) - mean);
    const double sd = std::sqrt(squares / static_cast<double>(first.rows - 1));
    for (std::int64_t i = 0; i < all.rows; ++i) all(i, j) = (all(i, j) - mean) / (sd > 0 ? sd : 1);
  }
  LabelledRows result{matrix_cast<float>(all), std::vector<std::uint8_t>(static_cast<std::size_t>(all.rows), 1)};
  std::fill_n(result.is_second.begin(), first.rows, std::uint8_t{0});
  return result;
}

LabelledRows select(const LabelledRows& from, const std::vector<std::int64_t>& indices) {
  LabelledRows part{select(from.rows, indices), {}};
  for (const auto i : indices) part.is_second.push_back(from.is_second[static_cast<std::size_t>(i)]);
  return part;
}

std::vector<std::int64_t> random_order(std::int64_t count, rng random) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<std::size_t>(random.uniform() * static_cast<double>(i))]);
  }
  return order;
}

double accuracy(const BinaryClassifier& classifier, const LabelledRows& rows) {
  const std::vector<float> log_odds = classifier.log_odds(rows.rows);
  double right = 0;
  for (std::size_t i = 0; i < log_odds.size(); ++i) right += (log_odds[i] > 0) == (rows.is_second[i] != 0) ? 1 : 0;
  return right / static_cast<double>(log_odds.size());
}

/// Trains on all rows but those of a fold, order[begin] to order[end - 1], and judges these.
double fold_accuracy(const LabelledRows& rows,
                     const std::vector<std::int64_t>& order,
                     std::int64_t begin,
                     std::int64_t end,
                     rng random,
                     const std::atomic<bool>& cancelled) {
  const std::vector<std::int64_t> held_back(order.begin() + begin, order.begin() + end);
  std::vector<std::int64_t> others(order.begin(), order.begin() + begin);
  others.insert(others.end(), order.begin() + end, order.end());
  const LabelledRows training = select(rows, others);
  BinaryClassifierOptions options;
  options.hidden_width = kUnitsPerVariable * rows.rows.cols;
  BinaryClassifier classifier(rows.rows.cols, options);
  classifier.train(training.rows, training.is_second, random, cancelled);
  return accuracy(classifier, select(rows, held_back));
}

}  // namespace

double classifier_two_sample_accuracy(const Matrix<double>& first,
                                      const Matrix<double>& second,
                                      std::uint64_t seed,
                                      int cores,
                                      HostService& host) {
  check_samples(first, second);
  const LabelledRows rows = standardized(first, second);
  const std::int64_t count = rows.rows.rows;
  const std::vector<std::int64_t> order = random_order(count, stream(seed, Purpose::kClassifier, 0));
  std::vector<double> accuracies(kFolds);
  host.run([&] {
    ThreadPool pool(cores);
    pool.run(kFolds, [&](std::int64_t fold) {
      // Stream 0 made the folds.
      accuracies[static_cast<std::size_t>(fold)] =
          fold_accuracy(rows, order, fold * count / kFolds, (fold + 1) * count / kFolds,
                        stream(seed, Purpose::kClassifier, static_cast<std::uint64_t>(fold + 1)), host.cancel_flag());
    });
  });
  return std::accumulate(accuracies.begin(), accuracies.end(), 0.0) / static_cast<double>(kFolds);
}

}  // namespace amortflow
