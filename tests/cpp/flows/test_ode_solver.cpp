#include <algorithm>
#include <cmath>
#include <vector>

#include "base/errors.h"
#include "flows/ode_solver.h"
#include "support/catch.h"

using namespace amortflow;

namespace {

/// Rows (x, y) that turn at speeds of their own while x decays or grows: x' = -y w - d x, y' = x w - d y. Known
/// exactly.
class Spiral final : public RowField {
 public:
  explicit Spiral(std::vector<double> speeds) : speeds_(std::move(speeds)) {}

  void evaluate(const std::int64_t* rows, const double* times, const Panel& states, const Panel& rates) override {
    for (std::int64_t i = 0; i < states.rows; ++i) {
      const float* at = states.values + i * states.stride;
      float* rate = rates.values + i * rates.stride;
      const double speed = speeds_[static_cast<std::size_t>(rows[i])] * 2 * times[i];  // angle: speed * t^2
      rate[0] = static_cast<float>(-speed * static_cast<double>(at[1]));
      rate[1] = static_cast<float>(speed * static_cast<double>(at[0]));
    }
    evaluations += 1;
    evaluated_rows += states.rows;
  }

  std::int64_t evaluations = 0;
  std::int64_t evaluated_rows = 0;

 private:
  std::vector<double> speeds_;
};

/// All rows start at (1, 0) at time 0; the norm of the largest error at time 1, and the rows that came out.
double error_after(const std::vector<double>& speeds, const OdeOptions& options, std::vector<float>* out = nullptr) {
  Scratch given;
  Scratch scratch;
  const auto rows = static_cast<std::int64_t>(speeds.size());
  const Panel states = given.panel(0, rows, 2);
  for (std::int64_t i = 0; i < rows; ++i) {
    states.values[i * states.stride] = 1;
    states.values[i * states.stride + 1] = 0;
  }
  Spiral field(speeds);
  solve_ode(field, states, 0, 1, options, scratch);
  double worst = 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    const float* at = states.values + i * states.stride;
    const double angle = speeds[static_cast<std::size_t>(i)];
    worst = std::max(
        worst, std::hypot(static_cast<double>(at[0]) - std::cos(angle), static_cast<double>(at[1]) - std::sin(angle)));
    if (out != nullptr) out->insert(out->end(), at, at + 2);
  }
  return worst;
}

OdeOptions fixed(OdeMethod method, std::int64_t steps) {
  OdeOptions options;
  options.method = method;
  options.steps = steps;
  return options;
}

std::vector<double> many_speeds(std::int64_t rows) {
  std::vector<double> speeds;
  for (std::int64_t i = 0; i < rows; ++i) speeds.push_back(0.1 + 0.07 * static_cast<double>(i % 97));
  return speeds;
}

}  // namespace

CATCH_TEST_CASE("fixed steps of an ODE converge with their order") {
  struct Order {
    OdeMethod method;
    double order;
    std::int64_t steps;  // coarse enough that errors of single precision do not show
  };
  for (const Order& row :
       {Order{OdeMethod::kEuler, 1, 64}, Order{OdeMethod::kMidpoint, 2, 16}, Order{OdeMethod::kRungeKutta4, 4, 4}}) {
    const double coarse = error_after({2.5}, fixed(row.method, row.steps));
    const double fine = error_after({2.5}, fixed(row.method, 2 * row.steps));
    CATCH_INFO("order " << row.order);
    CATCH_CHECK(std::abs(std::log2(coarse / fine) - row.order) < 0.35);
  }
}

CATCH_TEST_CASE("adaptive steps of an ODE keep to their tolerance, and pay more for a smaller one") {
  double last_work = 0;
  for (const double tolerance : {1e-2, 1e-3, 1e-4, 1e-5}) {
    OdeOptions options;
    options.tolerance = tolerance;
    CATCH_INFO("tolerance " << tolerance);
    CATCH_CHECK(error_after({1, 3, 6}, options) < 20 * tolerance);
    Scratch given;
    Scratch scratch;
    const Panel states = given.panel(0, 1, 2);
    states.values[0] = 1;
    states.values[1] = 0;
    Spiral field({6});
    solve_ode(field, states, 0, 1, options, scratch);
    CATCH_CHECK(static_cast<double>(field.evaluated_rows) > last_work);
    last_work = static_cast<double>(field.evaluated_rows);
  }
}

CATCH_TEST_CASE("rows of an ODE do not depend on one another, bit by bit, however many there are") {
  const std::vector<double> speeds = many_speeds(700);
  for (const OdeMethod method : {OdeMethod::kAdaptive, OdeMethod::kMidpoint}) {
    OdeOptions options;
    options.method = method;
    options.steps = 100;
    std::vector<float> together;
    CATCH_CHECK(error_after(speeds, options, &together) < 0.05);
    for (const std::size_t i : {std::size_t{0}, std::size_t{96}, std::size_t{130}, std::size_t{699}}) {
      std::vector<float> alone;
      error_after({speeds[i]}, options, &alone);
      CATCH_CHECK(alone[0] == together[2 * i]);
      CATCH_CHECK(alone[1] == together[2 * i + 1]);
    }
  }
}

CATCH_TEST_CASE("an ODE goes back to where it came from") {
  Scratch given;
  Scratch scratch;
  const Panel states = given.panel(0, 3, 2);
  for (std::int64_t i = 0; i < 3; ++i) {
    states.values[i * states.stride] = static_cast<float>(i);
    states.values[i * states.stride + 1] = 1;
  }
  Spiral field({1, 2, 4});
  OdeOptions options;
  options.tolerance = 1e-5;
  solve_ode(field, states, 0, 1, options, scratch);
  solve_ode(field, states, 1, 0, options, scratch);
  for (std::int64_t i = 0; i < 3; ++i) {
    CATCH_CHECK(std::abs(states.values[i * states.stride] - static_cast<float>(i)) < 1e-3F);
    CATCH_CHECK(std::abs(states.values[i * states.stride + 1] - 1) < 1e-3F);
  }
}

CATCH_TEST_CASE("an ODE that needs too many evaluations or is not finite is refused") {
  OdeOptions options;
  options.max_evaluations = 20;
  CATCH_CHECK_THROWS_AS(error_after({50}, options), NumericError);
  CATCH_CHECK_THROWS_AS(error_after({std::nan("")}, OdeOptions{}), NumericError);
}

CATCH_TEST_CASE("rows that arrive give their place to others: work is that of the rows themselves") {
  // 700 rows, of which every 97th takes the most steps: were all to wait for the slowest, work would be that many times
  // as large.
  const std::vector<double> speeds = many_speeds(700);
  const auto work = [](const std::vector<double>& some) {
    Scratch given;
    Scratch scratch;
    const Panel states = given.panel(0, static_cast<std::int64_t>(some.size()), 2);
    for (std::int64_t i = 0; i < states.rows; ++i) {
      states.values[i * states.stride] = 1;
      states.values[i * states.stride + 1] = 0;
    }
    Spiral field(some);
    solve_ode(field, states, 0, 1, {}, scratch);
    return field.evaluated_rows;
  };
  std::int64_t one_by_one = 0;
  for (const double speed : speeds) one_by_one += work({speed});
  CATCH_CHECK(work(speeds) == one_by_one);
}
