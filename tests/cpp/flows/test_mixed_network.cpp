#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/errors.h"
#include "base/torch_compat.h"
#include "flows/inference_network.h"
#include "flows/inference_network_cases.h"
#include "flows/inference_state.h"
#include "nets/weight_mirrors.h"
#include "support/catch.h"
#include "support/networks.h"
#include "support/panels.h"
#include "support/walk.h"

using namespace amortflow;
using amortflow::test::normal_tensor;
using amortflow::test::perturb;
using amortflow::test::relative_difference;

namespace {

constexpr std::int64_t kConditions = 3;
const std::vector<double> kColumns{0, 2};  // of four variables or two
const std::vector<double> kLevels{2, 3};

/// Columns 0 and 2 have two and three levels; the other ones, if any, are continuous.
Spec mixed_spec(const std::vector<double>& columns, const std::vector<double>& levels, const Spec& continuous) {
  Spec::List list{{"kind", "mixed"}, {"columns", columns}, {"levels", levels},
                  {"width", 16},     {"hidden", 2},        {"activation", "silu"}};
  if (continuous.list() != nullptr) list.emplace_back("continuous", continuous);
  return Spec(std::move(list));
}

struct MixedCase {
  std::string name;
  Spec spec;
  std::int64_t dimension;
  std::vector<double> columns;
  std::vector<double> levels;
};

std::vector<MixedCase> cases() {
  const std::vector<double> both{0, 1};
  return {
      {"with a coupling flow", mixed_spec(kColumns, kLevels, amortflow::test::coupling_flow_spec()), 4, kColumns,
       kLevels},
      {"with a mixture", mixed_spec(kColumns, kLevels, amortflow::test::mixture_spec()), 3, kColumns, kLevels},
      {"with flow matching",
       mixed_spec(kColumns, kLevels,
                  amortflow::test::solved_spec({{"kind", "flow_matching"}, {"time_power", 2}, {"solver", "adaptive"}})),
       4, kColumns, kLevels},
      {"without continuous variables", mixed_spec(both, kLevels, Spec()), 2, both, kLevels},
  };
}

struct Fixture {
  explicit Fixture(const MixedCase& tried)
      : network(make_inference_network(tried.spec, tried.dimension, kConditions, 7)), store(layout()) {
    store.initialize(2);
    perturb(store, 4, 0.2);
    refresh_mirrors(store);
  }
  ParameterLayout layout() {
    ParameterLayout declared;
    network->declare(declared, "inference");
    return declared;
  }
  std::unique_ptr<InferenceNetwork> network;
  ParameterStore store;
};

/// Normal numbers with levels by turns in the categorical columns.
at::Tensor targets(const MixedCase& tried, std::int64_t rows) {
  at::Tensor x = normal_tensor(rows, tried.dimension, 21);
  for (std::size_t k = 0; k < tried.columns.size(); ++k) {
    for (std::int64_t i = 0; i < rows; ++i) {
      x.index_put_({at::tensor(i), at::tensor(static_cast<std::int64_t>(tried.columns[k]))},
                   at::tensor(static_cast<float>((i / static_cast<std::int64_t>(k + 1)) %
                                                 static_cast<std::int64_t>(tried.levels[k]))));
    }
  }
  return x;
}

at::Tensor loss_noise(const InferenceNetwork& network, std::int64_t rows) {
  if (network.loss_noise_width() == 0) return {};
  Matrix<float> noise(rows, network.loss_noise_width());
  for (std::int64_t i = 0; i < rows; ++i) {
    rng random = stream(11, Purpose::kLossNoise, static_cast<std::uint64_t>(i));
    network.fill_loss_noise(random, noise.row(i));
  }
  return at::tensor(at::ArrayRef<float>(noise.values)).view({rows, noise.cols});
}

/// -log q of rows of `values` given the same condition.
std::vector<double> negative_log_density(const Fixture& fixture, const Matrix<float>& values) {
  Matrix<float> condition(values.rows, kConditions);
  for (float& x : condition.values) x = 0.5F;
  Scratch given;
  Scratch scratch;
  Pass pass;
  pass.parameters = &fixture.store;
  pass.condition = panel_of(condition, 0, given);
  const Panel negative = fixture.network->negative_log_density(pass, panel_of(values, 1, given), scratch);
  std::vector<double> out;
  for (std::int64_t i = 0; i < values.rows; ++i)
    out.push_back(static_cast<double>(negative.values[i * negative.stride]));
  return out;
}

}  // namespace

