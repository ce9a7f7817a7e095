#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "adapt/step.h"
#include "adapt/step_properties.h"
#include "base/errors.h"
#include "support/catch.h"

namespace amortflow {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNaN = std::numeric_limits<double>::quiet_NaN();

std::unique_ptr<AdapterStep> make(const Spec::List& spec) { return make_adapter_step(Spec(spec)); }

// One of each invertible kind, four columns, of which some pass as they are.
std::vector<Spec::List> invertible_steps() {
  return {
      {{"kind", "log"}, {"use", Spec::Numbers{1, 0, 1, 1}}, {"offset", Spec::Numbers{0, 0, 1, -0.01}}},
      {{"kind", "sqrt"}, {"use", Spec::Numbers{1, 1, 0, 1}}},
      {{"kind", "bound"}, {"lower", Spec::Numbers{0, -kInf, 0, 0}}, {"upper", Spec::Numbers{kInf, kInf, 60, kInf}}},
      {{"kind", "constrain"}, {"lower", Spec::Numbers{0, -kInf, 0, 0}}, {"upper", Spec::Numbers{kInf, kInf, 60, 70}}},
      {{"kind", "standardize"}, {"mean", Spec::Numbers{1, 0, -3, 2}}, {"sd", Spec::Numbers{0.1, 1, 5, 2}}},
      {{"kind", "log1p"}, {"scale", Spec::Numbers{1, 0, 3, 0.2}}},
      {{"kind", "asinh"}, {"center", Spec::Numbers{1, 0, -3, 2}}, {"scale", Spec::Numbers{0.1, 0, 5, 2}}},
  };
}

// Positive numbers from 0.02 to 50: all steps above are defined there, and far from where differences are inexact.
std::vector<double> random_point(std::mt19937_64& random) {
  std::uniform_real_distribution<double> exponent(std::log(0.02), std::log(50));
  std::vector<double> x(4);
  for (double& value : x) value = std::exp(exponent(random));
  return x;
}

Spec::List one_hot() {
  return {{"kind", "one_hot"},
          {"columns", Spec::Numbers{1, 3}},
          {"count", Spec::Numbers{2, 3}},
          {"levels", Spec::Numbers{0, 1, -1, 5, 2.5}},
          {"width", 3.0}};
}

Spec::List select(const Spec::Numbers& columns) { return {{"kind", "select"}, {"columns", columns}, {"width", 4.0}}; }

Spec::List twice() { return {{"kind", "repeat"}, {"width", 2.0}}; }

Spec::List missing() {
  return {{"kind", "missing"}, {"use", Spec::Numbers{1, 0, 1}}, {"fill", Spec::Numbers{-7, 0, 0.5}}};
}

}  // namespace

CATCH_TEST_CASE("Every invertible step: inverse, log-Jacobian and vector-Jacobian product", "[adapt]") {
  std::mt19937_64 random(1);
  for (const auto& spec : invertible_steps()) {
    const auto step = make(spec);
    CATCH_INFO(spec.front().second.texts()->front());
    CATCH_CHECK(step->to_spec() == Spec(spec));
    for (int i = 0; i < 50; ++i) {
      const auto x = random_point(random);
      check_inverse(*step, x);
      check_log_det(*step, x);
      check_pull_back(*step, x, {0.3, -1.2, 0.7, 2}, 0);
      check_pull_back(*step, x, {0.3, -1.2, 0.7, 2}, 1);
    }
  }
}

