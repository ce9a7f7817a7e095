#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "adapt/adapter.h"
#include "adapt/step.h"
#include "base/cholesky.h"
#include "base/errors.h"
#include "support/catch.h"

namespace amortflow {
namespace {

using Numbers = std::vector<double>;

/// A kind of shape at dimension K: its free elements (of the user's scale) and how to move them.
struct Case {
  std::string kind;
  std::int64_t dim;
  std::int64_t count;
  std::int64_t free_count;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const std::int64_t k : {1, 2, 3, 5}) {
    if (k > 1) all.push_back({"simplex", k, k, k - 1});
    all.push_back({"ordered", k, k, k});
    if (k > 1) all.push_back({"correlation", k, k * k, k * (k - 1) / 2});
    if (k > 1) all.push_back({"cholesky_corr", k, k * k, k * (k - 1) / 2});
    all.push_back({"covariance", k, k * k, k * (k + 1) / 2});
  }
  return all;
}

/// One free column stands before the shape and one behind it.
constexpr std::int64_t kBefore = 1;

std::unique_ptr<AdapterStep> step_of(const Case& c) {
  Spec::Numbers columns;
  for (std::int64_t j = 0; j < c.count; ++j) columns.push_back(static_cast<double>(kBefore + j + 1));
  return make_adapter_step(Spec::List{{"kind", c.kind}, {"columns", columns}, {"dim", c.dim}});
}

Matrix<double> row_of(Numbers values) {
  Matrix<double> row(1, static_cast<std::int64_t>(values.size()));
  row.values = std::move(values);
  return row;
}

Matrix<double> random_free(const Case& c, std::mt19937_64& random, double sd) {
  std::normal_distribution<double> normal(0, sd);
  Matrix<double> y(1, c.free_count + 2);
  for (auto& value : y.values) value = normal(random);
  return y;
}

/// Columns of the shape that are free, and `x` with one of them moved by `h` and all others following.
std::vector<std::int64_t> free_columns(const Case& c) {
  std::vector<std::int64_t> columns;
  const bool diagonal = c.kind == "covariance";
  for (std::int64_t j = 0; j < c.count; ++j) {
    const std::int64_t row = j % c.dim;
    const std::int64_t column = j / c.dim;
    if (c.kind == "ordered" || (c.kind == "simplex" && j + 1 < c.dim)) columns.push_back(j);
    if (c.count > c.dim && (row > column || (diagonal && row == column))) columns.push_back(j);
    if (c.kind == "covariance" && c.dim == 1) columns.push_back(j);
  }
  return columns;
}

Matrix<double> moved(const Case& c, const Matrix<double>& x, std::int64_t j, double h) {
  Matrix<double> y = x;
  double* value = y.row(0) + kBefore;
  value[j] += h;
  const std::int64_t row = j % c.dim;
  const std::int64_t column = j / c.dim;
  if (c.kind == "simplex") value[c.dim - 1] -= h;
  if (c.kind == "correlation" || c.kind == "covariance") value[column + row * c.dim] = value[j];
  if (c.kind == "cholesky_corr") {
    double rest = 1;
    for (std::int64_t k = 0; k < row; ++k) rest -= value[row + k * c.dim] * value[row + k * c.dim];
    value[row + row * c.dim] = std::sqrt(rest);
  }
  return y;
}

double log_abs_determinant(std::vector<Numbers> a) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k; i < a.size(); ++i) {
      if (std::fabs(a[i][k]) > std::fabs(a[pivot][k])) pivot = i;
    }
    std::swap(a[k], a[pivot]);
    sum += std::log(std::fabs(a[k][k]));
    for (std::size_t i = k + 1; i < a.size(); ++i) {
      const double factor = a[i][k] / a[k][k];
      for (std::size_t j = k; j < a.size(); ++j) a[i][j] -= factor * a[k][j];
    }
  }
  return sum;
}

}  // namespace

CATCH_TEST_CASE("Every shape survives the round trip from either side, other columns untouched", "[adapt]") {
  std::mt19937_64 random(1);
  for (const auto& c : cases()) {
    const auto step = step_of(c);
    CATCH_CHECK(step->added_columns() == c.free_count - c.count);
    for (int trial = 0; trial < 50; ++trial) {
      const auto y = random_free(c, random, 1.5);
      auto x = y;
      step->inverse(x);
      CATCH_REQUIRE(x.cols == c.count + 2);
      CATCH_CHECK((x(0, 0) == y(0, 0) && x(0, x.cols - 1) == y(0, y.cols - 1)));
      auto again = x;
      double log_det = 0;
      step->forward(again, &log_det);
      CATCH_REQUIRE(again.cols == y.cols);
      CATCH_CHECK(std::isfinite(log_det));
      for (std::int64_t j = 0; j < y.cols; ++j) {
        CATCH_CHECK(std::fabs(again(0, j) - y(0, j)) <= 1e-6 * (1 + std::fabs(y(0, j))));
      }
      step->inverse(again);
      for (std::int64_t j = 0; j < x.cols; ++j) {
        CATCH_CHECK(std::fabs(again(0, j) - x(0, j)) <= 1e-6 * (1 + std::fabs(x(0, j))));
      }
    }
  }
}

