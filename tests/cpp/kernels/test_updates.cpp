#include <limits>

#include "kernels/float_rows.h"

using namespace amortflow;
using namespace amortflow::kernel_tests;

namespace {

struct State {
  double weight;
  double m;
  double v;
};

/// One number's step as LibTorch's AdamW documents it.
State stepped(const State& old, double gradient, const AdamwRates& rates) {
  const double g = gradient * static_cast<double>(rates.clip);
  const double lr = static_cast<double>(rates.learning_rate);
  const double beta1 = static_cast<double>(rates.beta1);
  const double beta2 = static_cast<double>(rates.beta2);
  State now;
  now.m = beta1 * old.m + (1 - beta1) * g;
  now.v = beta2 * old.v + (1 - beta2) * g * g;
  const double decayed = old.weight * (1 - lr * static_cast<double>(rates.weight_decay));
  const double denominator =
      std::sqrt(now.v * static_cast<double>(rates.correction2)) + static_cast<double>(rates.epsilon);
  now.weight = decayed - lr * now.m * static_cast<double>(rates.correction1) / denominator;
  return now;
}

AdamwRates rates_of_step(int step) {
  AdamwRates rates;
  rates.learning_rate = 0.01F;
  rates.weight_decay = 0.1F;
  rates.clip = 0.5F;
  rates.correction1 = static_cast<float>(1 / (1 - std::pow(0.9, step)));
  rates.correction2 = static_cast<float>(1 / (1 - std::pow(0.999, step)));
  return rates;
}

}  // namespace

CATCH_TEST_CASE("squared norms are exact to a millionth, for short and long buffers") {
  on_each_instruction_set([](const Kernels& k) {
    for (const std::int64_t count : {16, 48, 1024, 1040, 100000}) {
      auto x = FloatRows::padded(1, count).fill(1);
      double truth = 0;
      for (std::int64_t j = 0; j < count; ++j) truth += x(0, j) * x(0, j);
      CATCH_CHECK(std::abs(k.squared_norm(count, x.data()) / truth - 1) < 1e-6);
      CATCH_CHECK(k.squared_norm(count, x.data()) == k.squared_norm(count, x.data()));
    }
    CATCH_CHECK(k.squared_norm(0, nullptr) == 0);
  });
}

CATCH_TEST_CASE("a number that is not finite makes the norm so, wherever it is") {
  on_each_instruction_set([](const Kernels& k) {
    for (const std::int64_t where : {0, 15, 1023, 1024, 2047}) {
      for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                              -std::numeric_limits<float>::infinity()}) {
        auto x = FloatRows::padded(1, 2048).fill(2);
        x.at(0, where) = bad;
        CATCH_CHECK_FALSE(std::isfinite(k.squared_norm(2048, x.data())));
      }
    }
  });
}

CATCH_TEST_CASE("AdamW follows its definition over several steps") {
  on_each_instruction_set([](const Kernels& k) {
    constexpr std::int64_t kCount = 64;
    auto w = FloatRows::padded(1, kCount).fill(3);
    auto m = FloatRows::padded(1, kCount);
    auto v = FloatRows::padded(1, kCount);
    std::vector<State> truth;
    for (std::int64_t j = 0; j < kCount; ++j) truth.push_back({w(0, j), 0, 0});
    for (int step = 1; step <= 20; ++step) {
      auto gradient = FloatRows::padded(1, kCount).fill(100 + static_cast<std::uint64_t>(step));
      const auto rates = rates_of_step(step);
      k.adamw_step(kCount, w.data(), gradient.data(), m.data(), v.data(), rates);
      for (std::int64_t j = 0; j < kCount; ++j) {
        auto& state = truth[static_cast<std::size_t>(j)];
        state = stepped(state, gradient(0, j), rates);
      }
    }
    CATCH_CHECK(relative_error(w, [&](auto, auto j) { return truth[static_cast<std::size_t>(j)].weight; }) <
                kTolerance);
    CATCH_CHECK(relative_error(m, [&](auto, auto j) { return truth[static_cast<std::size_t>(j)].m; }) < kTolerance);
    CATCH_CHECK(relative_error(v, [&](auto, auto j) { return truth[static_cast<std::size_t>(j)].v; }) < kTolerance);
    CATCH_CHECK((w.intact() && m.intact() && v.intact()));
  });
}

CATCH_TEST_CASE("padding of weights stays zero under AdamW") {
  on_each_instruction_set([](const Kernels& k) {
    auto w = FloatRows::padded(2, 5).fill(4);
    auto gradient = FloatRows::padded(2, 5).fill(5);
    auto m = FloatRows::padded(2, 5);
    auto v = FloatRows::padded(2, 5);
    k.adamw_step(32, w.data(), gradient.data(), m.data(), v.data(), rates_of_step(1));
    CATCH_CHECK(w.intact());
  });
}

CATCH_TEST_CASE("gradients are added, averages blended") {
  on_each_instruction_set([](const Kernels& k) {
    const auto before = FloatRows::padded(1, 80).fill(6);
    auto x = FloatRows::padded(1, 80).fill(7);
    auto sum = before;
    k.add_in_place(80, sum.data(), x.data());
    CATCH_CHECK(relative_error(sum, [&](auto, auto j) { return before(0, j) + x(0, j); }) < kTolerance);
    auto average = before;
    k.blend(80, average.data(), x.data(), 0.25F);
    CATCH_CHECK(relative_error(average, [&](auto, auto j) { return 0.75 * before(0, j) + 0.25 * x(0, j); }) <
                kTolerance);
    CATCH_CHECK((sum.intact() && average.intact()));
  });
}
