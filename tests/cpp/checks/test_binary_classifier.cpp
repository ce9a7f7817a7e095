#include <atomic>
#include <cmath>

#include "base/errors.h"
#include "checks/binary_classifier.h"
#include "support/catch.h"

namespace amortflow {

namespace {

const std::atomic<bool> kNotCancelled{false};

struct Sample {
  Matrix<float> rows;
  std::vector<std::uint8_t> is_second;
};

// Points of a checkerboard: no straight line parts the classes.
Sample checkerboard(std::int64_t count, std::uint64_t seed) {
  Sample sample{Matrix<float>(count, 2), {}};
  rng random = stream(seed, Purpose::kCheck, 0);
  for (std::int64_t i = 0; i < count; ++i) {
    for (std::int64_t j = 0; j < 2; ++j) sample.rows(i, j) = static_cast<float>(4 * random.uniform() - 2);
    sample.is_second.push_back(sample.rows(i, 0) * sample.rows(i, 1) > 0 ? 1 : 0);
  }
  return sample;
}

BinaryClassifierOptions twenty_units() {
  BinaryClassifierOptions options;
  options.hidden_width = 20;
  return options;
}

}  // namespace

// The share of errors is about 0.01; 0.05 is far away.
CATCH_TEST_CASE("A classifier learns a border that is not straight", "[check]") {
  const Sample training = checkerboard(3050, 1);
  BinaryClassifier classifier(2, twenty_units());
  const auto epochs = classifier.train(training.rows, training.is_second, stream(2, Purpose::kCheck, 0), kNotCancelled);
  CATCH_CHECK(epochs > 10);
  CATCH_CHECK(epochs < 1000);
  const Sample fresh = checkerboard(2500, 3);
  const auto log_odds = classifier.log_odds(fresh.rows);
  double errors = 0;
  for (std::size_t i = 0; i < log_odds.size(); ++i) errors += (log_odds[i] > 0) != (fresh.is_second[i] != 0) ? 1 : 0;
  CATCH_CHECK(errors / 2500 < 0.05);
}

CATCH_TEST_CASE("A classifier trained again forgets what it knew", "[check]") {
  const Sample training = checkerboard(400, 1);
  BinaryClassifierOptions options = twenty_units();
  options.most_epochs = 3;
  BinaryClassifier once(2, options);
  BinaryClassifier twice(2, options);
  (void)once.train(training.rows, training.is_second, stream(2, Purpose::kCheck, 0), kNotCancelled);
  (void)twice.train(training.rows, training.is_second, stream(3, Purpose::kCheck, 0), kNotCancelled);
  CATCH_CHECK(once.log_odds(training.rows) != twice.log_odds(training.rows));
  CATCH_CHECK(twice.train(training.rows, training.is_second, stream(2, Purpose::kCheck, 0), kNotCancelled) == 3);
  CATCH_CHECK(once.log_odds(training.rows) == twice.log_odds(training.rows));
}

// Classes 0 and 1 have x = -1 and 1 in three quarters of the rows. With slope w the derivative of loss and penalty by w
// is 1 / (1 + exp(-w)) - 0.75 + alpha w / rows: zero at log 3 without penalty, and at 0.73688 for alpha = 20.
CATCH_TEST_CASE("A logistic regression ends at its penalized maximum", "[check]") {
  Sample sample{Matrix<float>(200, 1), std::vector<std::uint8_t>(200, 0)};
  for (std::int64_t i = 0; i < 200; ++i) {
    const bool second = i % 2 == 0;
    sample.rows(i, 0) = second == (i >= 50) ? 1.0F : -1.0F;
    sample.is_second[static_cast<std::size_t>(i)] = second ? 1 : 0;
  }
  const auto slope = [&](double penalty) {
    BinaryClassifierOptions options;
    options.hidden_width = 1;
    options.hidden_layers = 0;
    options.penalty = penalty;
    options.tolerance = 0;
    options.patience = 1000;
    options.most_epochs = 5000;
    BinaryClassifier classifier(1, options);
    classifier.train(sample.rows, sample.is_second, stream(7, Purpose::kCheck, 1), kNotCancelled);
    const auto log_odds = classifier.log_odds(sample.rows);
    return static_cast<double>(log_odds[198] - log_odds[199]) / 2;
  };
  CATCH_CHECK(slope(0) == Catch::Approx(std::log(3.0)).margin(0.005));
  CATCH_CHECK(slope(20) == Catch::Approx(0.73688).margin(0.005));
}

CATCH_TEST_CASE("Training a classifier stops when asked to, and for numbers that are none", "[check]") {
  Sample training = checkerboard(400, 1);
  BinaryClassifier classifier(2, twenty_units());
  const std::atomic<bool> cancelled{true};
  CATCH_CHECK_THROWS_AS(classifier.train(training.rows, training.is_second, stream(1, Purpose::kCheck, 0), cancelled),
                        Cancelled);
  training.rows(17, 1) = std::nanf("");
  CATCH_CHECK_THROWS_AS(
      classifier.train(training.rows, training.is_second, stream(1, Purpose::kCheck, 0), kNotCancelled), NumericError);
  CATCH_CHECK_THROWS_AS(BinaryClassifier(0, twenty_units()), ConfigError);
}

}  // namespace amortflow
