#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "adapt/adapter.h"
#include "adapt/constrain.h"
#include "base/errors.h"
#include "support/catch.h"

namespace amortflow {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

Matrix<double> one_row(std::vector<double> values) {
  Matrix<double> row(1, static_cast<std::int64_t>(values.size()));
  row.values = std::move(values);
  return row;
}

Spec constrain(Spec::Numbers lower, Spec::Numbers upper) {
  return Spec::List{{"kind", "constrain"}, {"lower", lower}, {"upper", upper}};
}

// Free, lower, upper, both, both far from zero; then asinh and standardised.
Spec full_adapter() {
  const Spec::Numbers zero(5, 0.0);
  const Spec steps =
      Spec::List{{"", constrain({-kInf, 0, -kInf, 0, 1e6}, {kInf, kInf, 2, 1, 1e6 + 1})},
                 {"", Spec::List{{"kind", "asinh"}, {"center", zero}, {"scale", Spec::Numbers{2, 0, 0.5, 0, 1}}}},
                 {"", Spec::List{{"kind", "log1p"}, {"scale", Spec::Numbers{1, 0, 0, 3, 0}}}},
                 {"", Spec::List{{"kind", "standardize"},
                                 {"mean", Spec::Numbers{1, -2, 0, 0.5, 3}},
                                 {"sd", Spec::Numbers{0.5, 2, 1, 3, 0.1}}}}};
  return Spec::List{{"kind", "adapter"},       {"parameters", steps},    {"data", Spec::List{}},
                    {"context", Spec::List{}}, {"direct", Spec::List{}}, {"subsample", Spec::Numbers{}}};
}

}  // namespace

CATCH_TEST_CASE("An adapter's inverse undoes its forward for ordinary parameters", "[adapt]") {
  const Adapter adapter(full_adapter());
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(0.001, 0.999);
  for (int i = 0; i < 200; ++i) {
    const auto x = one_row({20 * uniform(random) - 10, 5 * uniform(random), 2 - 3 * uniform(random), uniform(random),
                            1e6 + uniform(random)});
    auto z = x;
    adapter.forward_parameters(z, nullptr);
    adapter.inverse_parameters(z);
    for (std::int64_t j = 0; j < 5; ++j) CATCH_CHECK(std::abs(z(0, j) - x(0, j)) <= 1e-9 * (1 + std::abs(x(0, j))));
  }
}

CATCH_TEST_CASE("A constrained column survives the round trip at the extremes of the doubles", "[adapt]") {
  const Constrain lower(constrain({0}, {kInf}));
  for (const double x : {1e-59, 1e-30, 1e-9, 1.0, 1e9, 1e100, 1e300}) {
    auto value = one_row({x});
    lower.forward(value, nullptr);
    lower.inverse(value);
    CATCH_CHECK(std::abs(value(0, 0) / x - 1) < 1e-12);
  }
  const Constrain both(constrain({0}, {1}));
  for (const double x : {1e-59, 1e-30, 1e-9, 0.3, 1 - 1e-9, 1 - 1e-15}) {
    auto value = one_row({x});
    both.forward(value, nullptr);
    both.inverse(value);
    CATCH_CHECK(std::abs(value(0, 0) / x - 1) < 1e-12);
  }
  for (const double z : {-40.0, -5.0, 0.0, 5.0, 30.0}) {
    auto value = one_row({z});
    both.inverse(value);
    both.forward(value, nullptr);
    CATCH_CHECK(std::abs(value(0, 0) - z) <= (z < 10 ? 1e-12 : 1e-2));  // near 1, doubles are 1e-16 apart
  }
}

CATCH_TEST_CASE("Nothing that a network can say leaves the open support", "[adapt]") {
  const double lower[] = {0, -3, 1e6, -kInf, 0, -1, 1e6, -1e-8, -1e300};
  const double upper[] = {kInf, kInf, kInf, 5, 1, 1, 1e6 + 1, 1e-8, 0};
  for (int c = 0; c < 9; ++c) {
    const Constrain step(constrain({lower[c]}, {upper[c]}));
    for (const double z : {0.0, 36.8, -36.8, 40.0, -40.0, 700.0, -700.0, 710.0, -746.0, 1e5, -1e5, kInf, -kInf}) {
      auto value = one_row({z});
      step.inverse(value);
      CATCH_CHECK(value(0, 0) > lower[c]);
      CATCH_CHECK(value(0, 0) < upper[c]);
      CATCH_CHECK(std::isfinite(value(0, 0)));
      CATCH_CHECK((value(0, 0) == 0 || std::abs(value(0, 0)) >= std::numeric_limits<double>::min()));
      double log_det = 0;
      step.forward(value, &log_det);
      CATCH_CHECK(std::isfinite(value(0, 0)));
      CATCH_CHECK(std::isfinite(log_det));
    }
    auto nan = one_row({std::nan("")});
    step.inverse(nan);
    CATCH_CHECK(std::isnan(nan(0, 0)));
  }
}