CATCH_TEST_CASE("the fast form of mixed networks agrees with reference() in value and every gradient") {
  for (const MixedCase& tried : cases()) {
    for (const std::int64_t rows : {1, 6, 64}) {
      CATCH_INFO(tried.name << ", " << rows << " rows");
      Fixture fixture(tried);
      const Network& loss = fixture.network->loss();
      AlignedBuffer fast_gradient(fixture.store.layout().floats());
      AlignedBuffer slow_gradient(fixture.store.layout().floats());
      const ParameterViews fast(fixture.store, fast_gradient);
      const ParameterViews slow(fixture.store, slow_gradient);
      const at::Tensor x = targets(tried, rows);
      const at::Tensor c_fast = normal_tensor(rows, kConditions, 22).requires_grad_(true);
      const at::Tensor c_slow = normal_tensor(rows, kConditions, 22).requires_grad_(true);
      const at::Tensor noise = loss_noise(*fixture.network, rows);
      NetworkWorkspace workspace(fixture.store, &fast_gradient);
      const at::Tensor walked = walk(loss, inference_state(x, c_fast, noise), fast, workspace).values;
      const at::Tensor defined = loss.reference(inference_state(x, c_slow, noise), slow).values;
      const torch_compat::SilentWarnings silent;
      walked.sum().backward();
      defined.sum().backward();
      CATCH_CHECK(relative_difference(walked.detach(), defined.detach()) < 1e-5);
      CATCH_CHECK(relative_difference(c_fast.grad(), c_slow.grad()) < 2e-5);
      for (std::int64_t i = 0; i < slow.size(); ++i) {
        CATCH_INFO(fixture.store.layout()[i].name);
        CATCH_CHECK(relative_difference(fast[i].grad(), slow[i].grad()) < 2e-5);
      }
    }
  }
}

CATCH_TEST_CASE("the density of mixed networks adds up to one over levels and lines") {
  const MixedCase tried = cases()[1];  // columns 0 and 2 are levels, column 1 a number
  const Fixture fixture(tried);
  constexpr std::int64_t kCells = 4000;
  constexpr double kFrom = -40;
  constexpr double kStep = 80.0 / kCells;
  double total = 0;
  for (int first = 0; first < 2; ++first) {
    for (int last = 0; last < 3; ++last) {
      Matrix<float> values(kCells, 3);
      for (std::int64_t i = 0; i < kCells; ++i) {
        values(i, 0) = static_cast<float>(first);
        values(i, 1) = static_cast<float>(kFrom + kStep * (static_cast<double>(i) + 0.5));
        values(i, 2) = static_cast<float>(last);
      }
      for (const double negative : negative_log_density(fixture, values)) total += kStep * std::exp(-negative);
    }
  }
  CATCH_CHECK(std::abs(total - 1) < 2e-3);
}

CATCH_TEST_CASE("draws of mixed networks have the levels' probabilities and the density's means") {
  const MixedCase tried = cases()[3];
  const Fixture fixture(tried);
  constexpr std::int64_t kDraws = 20000;
  Matrix<float> noise(kDraws, fixture.network->draw_noise_width());
  for (std::int64_t i = 0; i < kDraws; ++i) {
    rng random = stream(12, Purpose::kPosteriorDraw, static_cast<std::uint64_t>(i));
    fixture.network->fill_draw_noise(fixture.store, random, noise.row(i));
  }
  Matrix<float> condition(kDraws, kConditions);
  for (float& x : condition.values) x = 0.5F;
  Scratch given;
  Scratch scratch;
  Pass pass;
  pass.parameters = &fixture.store;
  pass.condition = panel_of(condition, 0, given);
  const Panel drawn = fixture.network->draw(pass, panel_of(noise, 1, given), scratch);
  double total = 0;
  for (int first = 0; first < 2; ++first) {
    for (int last = 0; last < 3; ++last) {
      Matrix<float> values(1, 2);
      values(0, 0) = static_cast<float>(first);
      values(0, 1) = static_cast<float>(last);
      const double probability = std::exp(-negative_log_density(fixture, values)[0]);
      total += probability;
      std::int64_t hits = 0;
      for (std::int64_t i = 0; i < kDraws; ++i) {
        const float* row = drawn.values + i * drawn.stride;
        if (row[0] == static_cast<float>(first) && row[1] == static_cast<float>(last)) ++hits;
      }
      // Five standard errors: false alarms in fewer than one of 100,000 runs with other seeds.
      const double error = 5 * std::sqrt(probability * (1 - probability) / kDraws);
      CATCH_CHECK(std::abs(static_cast<double>(hits) / kDraws - probability) < error);
    }
  }
  CATCH_CHECK(std::abs(total - 1) < 1e-5);
}

CATCH_TEST_CASE("mixed networks refuse values that are no level, and too many levels") {
  const Fixture fixture(cases()[3]);
  Matrix<float> values(1, 2);
  values(0, 0) = 0.5F;
  CATCH_CHECK_THROWS_AS(negative_log_density(fixture, values), ShapeError);
  values(0, 0) = 2;
  CATCH_CHECK_THROWS_AS(negative_log_density(fixture, values), ShapeError);
  CATCH_CHECK_THROWS_AS(make_inference_network(mixed_spec({0, 1}, {100, 100}, Spec()), 2, 1, 1), ConfigError);
  CATCH_CHECK_THROWS_AS(make_inference_network(mixed_spec({2}, {2}, Spec()), 2, 1, 1), ConfigError);
}
