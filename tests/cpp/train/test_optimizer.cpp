#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/errors.h"
#include "base/random.h"
#include "support/catch.h"
#include "train/gradient_sum.h"
#include "train/optimizer.h"

using namespace amortflow;

namespace {

/// Entries that decay and do not, alone and side by side, none as wide as its padding.
ParameterLayout mixed_layout() {
  ParameterLayout layout;
  layout.add("a.weight", 3, 5, {Initializer::Kind::kNormal, 1.0}, true);
  layout.add("b.weight", 2, 17, {Initializer::Kind::kNormal, 1.0}, true);
  layout.add("b.bias", 1, 17, {Initializer::Kind::kNormal, 1.0}, false);
  layout.add("c.shift", 1, 2, {Initializer::Kind::kNormal, 1.0}, false);
  layout.add("d.weight", 1, 1, {Initializer::Kind::kNormal, 1.0}, true);
  return layout;
}

/// As training finds it.
double norm_of(AlignedBuffer gradient) {
  ThreadPool pool(1);
  return GradientSum().add({&gradient}, pool);
}

AlignedBuffer gradient_of_step(const ParameterLayout& layout, std::uint64_t step, double scale) {
  AlignedBuffer gradient(layout.floats());
  rng random = stream(9, Purpose::kCheck, step);
  for (const auto& entry : layout.entries()) {
    for (std::int64_t i = 0; i < entry.rows; ++i) {
      for (std::int64_t j = 0; j < entry.cols; ++j) {
        gradient.data()[entry.offset + i * entry.stride + j] = static_cast<float>(scale * random.normal());
      }
    }
  }
  return gradient;
}

/// One number under torch::optim::AdamW after clip_grad_norm_, written out in double.
struct Number {
  double weight = 0;
  double m = 0;
  double v = 0;

  void step(double gradient, double rate, double decay, const OptimizerOptions& options, int t) {
    weight *= 1 - rate * decay;
    m = options.beta1 * m + (1 - options.beta1) * gradient;
    v = options.beta2 * v + (1 - options.beta2) * gradient * gradient;
    const double corrected_m = m / (1 - std::pow(options.beta1, t));
    const double corrected_v = v / (1 - std::pow(options.beta2, t));
    weight -= rate * corrected_m / (std::sqrt(corrected_v) + options.epsilon);
  }
};

struct Run {
  ParameterStore store;
  std::vector<Number> numbers;  // one for every float of the buffer
};

/// Several steps at rates that change, by the optimizer and in double.
Run run(const OptimizerOptions& options, double gradient_scale) {
  Run result{ParameterStore(mixed_layout()), {}};
  result.store.initialize(4);
  const ParameterLayout& layout = result.store.layout();
  const float* start = result.store.values().data();
  for (std::int64_t i = 0; i < layout.floats(); ++i) result.numbers.push_back({static_cast<double>(start[i]), 0, 0});
  ThreadPool pool(2);
  Optimizer optimizer(layout, options);
  for (int t = 1; t <= 25; ++t) {
    const double rate = 0.02 / t;
    const AlignedBuffer gradient = gradient_of_step(layout, static_cast<std::uint64_t>(t), gradient_scale);
    double norm = 0;
    for (std::int64_t i = 0; i < gradient.size(); ++i) norm = std::hypot(norm, static_cast<double>(gradient.data()[i]));
    optimizer.step(result.store, gradient, norm_of(gradient), rate, pool);
    const double clip = std::min(1.0, options.clip_norm / (norm + 1e-6));
    for (const auto& entry : layout.entries()) {
      for (std::int64_t i = entry.offset; i < entry.offset + entry.rows * entry.stride; ++i) {
        result.numbers[static_cast<std::size_t>(i)].step(clip * static_cast<double>(gradient.data()[i]), rate,
                                                         entry.decays ? options.weight_decay : 0.0, options, t);
      }
    }
  }
  return result;
}

double largest_difference(const Run& run) {
  double largest = 0;
  for (std::int64_t i = 0; i < run.store.values().size(); ++i) {
    const double truth = run.numbers[static_cast<std::size_t>(i)].weight;
    largest = std::max(largest, std::abs(static_cast<double>(run.store.values().data()[i]) - truth));
  }
  return largest;
}

}  // namespace

CATCH_TEST_CASE("the optimizer follows AdamW with clipping, entry by entry") {
  OptimizerOptions options;
  for (const double decay : {0.0, 0.5}) {
    for (const double scale : {0.01, 10.0}) {  // below and far above the largest norm
      CATCH_INFO("weight decay " << decay << ", gradients of scale " << scale);
      options.weight_decay = decay;
      CATCH_CHECK(largest_difference(run(options, scale)) < 2e-6);
    }
  }
}