CATCH_TEST_CASE("Shapes come back exact where they are constant by construction", "[adapt]") {
  std::mt19937_64 random(2);
  for (const auto& c : cases()) {
    const auto step = step_of(c);
    for (const double sd : {1.0, 100.0}) {
      auto x = random_free(c, random, sd);
      step->inverse(x);
      const double* value = x.row(0) + kBefore;
      for (std::int64_t j = 0; j < c.count; ++j) {
        const std::int64_t row = j % c.dim;
        const std::int64_t column = j / c.dim;
        if (c.kind == "correlation" && row == column) CATCH_CHECK(value[j] == 1);
        if (c.kind == "correlation" || c.kind == "covariance") CATCH_CHECK(value[j] == value[column + row * c.dim]);
        if (c.kind == "cholesky_corr" && column > row) CATCH_CHECK(value[j] == 0);
        if (c.kind == "simplex") CATCH_CHECK((value[j] > 0 && value[j] <= 1));
        if (c.kind == "ordered" && j > 0) CATCH_CHECK(value[j] > value[j - 1]);
      }
      if (c.kind == "simplex") CATCH_CHECK(std::fabs(std::accumulate(value, value + c.dim, 0.0) - 1) < 1e-14);
    }
  }
}

CATCH_TEST_CASE("Nothing that a network can say gives a shape whose density is not finite", "[adapt]") {
  for (const auto& c : cases()) {
    const auto step = step_of(c);
    for (const double size : {20.0, 40.0, 700.0, 1e5}) {
      if (c.kind == "covariance" && size > 40) continue;  // its elements are not bounded and round to singular
      Matrix<double> x(1, c.free_count + 2);
      for (std::size_t j = 0; j < x.values.size(); ++j) x.values[j] = j % 2 == 0 ? size : -size;
      step->inverse(x);
      for (const double value : x.values) CATCH_CHECK(std::isfinite(value));
      double log_det = 0;
      step->forward(x, &log_det);
      for (const double value : x.values) CATCH_CHECK(std::isfinite(value));
      CATCH_CHECK(std::isfinite(log_det));
    }
  }
}

CATCH_TEST_CASE("Log-Jacobians and gradients of shapes agree with finite differences", "[adapt]") {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal;
  for (const auto& c : cases()) {
    CATCH_INFO(c.kind << " of dimension " << c.dim);
    const auto step = step_of(c);
    const auto columns = free_columns(c);
    CATCH_REQUIRE(static_cast<std::int64_t>(columns.size()) == c.free_count);
    for (int trial = 0; trial < 5; ++trial) {
      auto x = random_free(c, random, 0.7);
      step->inverse(x);
      Numbers weights(static_cast<std::size_t>(c.free_count + 2));
      for (auto& weight : weights) weight = normal(random);
      const auto value_at = [&](Matrix<double> at, double weight) {
        double f = 0;
        step->forward(at, &f);
        f *= weight;
        for (std::size_t j = 0; j < weights.size(); ++j) f += weights[j] * at.values[j];
        return f;
      };
      std::vector<Numbers> jacobian;
      for (const auto j : columns) {
        const double h = 1e-6 * std::max(1e-2, std::min(1.0, std::fabs(x(0, kBefore + j))));
        auto up = moved(c, x, j, h);
        auto down = moved(c, x, j, -h);
        for (const double weight : {0.0, 1.0}) {
          auto gradient = row_of(weights);
          step->pull_back(x, gradient, weight);
          CATCH_REQUIRE(gradient.cols == x.cols);
          const double difference = (value_at(up, weight) - value_at(down, weight)) / (2 * h);
          CATCH_CHECK(std::fabs(gradient(0, kBefore + j) - difference) < 1e-4 * (1 + std::fabs(difference)));
        }
        step->forward(up, nullptr);
        step->forward(down, nullptr);
        jacobian.emplace_back();
        for (std::int64_t k = 0; k < c.free_count; ++k) {
          jacobian.back().push_back((up(0, kBefore + k) - down(0, kBefore + k)) / (2 * h));
        }
      }
      double log_det = 1.5;  // added to
      auto y = x;
      step->forward(y, &log_det);
      CATCH_CHECK(std::fabs(log_det - 1.5 - log_abs_determinant(jacobian)) < 1e-4);
      auto gradient = row_of(weights);
      step->pull_back(x, gradient, 1);
      CATCH_CHECK(gradient(0, 0) == weights[0]);
      CATCH_CHECK(gradient(0, gradient.cols - 1) == weights.back());
    }
  }
}