CATCH_TEST_CASE("Steps that change the number of columns: inverse and gradients", "[adapt]") {
  const auto coded = make(one_hot());
  check_inverse(*coded, {1, 0.3, 5});
  check_inverse(*coded, {0, -4, 2.5});
  auto gradient = one_row({0.1, 0.2, 0.3, 0.4, 0.5, 0.6});
  coded->pull_back(one_row({1, 0.3, 5}), gradient, 0);
  CATCH_CHECK(gradient.values == std::vector<double>{0, 0.3, 0});  // a code is flat
  const auto masked = make(missing());
  check_inverse(*masked, {kNaN, 2, 3});
  check_inverse(*masked, {1, 2, kNaN});
  check_pull_back(*masked, {kNaN, 2, 3}, {0.1, 0.2, 0.3, 0.4, 0.5}, 0);
  check_pull_back(*make(select({4, 2})), {1, 2, 3, 4}, {0.1, 0.2}, 0);
  check_inverse(*make(twice()), {1, -3});
  check_pull_back(*make(twice()), {1, -3}, {0.1, 0.2, 0.3, 0.4}, 0);
  for (const auto& spec : {one_hot(), missing(), select({4, 2}), twice()})
    CATCH_CHECK(make(spec)->to_spec() == Spec(spec));
}

CATCH_TEST_CASE("A logarithm is not finite outside its domain, and its inverse never leaves it", "[adapt]") {
  const auto step = make({{"kind", "log"}, {"use", Spec::Numbers{1, 1}}, {"offset", Spec::Numbers{0, 1}}});
  auto outside = one_row({0, -2});
  double log_det = 0;
  step->forward(outside, &log_det);
  CATCH_CHECK(outside(0, 0) == -kInf);
  CATCH_CHECK(std::isnan(outside(0, 1)));
  CATCH_CHECK(log_det == -kInf);
  for (const double z : {-kInf, -1e5, -746.0, -40.0, 0.0, 40.0, 710.0, kInf}) {
    auto row = one_row({z, z});
    step->inverse(row);
    CATCH_CHECK(row(0, 0) > 0);
    CATCH_CHECK(row(0, 1) > -1);
    CATCH_CHECK((std::isfinite(row(0, 0)) && std::isfinite(row(0, 1))));
  }
}

CATCH_TEST_CASE("A square root of a negative number is missing, with density zero", "[adapt]") {
  const auto step = make({{"kind", "sqrt"}, {"use", Spec::Numbers{1}}});
  auto row = one_row({-1});
  double log_det = 0;
  step->forward(row, &log_det);
  CATCH_CHECK(std::isnan(row(0, 0)));
  CATCH_CHECK(log_det == -kInf);
}

CATCH_TEST_CASE("Bounds hold draws inside and leave everything else alone", "[adapt]") {
  const auto step = make({{"kind", "bound"}, {"lower", Spec::Numbers{0, 2}}, {"upper", Spec::Numbers{1, kInf}}});
  auto row = one_row({1.5, 2});
  step->inverse(row);
  CATCH_CHECK((row(0, 0) < 1 && row(0, 0) > 0.999));
  CATCH_CHECK((row(0, 1) > 2 && row(0, 1) < 2.001));
  auto inside = one_row({0.25, 7});
  step->inverse(inside);
  CATCH_CHECK(inside.values == std::vector<double>{0.25, 7});
  double log_det = 0;
  auto outside = one_row({-0.1, 7});
  step->forward(outside, &log_det);
  CATCH_CHECK(log_det == -kInf);
  CATCH_CHECK(outside(0, 0) == -0.1);
}

CATCH_TEST_CASE("One column per level, missing where the level was never seen", "[adapt]") {
  const auto step = make(one_hot());
  auto row = one_row({1, 0.3, 5});
  step->forward(row, nullptr);
  CATCH_CHECK(row.values == std::vector<double>{0, 1, 0.3, 0, 1, 0});
  auto unseen = one_row({2, 0.3, 5});
  step->forward(unseen, nullptr);
  CATCH_CHECK((std::isnan(unseen(0, 0)) && std::isnan(unseen(0, 1))));
  CATCH_CHECK(unseen(0, 4) == 1);
}