CATCH_TEST_CASE("weight decay moves only entries that decay") {
  OptimizerOptions options;
  options.weight_decay = 0.5;
  ParameterStore store(mixed_layout());
  store.initialize(4);
  const ParameterStore before = store;
  ThreadPool pool(2);
  Optimizer optimizer(store.layout(), options);
  const AlignedBuffer gradient(store.layout().floats());
  optimizer.step(store, gradient, 0, 0.1, pool);
  for (std::int64_t e = 0; e < static_cast<std::int64_t>(store.layout().entries().size()); ++e) {
    CATCH_INFO(store.layout()[e].name);
    const float expected = before.at(e)[0] * (store.layout()[e].decays ? 0.95F : 1.0F);
    CATCH_CHECK(std::abs(store.at(e)[0] - expected) <= 1e-6F * std::abs(expected));
  }
}

CATCH_TEST_CASE("padding stays zero, and the norm is that of all numbers") {
  OptimizerOptions options;
  options.weight_decay = 0.1;
  const Run result = run(options, 1.0);
  for (const auto& entry : result.store.layout().entries()) {
    for (std::int64_t i = 0; i < entry.rows; ++i) {
      for (std::int64_t j = entry.cols; j < entry.stride; ++j) {
        CATCH_REQUIRE(result.store.values().data()[entry.offset + i * entry.stride + j] == 0.0F);
      }
    }
  }
  AlignedBuffer gradient(32);
  gradient.data()[0] = 3;
  gradient.data()[31] = -4;
  CATCH_CHECK(norm_of(gradient) == Catch::Approx(5.0));
  gradient.data()[7] = std::numeric_limits<float>::infinity();
  CATCH_CHECK_FALSE(std::isfinite(norm_of(gradient)));
}

CATCH_TEST_CASE("the average follows its definition, and forgets the first weights soon") {
  OptimizerOptions options;
  options.average_decay = 0.9;
  ParameterStore store(mixed_layout());
  store.initialize(4);
  ThreadPool pool(2);
  Optimizer optimizer(store.layout(), options);
  CATCH_CHECK(optimizer.average().size() == 0);
  std::vector<double> average;
  for (int t = 1; t <= 200; ++t) {
    const AlignedBuffer gradient = gradient_of_step(store.layout(), static_cast<std::uint64_t>(t), 1);
    optimizer.step(store, gradient, norm_of(gradient), 0.01, pool);
    const float* weights = store.values().data();
    if (t == 1) average.assign(weights, weights + store.values().size());
    const double decay = std::min(0.9, (1.0 + t) / (10.0 + t));
    for (std::size_t i = 0; i < average.size(); ++i) {
      average[i] += (t == 1 ? 0 : 1 - decay) * (static_cast<double>(weights[i]) - average[i]);
    }
    if (t == 1 || t == 20 || t == 200) {
      for (std::size_t i = 0; i < average.size(); ++i) {
        CATCH_REQUIRE(std::abs(static_cast<double>(optimizer.average().data()[i]) - average[i]) < 1e-5);
      }
    }
  }
}

CATCH_TEST_CASE("an optimizer goes on from its state as if it had never stopped") {
  OptimizerOptions options;
  options.average_decay = 0.95;
  options.weight_decay = 0.1;
  ParameterStore store(mixed_layout());
  store.initialize(4);
  Optimizer first(store.layout(), options);
  ThreadPool pool(1);
  const auto step = [&pool](Optimizer& optimizer, ParameterStore& weights, std::uint64_t t) {
    const AlignedBuffer gradient = gradient_of_step(weights.layout(), t, 1);
    optimizer.step(weights, gradient, norm_of(gradient), 0.01, pool);
  };
  for (std::uint64_t t = 1; t <= 7; ++t) step(first, store, t);
  ParameterStore other = store;
  Optimizer second(other.layout(), options);
  second.restore(first.state());
  for (std::uint64_t t = 8; t <= 20; ++t) {
    step(first, store, t);
    step(second, other, t);
  }
  const auto same = [](const AlignedBuffer& a, const AlignedBuffer& b) {
    return a.size() == b.size() && std::equal(a.data(), a.data() + a.size(), b.data());
  };
  CATCH_CHECK(same(store.values(), other.values()));
  CATCH_CHECK(same(first.average(), second.average()));
  Optimizer::State short_state = first.state();
  short_state.first_moment = AlignedBuffer(16);
  CATCH_CHECK_THROWS_AS(second.restore(short_state), ShapeError);
}