CATCH_TEST_CASE("A value on the boundary stays finite, at the named distance", "[adapt]") {
  const Constrain step(constrain({0, -kInf, 2}, {kInf, 1, 3}));
  auto value = one_row({0, 1, 3});
  double log_det = 0;
  step.forward(value, &log_det);
  CATCH_CHECK(value(0, 0) == std::log(kBoundaryDistance));
  CATCH_CHECK(value(0, 1) == -std::log(0.5 * (1 - std::nextafter(1.0, 0.0))));
  CATCH_CHECK(value(0, 2) > 30);
  CATCH_CHECK(std::isfinite(log_det));
}

CATCH_TEST_CASE("A value outside the support is taken for the bound, with density zero", "[adapt]") {
  const Constrain step(constrain({0, -kInf, 2}, {kInf, 1, 3}));
  const std::vector<double> inside{0.5, 0.5, 2.5};
  const std::vector<double> outside{-1, 1.5, 3.5};
  for (std::size_t j = 0; j < 3; ++j) {
    auto values = inside;
    values[j] = outside[j];
    auto row = one_row(values);
    double log_det = 0;
    step.forward(row, &log_det);
    for (const double z : row.values) CATCH_CHECK(std::isfinite(z));
    CATCH_CHECK(log_det == -kInf);
  }
  auto below = one_row({-1, 0, 2.5});
  step.forward(below, nullptr);
  CATCH_CHECK(below(0, 0) == std::log(kBoundaryDistance));
}

CATCH_TEST_CASE("The log-Jacobian and the gradients agree with finite differences", "[adapt]") {
  const Adapter adapter(full_adapter());
  const std::vector<double> weights{0.3, -1.2, 0.7, 2, -0.4};
  const auto value_at = [&](const std::vector<double>& x, double weight) {
    auto z = one_row(x);
    double log_det = 0;
    adapter.forward_parameters(z, &log_det);
    double f = weight * log_det;
    for (std::size_t j = 0; j < 5; ++j) f += weights[j] * z.values[j];
    return f;
  };
  const std::vector<std::vector<double>> points{
      {0.5, 1.5, 0.2, 0.3, 1e6 + 0.4}, {-3, 0.01, -5, 0.95, 1e6 + 0.01}, {7, 300, 1.99, 0.02, 1e6 + 0.9}};
  for (const auto& x : points) {
    double expected = 0;
    for (std::size_t j = 0; j < 5; ++j) {
      const double scale = j == 4 ? 1e-4 : 1e-5 * std::min(1.0, x[j] > 0 ? x[j] : 1.0);
      auto up = x;
      auto down = x;
      up[j] += scale;
      down[j] -= scale;
      auto z_up = one_row(up);
      auto z_down = one_row(down);
      adapter.forward_parameters(z_up, nullptr);
      adapter.forward_parameters(z_down, nullptr);
      expected += std::log(std::abs(z_up.values[j] - z_down.values[j]) / (up[j] - down[j]));
      for (const double weight : {0.0, 1.0}) {
        auto gradient = one_row(weights);
        adapter.pull_back_parameters(one_row(x), gradient, weight);
        const double difference = (value_at(up, weight) - value_at(down, weight)) / (up[j] - down[j]);
        CATCH_CHECK(std::abs(gradient.values[j] - difference) < 1e-4 * (1 + std::abs(difference)));
      }
    }
    double log_det = 1.5;  // added to
    auto z = one_row(x);
    adapter.forward_parameters(z, &log_det);
    CATCH_CHECK(std::abs(log_det - 1.5 - expected) < 1e-4);
  }
}

CATCH_TEST_CASE("Adapters keep their spec and refuse what they do not know", "[adapt]") {
  CATCH_CHECK(Adapter(full_adapter()).to_spec() == full_adapter());
  const auto with = [](const Spec& step) {
    return Spec::List{{"kind", "adapter"}, {"parameters", Spec::List{{"", step}}}, {"data", Spec::List{}}};
  };
  CATCH_CHECK_THROWS_AS(Adapter(with(Spec::List{{"kind", "sqrt"}})), ConfigError);
  CATCH_CHECK_THROWS_AS(Adapter(with(Spec::List{{"kind", "standardize"}, {"mean", 0.0}, {"sd", 0.0}})), ConfigError);
  CATCH_CHECK_THROWS_AS(
      Adapter(with(Spec::List{{"kind", "standardize"}, {"mean", 0.0}, {"sd", 1.0}, {"robust", true}})), ConfigError);
  CATCH_CHECK_THROWS_AS(Adapter(with(constrain({1}, {1}))), ConfigError);
  CATCH_CHECK_THROWS_AS(Adapter(with(constrain({1}, {std::nextafter(1.0, 2.0)}))), ConfigError);
  CATCH_CHECK_THROWS_AS(Adapter(with(constrain({0, 0}, {1}))), ConfigError);
  for (const auto& sizes : {Spec::Numbers{3}, Spec::Numbers{1.5}, Spec::Numbers{-1}}) {
    Spec::List data;
    if (sizes[0] != 3) data.emplace_back("", Spec::List{});
    const Spec spec =
        Spec::List{{"kind", "adapter"}, {"parameters", Spec::List{}}, {"data", data}, {"subsample", sizes}};
    CATCH_CHECK_THROWS_AS(Adapter(spec), ConfigError);
  }
  Matrix<double> narrow(1, 4);
  CATCH_CHECK_THROWS_AS(Adapter(full_adapter()).forward_parameters(narrow, nullptr), ShapeError);
}

}  // namespace amortflow
