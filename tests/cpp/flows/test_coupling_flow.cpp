#include <algorithm>
#include <cmath>
#include <vector>

#include "base/errors.h"
#include "base/torch_compat.h"
#include "flows/act_norm_permutation.h"
#include "flows/coupling_flow.h"
#include "nets/layer_state.h"
#include "nets/walk.h"
#include "nets/weight_mirrors.h"
#include "support/catch.h"
#include "support/networks.h"

using namespace amortflow;
using amortflow::test::normal_tensor;
using amortflow::test::perturb;
using amortflow::test::relative_difference;

namespace {

/// One flow of the table below.
struct FlowCase {
  std::int64_t dimension;
  std::int64_t condition_width;
  std::string transform;
};

std::ostream& operator<<(std::ostream& out, const FlowCase& c) {
  return out << c.transform << ", " << c.dimension << " parameters, " << c.condition_width << " conditions";
}

/// All that can be chosen, in several sizes.
std::vector<FlowCase> flow_cases() {
  std::vector<FlowCase> all;
  for (const char* transform : {"affine", "spline", "interleaved"}) {
    for (const auto& [d, k] : {std::pair{1, 3}, {2, 1}, {3, 10}, {6, 10}, {17, 4}}) all.push_back({d, k, transform});
  }
  return all;
}

/// A small flow whose parameters are off their start.
struct Fixture {
  explicit Fixture(const FlowCase& c)
      : dimension(c.dimension),
        condition_width(c.condition_width),
        flow(options(c), dimension, condition_width, 7),
        store(layout()) {
    store.initialize(2);
    perturb(store, 4, c.transform == "affine" ? 0.2 : 0.05);
    refresh_mirrors(store);
  }
  static CouplingFlowOptions options(const FlowCase& c) {
    CouplingFlowOptions small;
    small.transform = c.transform;
    small.depth = 3;
    small.width = 20;
    small.spline.bins = 7;
    return small;
  }
  ParameterLayout layout() {
    ParameterLayout declared;
    flow.declare(declared, "flow");
    return declared;
  }
  std::int64_t dimension;
  std::int64_t condition_width;
  CouplingFlow flow;
  ParameterStore store;
};

Panel to_panel(const at::Tensor& tensor, std::size_t slot, Scratch& scratch) {
  const Panel panel = scratch.panel(slot, tensor.size(0), tensor.size(1));
  const float* from = tensor.data_ptr<float>();
  for (std::int64_t i = 0; i < panel.rows; ++i) {
    std::copy_n(from + i * panel.cols, panel.cols, panel.values + i * panel.stride);
  }
  return panel;
}

/// By the fast forms.
at::Tensor inverted(const Fixture& fixture, const at::Tensor& noise, const at::Tensor& condition) {
  Scratch given;
  Scratch scratch;
  Pass pass;
  pass.parameters = &fixture.store;
  pass.condition = to_panel(condition, 0, given);
  const Panel x = fixture.flow.invert(pass, to_panel(noise, 1, given), scratch);
  return at::from_blob(x.values, {x.rows, x.cols}, {x.stride, 1}, at::kFloat).clone();
}

}  // namespace