CATCH_TEST_CASE("Missing values are filled and marked, infinite ones are not hidden", "[adapt]") {
  const auto step = make(missing());
  Matrix<double> rows(2, 3);
  rows.values = {kNaN, kNaN, 3, 1, 2, kInf};
  step->forward(rows, nullptr);
  CATCH_CHECK(rows.cols == 5);
  CATCH_CHECK((rows(0, 0) == -7 && rows(0, 1) == 1 && std::isnan(rows(0, 2)) && rows(0, 3) == 3 && rows(0, 4) == 0));
  CATCH_CHECK((rows(1, 0) == 1 && rows(1, 1) == 0 && rows(1, 3) == kInf && rows(1, 4) == 0));
}

CATCH_TEST_CASE("Selected columns come in the order given; what was left out does not come back", "[adapt]") {
  const auto step = make(select({4, 2}));
  auto row = one_row({1, 2, 3, 4});
  step->forward(row, nullptr);
  CATCH_CHECK(row.values == std::vector<double>{4, 2});
  step->inverse(row);
  CATCH_CHECK((std::isnan(row(0, 0)) && row(0, 1) == 2 && std::isnan(row(0, 2)) && row(0, 3) == 4));
}

CATCH_TEST_CASE("Steps without a log-Jacobian refuse to stand before a density", "[adapt]") {
  for (const auto& spec : {one_hot(), missing()}) {
    double log_det = 0;
    auto row = one_row({1, 1, 5});
    CATCH_CHECK_THROWS_AS(make(spec)->forward(row, &log_det), ConfigError);
  }
  double log_det = 0;
  auto row = one_row({1, 2, 3, 4});
  CATCH_CHECK_THROWS_AS(make(select({1}))->forward(row, &log_det), ConfigError);
  auto pair = one_row({1, 2});
  CATCH_CHECK_THROWS_AS(make(twice())->forward(pair, &log_det), ConfigError);
}

CATCH_TEST_CASE("Steps refuse specs that cannot be", "[adapt]") {
  const std::vector<Spec::List> wrong{
      {{"kind", "logarithm"}},
      {{"kind", "log"}, {"use", Spec::Numbers{1}}, {"offset", Spec::Numbers{0, 1}}},
      {{"kind", "log"}, {"use", Spec::Numbers{2}}, {"offset", Spec::Numbers{0}}},
      {{"kind", "log"}, {"use", Spec::Numbers{1}}, {"offset", Spec::Numbers{kInf}}},
      {{"kind", "sqrt"}, {"use", Spec::Numbers{0.5}}},
      {{"kind", "bound"}, {"lower", Spec::Numbers{1}}, {"upper", Spec::Numbers{1}}},
      {{"kind", "missing"}, {"use", Spec::Numbers{1}}, {"fill", Spec::Numbers{kNaN}}},
      {{"kind", "missing"}, {"use", Spec::Numbers{1}}, {"fill", Spec::Numbers{0}}, {"mask", true}},
      {{"kind", "select"}, {"columns", Spec::Numbers{1, 1}}, {"width", 2.0}},
      {{"kind", "select"}, {"columns", Spec::Numbers{3}}, {"width", 2.0}},
      {{"kind", "select"}, {"columns", Spec::Numbers{}}, {"width", 2.0}},
      {{"kind", "repeat"}, {"width", 0.0}},
  };
  for (const auto& spec : wrong) CATCH_CHECK_THROWS_AS(make(spec), ConfigError);
  const std::vector<std::pair<Spec::Numbers, Spec::Numbers>> codes{
      {{2, 2}, {0, 1, -1, 5, 2.5}}, {{2}, {0, 1}}, {{0, 2}, {0, 1}}, {{2, 3}, {0, 1, 5, 5, 2}}, {{2, 9}, {0, 1, 2}}};
  for (const auto& [count, levels] : codes) {
    auto spec = one_hot();
    spec[2].second = count;
    spec[3].second = levels;
    CATCH_CHECK_THROWS_AS(make(spec), ConfigError);
  }
  Matrix<double> narrow(1, 2);
  for (const auto& spec : invertible_steps()) CATCH_CHECK_THROWS_AS(make(spec)->forward(narrow, nullptr), ShapeError);
}

}  // namespace amortflow
