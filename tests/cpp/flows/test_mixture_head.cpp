#include <cmath>
#include <vector>

#include "base/errors.h"
#include "base/torch_compat.h"
#include "flows/mixture_head.h"
#include "nets/layer_state.h"
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

/// A mixture head as the only layer of a network, off its start.
struct Fixture {
  Fixture(std::int64_t d, std::int64_t k, std::int64_t components, double scale = 0.2)
      : store(layout(d, k, components)) {
    store.initialize(2);
    perturb(store, 4, scale);
    refresh_mirrors(store);
  }
  ParameterLayout layout(std::int64_t d, std::int64_t k, std::int64_t components) {
    MixtureHeadOptions options;
    options.dimension = d;
    options.condition_width = k;
    options.components = components;
    options.width = 20;
    options.depth = 2;
    auto layer = std::make_unique<MixtureHead>(options);
    head = layer.get();
    network.add(std::move(layer));
    ParameterLayout declared;
    network.declare(declared, "mixture");
    return declared;
  }
  [[nodiscard]] at::Tensor reference(const at::Tensor& x, const at::Tensor& condition) {
    return network.reference(state_of(x, condition), ParameterViews(store)).values.squeeze(1);
  }
  static LayerState state_of(const at::Tensor& x, const at::Tensor& condition) {
    LayerState state;
    state.values = x;
    state.condition = condition;
    state.segments = Segments::uniform(x.size(0), 1);
    return state;
  }

  const MixtureHead* head = nullptr;
  Network network;
  ParameterStore store;
};

struct Shape {
  std::int64_t d;
  std::int64_t k;
  std::int64_t components;
};
constexpr double kMild = 0.1;  // off the start by so much, components are not much wider than a grid of a few dozen
const Shape kShapes[] = {{1, 3, 8}, {1, 1, 1}, {2, 1, 3}, {3, 10, 10}, {6, 4, 17}};

}  // namespace

CATCH_TEST_CASE("the mixture head agrees with reference() in value and every gradient") {
  for (const auto& [d, k, components] : kShapes) {
    for (const std::int64_t rows : {1, 5, 64}) {
      CATCH_INFO(d << " parameters, " << k << " conditions, " << components << " components, " << rows << " rows");
      Fixture fixture(d, k, components);
      AlignedBuffer fast_gradient(fixture.store.layout().floats());
      AlignedBuffer slow_gradient(fixture.store.layout().floats());
      const ParameterViews fast(fixture.store, fast_gradient);
      const ParameterViews slow(fixture.store, slow_gradient);
      const at::Tensor x_fast = normal_tensor(rows, d, 21).requires_grad_(true);
      const at::Tensor x_slow = normal_tensor(rows, d, 21).requires_grad_(true);
      const at::Tensor c_fast = normal_tensor(rows, k, 22).requires_grad_(true);
      const at::Tensor c_slow = normal_tensor(rows, k, 22).requires_grad_(true);
      NetworkWorkspace workspace(fixture.store, &fast_gradient);
      const at::Tensor walked = walk(fixture.network, Fixture::state_of(x_fast, c_fast), fast, workspace).values;
      const at::Tensor defined = fixture.network.reference(Fixture::state_of(x_slow, c_slow), slow).values;
      const torch_compat::SilentWarnings silent;
      walked.sum().backward();
      defined.sum().backward();
      CATCH_CHECK(relative_difference(walked.detach(), defined.detach()) < 1e-5);
      CATCH_CHECK(relative_difference(x_fast.grad(), x_slow.grad()) < 1e-5);
      CATCH_CHECK(relative_difference(c_fast.grad(), c_slow.grad()) < 1e-5);
      for (std::int64_t i = 0; i < slow.size(); ++i) {
        CATCH_INFO(fixture.store.layout()[i].name);
        CATCH_CHECK(relative_difference(fast[i].grad(), slow[i].grad()) < 1e-5);
        CATCH_CHECK(slow[i].grad().abs().max().item<double>() > 0);
      }
    }
  }
}

CATCH_TEST_CASE("the mixture's density integrates to one on a grid") {
  const at::NoGradGuard no_gradient;
  Fixture one(1, 2, 5, kMild);
  const at::Tensor line = at::linspace(-40, 40, 16001).to(at::kFloat).unsqueeze(1);
  const at::Tensor p1 = at::exp(-one.reference(line, at::ones({line.size(0), 2})));
  CATCH_CHECK(std::abs(p1.sum().item<double>() * 0.005 - 1) < 1e-4);
  Fixture two(2, 2, 5, kMild);
  const at::Tensor axis = at::linspace(-20, 20, 801).to(at::kFloat);
  const auto mesh = at::meshgrid({axis, axis}, "ij");
  const at::Tensor grid = at::stack({mesh[0].reshape({-1}), mesh[1].reshape({-1})}, 1);
  const at::Tensor p2 = at::exp(-two.reference(grid, at::ones({grid.size(0), 2})));
  CATCH_CHECK(std::abs(p2.sum().item<double>() * 0.0025 - 1) < 1e-3);
}