CATCH_TEST_CASE("the walked flow agrees with reference() in value and every gradient") {
  for (const FlowCase& c : flow_cases()) {
    for (const std::int64_t rows : {1, 5, 64}) {
      CATCH_INFO(c << ", " << rows << " rows");
      Fixture fixture(c);
      const std::int64_t d = c.dimension;
      const std::int64_t k = c.condition_width;
      AlignedBuffer fast_gradient(fixture.store.layout().floats());
      AlignedBuffer slow_gradient(fixture.store.layout().floats());
      const ParameterViews fast(fixture.store, fast_gradient);
      const ParameterViews slow(fixture.store, slow_gradient);
      const at::Tensor x = normal_tensor(rows, d, 21);
      const at::Tensor c_fast = normal_tensor(rows, k, 22).requires_grad_(true);
      const at::Tensor c_slow = normal_tensor(rows, k, 22).requires_grad_(true);
      NetworkWorkspace workspace(fixture.store, &fast_gradient);
      const at::Tensor walked = fixture.flow.negative_log_density(x, c_fast, fast, workspace);
      const at::Tensor defined = fixture.flow.negative_log_density_reference(x, c_slow, slow);
      const torch_compat::SilentWarnings silent;
      walked.sum().backward();
      defined.sum().backward();
      CATCH_CHECK(relative_difference(walked.detach(), defined.detach()) < 1e-5);
      CATCH_CHECK(relative_difference(c_fast.grad(), c_slow.grad()) < 1e-5);
      for (std::int64_t i = 0; i < slow.size(); ++i) {
        CATCH_INFO(fixture.store.layout()[i].name);
        // Besides, each row's part is of order one and rounded to 1e-6; in the sum over rows these parts may cancel.
        const double allowed = 1e-5 * slow[i].grad().norm().item<double>() + 1e-6 * static_cast<double>(rows);
        CATCH_CHECK((fast[i].grad() - slow[i].grad()).norm().item<double>() < allowed);
        CATCH_CHECK(slow[i].grad().abs().max().item<double>() > 0);
      }
    }
  }
}

CATCH_TEST_CASE("the inverse undoes the flow, in both forms") {
  for (const FlowCase& c : flow_cases()) {
    CATCH_INFO(c);
    Fixture fixture(c);
    const std::int64_t d = c.dimension;
    const std::int64_t k = c.condition_width;
    const ParameterViews views(fixture.store);
    const at::NoGradGuard no_gradient;
    const at::Tensor noise = normal_tensor(40, d, 31);
    const at::Tensor condition = normal_tensor(40, k, 32);
    const at::Tensor x = fixture.flow.inverse_reference(noise, condition, views);
    CATCH_CHECK(relative_difference(inverted(fixture, noise, condition), x) < 1e-5);
    const ParameterViews exact = views.in_double();
    LayerState state;
    state.values = fixture.flow.inverse_reference(noise.to(at::kDouble), condition.to(at::kDouble), exact);
    state.condition = condition.to(at::kDouble);
    state.log_det = at::zeros({40}, at::kDouble);
    state.segments = Segments::uniform(40, 1);
    const auto& layers = fixture.flow.network().layers();
    for (std::size_t i = 0; i + 1 < layers.size(); ++i) state = layers[i]->reference(std::move(state), exact);
    CATCH_CHECK((state.values - noise).abs().max().item<double>() < 1e-9);
  }
}

CATCH_TEST_CASE("log_det of the flow is that of autograd's Jacobian") {
  for (const FlowCase& c : flow_cases()) {
    CATCH_INFO(c);
    Fixture fixture(c);
    const std::int64_t d = c.dimension;
    const std::int64_t k = c.condition_width;
    const ParameterViews views = ParameterViews(fixture.store).in_double();
    const at::Tensor x = normal_tensor(1, d, 41).to(at::kDouble).requires_grad_(true);
    LayerState state;
    state.values = x;
    state.condition = normal_tensor(1, k, 42).to(at::kDouble);
    state.log_det = at::zeros({1}, at::kDouble);
    state.segments = Segments::uniform(1, 1);
    const auto& layers = fixture.flow.network().layers();
    for (std::size_t i = 0; i + 1 < layers.size(); ++i) state = layers[i]->reference(std::move(state), views);
    at::Tensor jacobian = at::zeros({d, d}, at::kDouble);
    for (std::int64_t j = 0; j < d; ++j) {
      x.mutable_grad() = at::Tensor();
      state.values.index({0, j}).backward({}, true);
      jacobian[j].copy_(x.grad()[0]);
    }
    const double log_det = std::log(std::abs(at::linalg_det(jacobian).item<double>()));
    CATCH_CHECK(std::abs(log_det - state.log_det.item<double>()) < 1e-9);
  }
}