CATCH_TEST_CASE("What is no such shape has density zero and stays finite", "[adapt]") {
  const auto log_det_of = [](const char* kind, int dim, Numbers value) {
    Spec::Numbers columns(value.size());
    std::iota(columns.begin(), columns.end(), 1.0);
    auto x = row_of(std::move(value));
    double log_det = 0;
    make_adapter_step(Spec::List{{"kind", kind}, {"columns", columns}, {"dim", dim}})->forward(x, &log_det);
    for (const double y : x.values) CATCH_CHECK(std::isfinite(y));
    return log_det;
  };
  const double zero = -std::numeric_limits<double>::infinity();
  CATCH_CHECK(log_det_of("simplex", 3, {0.5, 0.6, 0.1}) == zero);
  CATCH_CHECK(log_det_of("simplex", 3, {0.5, 0.6, -0.1}) == zero);
  CATCH_CHECK(log_det_of("ordered", 3, {1, 3, 2}) == zero);
  CATCH_CHECK(log_det_of("correlation", 2, {1, 0.2, 0.3, 1}) == zero);
  CATCH_CHECK(log_det_of("correlation", 2, {1, 1.2, 1.2, 1}) == zero);
  CATCH_CHECK(log_det_of("correlation", 2, {2, 0.2, 0.2, 1}) == zero);
  CATCH_CHECK(log_det_of("cholesky_corr", 2, {1, 0.6, 0.1, 0.8}) == zero);
  CATCH_CHECK(log_det_of("cholesky_corr", 2, {1, 0.6, 0, 0.9}) == zero);
  CATCH_CHECK(log_det_of("covariance", 2, {1, 2, 2, 1}) == zero);
  CATCH_CHECK(std::isfinite(log_det_of("correlation", 2, {1, 0.2, 0.2, 1})));
}

CATCH_TEST_CASE("An adapter knows both widths and joins shapes with other steps", "[adapt]") {
  const double kInf = std::numeric_limits<double>::infinity();
  const Spec steps = Spec::List{
      {"", Spec::List{{"kind", "constrain"},
                      {"lower", Spec::Numbers{-kInf, -kInf, -kInf, 0, 0}},
                      {"upper", Spec::Numbers(5, kInf)}}},
      {"", Spec::List{{"kind", "simplex"}, {"columns", Spec::Numbers{1, 2, 3}}, {"dim", 3}}},
      {"", Spec::List{{"kind", "ordered"}, {"columns", Spec::Numbers{3, 4}}, {"dim", 2}}},
      {"", Spec::List{{"kind", "standardize"}, {"mean", Spec::Numbers(4, 0.5)}, {"sd", Spec::Numbers(4, 2.0)}}}};
  const Spec spec = Spec::List{{"kind", "adapter"}, {"parameters", steps}, {"data", Spec::List{}}};
  const Adapter adapter(spec);
  CATCH_CHECK(*adapter.to_spec().find("parameters") == steps);
  CATCH_CHECK(adapter.free_count(5) == 4);
  CATCH_CHECK(adapter.parameter_count(4) == 5);
  const Numbers x{0.2, 0.3, 0.5, 1.5, 4};
  auto z = row_of(x);
  adapter.forward_parameters(z, nullptr);
  CATCH_CHECK(z.cols == 4);
  CATCH_CHECK(std::fabs(z(0, 2) - (std::log(1.5) - 0.5) / 2) < 1e-14);
  CATCH_CHECK(std::fabs(z(0, 3) - (std::log(std::log(4) - std::log(1.5)) - 0.5) / 2) < 1e-14);
  auto gradient = row_of(Numbers(4, 1));
  adapter.pull_back_parameters(row_of(x), gradient, 1);
  CATCH_CHECK(gradient.cols == 5);
  adapter.inverse_parameters(z);
  for (std::size_t j = 0; j < x.size(); ++j) CATCH_CHECK(std::fabs(z.values[j] - x[j]) < 1e-12);
}

CATCH_TEST_CASE("Shapes refuse columns that cannot be theirs", "[adapt]") {
  const auto make = [](const char* kind, Spec::Numbers columns, int dim) {
    return make_adapter_step(Spec::List{{"kind", kind}, {"columns", std::move(columns)}, {"dim", dim}});
  };
  CATCH_CHECK_THROWS_AS(make("simplex", {1, 2}, 3), ConfigError);
  CATCH_CHECK_THROWS_AS(make("simplex", {1, 3}, 2), ConfigError);
  CATCH_CHECK_THROWS_AS(make("simplex", {0, 1}, 2), ConfigError);
  CATCH_CHECK_THROWS_AS(make("correlation", {1, 2}, 2), ConfigError);
  Matrix<double> narrow(1, 2);
  CATCH_CHECK_THROWS_AS(make("simplex", {1, 2, 3}, 3)->forward(narrow, nullptr), ShapeError);
}

}  // namespace amortflow