// False-alarm rate: two comparisons of means of 40,000 numbers at 5 standard errors each, 1e-6; the seed is fixed.
CATCH_TEST_CASE("draws of the mixture head follow its density") {
  constexpr std::int64_t kDraws = 40000;
  const at::NoGradGuard no_gradient;
  Fixture fixture(2, 1, 4, kMild);
  const at::Tensor condition = at::ones({kDraws, 1});
  at::Tensor noise = normal_tensor(kDraws, 3, 31);
  rng random = stream(32, Purpose::kCheck, 0);
  for (std::int64_t i = 0; i < kDraws; ++i) noise.data_ptr<float>()[3 * i + 2] = static_cast<float>(random.uniform());
  Scratch given;
  Scratch scratch;
  Pass pass;
  pass.parameters = &fixture.store;
  pass.condition = panel_of(condition, 0, given);
  const Segments rows = Segments::uniform(kDraws, 1);
  scratch.segments = &rows;
  const Panel draws = given.panel(2, kDraws, 2);
  fixture.head->draw(pass, panel_of(noise, 1, given), draws, scratch);
  const at::Tensor x = at::from_blob(draws.values, {kDraws, 2}, {draws.stride, 1}, at::kFloat).to(at::kDouble);
  const at::Tensor axis = at::linspace(-20, 20, 801).to(at::kFloat);
  const auto mesh = at::meshgrid({axis, axis}, "ij");
  const at::Tensor grid = at::stack({mesh[0].reshape({-1}), mesh[1].reshape({-1})}, 1);
  const at::Tensor p = at::exp(-fixture.reference(grid, at::ones({grid.size(0), 1}))).to(at::kDouble) * 0.0025;
  // Bounded functions of both variables, so that their means have known errors whatever the tails are.
  const auto test_functions = [](const at::Tensor& at) {
    return at::stack({at::sin(at.select(1, 0) + 2 * at.select(1, 1)), at::tanh(at.select(1, 0) * at.select(1, 1))}, 1);
  };
  const at::Tensor drawn = test_functions(x);
  const at::Tensor exact = (p.unsqueeze(1) * test_functions(grid.to(at::kDouble))).sum(0);
  const at::Tensor error = (drawn.mean(0) - exact).abs() / (drawn.std(0) / std::sqrt(static_cast<double>(kDraws)));
  CATCH_CHECK(error.max().item<double>() < 5);
}

CATCH_TEST_CASE("the mixture stays finite on extreme input, in both forms") {
  const at::NoGradGuard no_gradient;
  Fixture fixture(4, 3, 8);
  for (const auto& [x_scale, c_scale] : {std::pair<double, double>{1e6, 1}, {1, 1e6}, {1e6, 1e6}, {0, 0}}) {
    CATCH_INFO("parameters times " << x_scale << ", conditions times " << c_scale);
    const LayerState state = Fixture::state_of(normal_tensor(6, 4, 51, x_scale), normal_tensor(6, 3, 52, c_scale));
    const ParameterViews views(fixture.store);
    NetworkWorkspace workspace(fixture.store);
    CATCH_CHECK(at::isfinite(fixture.network.reference(state, views).values).all().item<bool>());
    CATCH_CHECK(at::isfinite(walk(fixture.network, state, views, workspace).values).all().item<bool>());
  }
}

CATCH_TEST_CASE("components start with different means, of about the spread of standardized parameters") {
  MixtureHeadOptions options;
  options.dimension = 2;
  options.condition_width = 1;
  MixtureHead head(options);
  ParameterLayout layout;
  head.declare(layout, "mixture");
  const std::int64_t last = static_cast<std::int64_t>(layout.entries().size()) - 1;
  ParameterStore store(std::move(layout));
  store.initialize(1);
  for (std::int64_t k = 1; k < 8; ++k) CATCH_CHECK(std::abs(store.at(last)[k] - store.at(last)[k - 1]) > 1e-3F);
}

CATCH_TEST_CASE("mixtures of more numbers than anyone can mean are refused") {
  MixtureHeadOptions options;
  options.condition_width = 1;
  options.dimension = 257;
  CATCH_CHECK_THROWS_AS(MixtureHead(options), ConfigError);
  options.dimension = 200;
  options.components = 100;
  CATCH_CHECK_THROWS_AS(MixtureHead(options), ConfigError);
}