CATCH_TEST_CASE("the density integrates to one on a grid") {
  for (const char* transform : {"affine", "spline", "interleaved"}) {
    CATCH_INFO(transform);
    Fixture one({1, 2, transform});
    Fixture two({2, 2, transform});
    const at::NoGradGuard no_gradient;
    const at::Tensor line = at::linspace(-40, 40, 8001).to(at::kFloat).unsqueeze(1);
    const at::Tensor p1 =
        at::exp(-one.flow.negative_log_density_reference(line, at::ones({line.size(0), 2}), ParameterViews(one.store)));
    CATCH_CHECK(std::abs(p1.sum().item<double>() * 0.01 - 1) < 1e-3);
    const at::Tensor axis = at::linspace(-30, 30, 601).to(at::kFloat);
    const auto mesh = at::meshgrid({axis, axis}, "ij");
    const at::Tensor grid = at::stack({mesh[0].reshape({-1}), mesh[1].reshape({-1})}, 1);
    const at::Tensor p2 =
        at::exp(-two.flow.negative_log_density_reference(grid, at::ones({grid.size(0), 2}), ParameterViews(two.store)));
    CATCH_CHECK(std::abs(p2.sum().item<double>() * 0.01 - 1) < 5e-3);
  }
}

CATCH_TEST_CASE("the flow stays finite on extreme input") {
  for (const FlowCase& c : flow_cases()) {
    CATCH_INFO(c);
    Fixture fixture(c);
    for (const double scale : {0.0, 1.0, 1e6}) {
      const at::Tensor x = normal_tensor(6, c.dimension, 51, scale);
      const at::Tensor condition = normal_tensor(6, c.condition_width, 52, scale == 1 ? 1e6 : scale);
      AlignedBuffer gradient(fixture.store.layout().floats());
      const ParameterViews views(fixture.store, gradient);
      NetworkWorkspace workspace(fixture.store, &gradient);
      const at::Tensor walked = fixture.flow.negative_log_density(x, condition, views, workspace);
      const torch_compat::SilentWarnings silent;
      walked.sum().backward();
      CATCH_CHECK(at::isfinite(walked).all().item<bool>());
      for (std::int64_t i = 0; i < views.size(); ++i) {
        CATCH_CHECK(at::isfinite(views[i].grad()).all().item<bool>());
      }
      const at::NoGradGuard no_gradient;
      const at::Tensor defined = fixture.flow.negative_log_density_reference(x, condition, views);
      CATCH_CHECK(at::isfinite(defined).all().item<bool>());
      CATCH_CHECK(at::isfinite(inverted(fixture, x, condition)).all().item<bool>());
    }
  }
}

CATCH_TEST_CASE("an untrained flow is a permutation: standard normal density") {
  for (const char* transform : {"affine", "spline", "interleaved"}) {
    CouplingFlowOptions options;
    options.transform = transform;
    CouplingFlow flow(options, 5, 2, 1);
    ParameterLayout layout;
    flow.declare(layout, "flow");
    ParameterStore store(std::move(layout));
    store.initialize(1);
    const at::NoGradGuard no_gradient;
    const at::Tensor x = normal_tensor(10, 5, 61);
    const at::Tensor expected = 0.5 * x.pow(2).sum(1) + 2.5 * std::log(2 * 3.14159265358979323846);
    const at::Tensor out = flow.negative_log_density_reference(x, at::ones({10, 2}), ParameterViews(store));
    CATCH_CHECK(relative_difference(out, expected) < 1e-6);
  }
}

CATCH_TEST_CASE("specs of flows reject what they do not know") {
  Spec spec(Spec::List{{"kind", "coupling_flow"},
                       {"transform", "affine"},
                       {"depth", 2},
                       {"width", 8},
                       {"hidden", 1},
                       {"activation", "silu"}});
  CATCH_CHECK(CouplingFlowOptions::from_spec(spec).width == 8);
  spec.set("transform", "spline");
  spec.set("bins", 10);
  spec.set("tail_bound", 3.5);
  CATCH_CHECK(CouplingFlowOptions::from_spec(spec).spline.bins == 10);
  spec.set("bins", 1);
  CATCH_CHECK_THROWS_AS(CouplingFlowOptions::from_spec(spec), ConfigError);
  spec.set("bins", 8);
  spec.set("deph", 3);
  CATCH_CHECK_THROWS_AS(CouplingFlowOptions::from_spec(spec), ConfigError);
}
