#include <cmath>
#include <memory>
#include <vector>

#include "flows/affine_transform.h"
#include "flows/autoregressive.h"
#include "flows/spline_transform.h"
#include "nets/layer_state.h"
#include "nets/weight_mirrors.h"
#include "support/catch.h"
#include "support/networks.h"
#include "support/panels.h"

using namespace amortflow;
using amortflow::test::normal_tensor;
using amortflow::test::perturb;
using amortflow::test::relative_difference;

namespace {

std::shared_ptr<const VariableTransform> transform_named(const std::string& name) {
  SplineOptions options;
  options.bins = 6;
  if (name == "spline") return std::make_shared<SplineTransform>(options);
  return std::make_shared<AffineTransform>();
}

/// An autoregressive layer off its start.
struct Fixture {
  Fixture(const std::string& transform, std::int64_t d, std::int64_t k)
      : layer(options(d, k), transform_named(transform)), store(layout()) {
    store.initialize(2);
    perturb(store, 4, 0.1);
    refresh_mirrors(store);
  }
  static AutoregressiveOptions options(std::int64_t d, std::int64_t k) {
    AutoregressiveOptions small;
    small.dimension = d;
    small.condition_width = k;
    small.width = 22;
    return small;
  }
  ParameterLayout layout() {
    ParameterLayout declared;
    layer.declare(declared, "layer");
    return declared;
  }
  Autoregressive layer;
  ParameterStore store;
};

LayerState state_of(const at::Tensor& values, const at::Tensor& condition) {
  LayerState state;
  state.values = values;
  state.condition = condition;
  state.log_det = at::zeros({values.size(0)}, values.options().requires_grad(false));
  state.segments = Segments::uniform(values.size(0), 1);
  return state;
}

constexpr std::pair<std::int64_t, std::int64_t> kShapes[] = {{1, 3}, {2, 1}, {3, 10}, {6, 4}, {30, 2}};

}  // namespace

CATCH_TEST_CASE("the inverse undoes an autoregressive layer, in both forms, in a buffer that served before") {
  for (const std::string transform : {"affine", "spline"}) {
    Scratch given;
    for (const auto& [d, k] : kShapes) {
      CATCH_INFO(transform << ", " << d << " parameters, " << k << " conditions");
      const Fixture fixture(transform, d, k);
      Scratch scratch;
      ParameterStore copy = fixture.store;
      const ParameterViews views(copy);
      const at::NoGradGuard no_gradient;
      for (const std::uint64_t batch : {1, 2}) {
        const at::Tensor z = normal_tensor(40, d, 31 + batch, 2);
        const at::Tensor condition = normal_tensor(40, k, 41 + batch);
        const at::Tensor x = fixture.layer.inverse(state_of(z, condition), views).values;
        Pass pass;
        pass.parameters = &fixture.store;
        pass.condition = panel_of(condition, 0, given);
        const Panel in = given.panel(2, 40, d);
        const Segments rows = Segments::uniform(40, 1);
        scratch.segments = &rows;
        fixture.layer.invert(pass, panel_of(z, 1, given), in, scratch);
        const at::Tensor fast = at::from_blob(in.values, {40, d}, {in.stride, 1}, at::kFloat).clone();
        CATCH_CHECK(relative_difference(fast, x) < 1e-5);
        const ParameterViews exact = views.in_double();
        const at::Tensor z_exact = z.to(at::kDouble);
        const at::Tensor c_exact = condition.to(at::kDouble);
        const at::Tensor x_exact = fixture.layer.inverse(state_of(z_exact, c_exact), exact).values;
        const at::Tensor again = fixture.layer.reference(state_of(x_exact, c_exact), exact).values;
        CATCH_CHECK((again - z_exact).abs().max().item<double>() < 1e-9);
      }
    }
  }
}

CATCH_TEST_CASE("an autoregressive layer's Jacobian is triangular and log_det is the log of its determinant") {
  for (const std::string transform : {"affine", "spline"}) {
    for (const auto& [d, k] : kShapes) {
      CATCH_INFO(transform << ", " << d << " parameters, " << k << " conditions");
      Fixture fixture(transform, d, k);
      const ParameterViews views = ParameterViews(fixture.store).in_double();
      const at::Tensor x = normal_tensor(1, d, 41).to(at::kDouble).requires_grad_(true);
      const LayerState out = fixture.layer.reference(state_of(x, normal_tensor(1, k, 42).to(at::kDouble)), views);
      double log_det = 0;
      for (std::int64_t i = 0; i < d; ++i) {
        x.mutable_grad() = at::Tensor();
        out.values.index({0, i}).backward({}, true);
        const at::Tensor row = x.grad()[0];
        CATCH_CHECK(row.narrow(0, i + 1, d - i - 1).abs().sum().item<double>() == 0);
        if (i > 0) CATCH_CHECK(row.narrow(0, 0, i).abs().min().item<double>() > 0);
        log_det += std::log(row[i].item<double>());
      }
      CATCH_CHECK(std::abs(log_det - out.log_det.item<double>()) < 1e-9);
    }
  }
}
