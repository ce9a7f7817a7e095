#include <cmath>
#include <vector>

#include "base/errors.h"
#include "base/torch_compat.h"
#include "flows/act_norm_permutation.h"
#include "flows/coupling_flow.h"
#include "flows/inference_state.h"
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

/// One flow of the table below.
struct FlowCase {
  std::int64_t dimension;
  std::int64_t condition_width;
  std::string transform;
  std::string permutation = "fixed";
};

std::ostream& operator<<(std::ostream& out, const FlowCase& c) {
  return out << c.transform << ", " << c.permutation << ", " << c.dimension << " parameters, " << c.condition_width
             << " conditions";
}

/// All that can be chosen, in several sizes.
std::vector<FlowCase> flow_cases() {
  std::vector<FlowCase> all;
  for (const char* transform : {"affine", "spline", "interleaved"}) {
    for (const auto& [d, k] : {std::pair{1, 3}, {2, 1}, {3, 10}, {6, 10}, {17, 4}}) all.push_back({d, k, transform});
  }
  for (const char* permutation : {"swap", "orthogonal"}) {
    for (const std::int64_t d : {1, 2, 7}) all.push_back({d, 3, "affine", permutation});
  }
  return all;
}

/// A small flow whose parameters are off their start: those of splines, which may be steep, by less.
struct Fixture {
  explicit Fixture(const FlowCase& c) : flow(options(c), c.dimension, c.condition_width, 7), store(layout()) {
    store.initialize(2);
    perturb(store, 4, c.transform == "affine" ? 0.2 : 0.05);
    refresh_mirrors(store);
  }
  static CouplingFlowOptions options(const FlowCase& c) {
    CouplingFlowOptions small;
    small.transform = c.transform;
    small.permutation = c.permutation;
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
  CouplingFlow flow;
  ParameterStore store;
};

/// By the fast forms.
at::Tensor inverted(const Fixture& fixture, const at::Tensor& noise, const at::Tensor& condition) {
  Scratch given;
  Scratch scratch;
  Pass pass;
  pass.parameters = &fixture.store;
  pass.condition = panel_of(condition, 0, given);
  const Panel x = fixture.flow.draw(pass, panel_of(noise, 1, given), scratch);
  return at::from_blob(x.values, {x.rows, x.cols}, {x.stride, 1}, at::kFloat).clone();
}

}  // namespace

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
    LayerState state =
        inference_state(fixture.flow.inverse_reference(noise.to(at::kDouble), condition.to(at::kDouble), exact),
                        condition.to(at::kDouble));
    const auto& layers = fixture.flow.loss().layers();
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
    LayerState state = inference_state(x, normal_tensor(1, k, 42).to(at::kDouble));
    const auto& layers = fixture.flow.loss().layers();
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

CATCH_TEST_CASE("an untrained flow is a permutation: standard normal density") {
  for (const char* transform : {"affine", "spline", "interleaved"}) {
    CATCH_INFO(transform);
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
    const at::Tensor out =
        flow.loss().reference(inference_state(x, at::ones({10, 2})), ParameterViews(store)).values.squeeze(1);
    CATCH_CHECK(relative_difference(out, expected) < 1e-6);
  }
}

CATCH_TEST_CASE("a base that is not learned stays as it starts") {
  CouplingFlowOptions options;
  options.depth = 1;
  options.width = 8;
  options.base.learned = false;
  for (const char* base : {"student", "mixture"}) {
    options.base.kind = base;
    CouplingFlow flow(options, 3, 2, 1);
    ParameterLayout layout;
    flow.declare(layout, "flow");
    ParameterStore store(std::move(layout));
    store.initialize(1);
    refresh_mirrors(store);
    AlignedBuffer gradient(store.layout().floats());
    const ParameterViews views(store, gradient);
    NetworkWorkspace workspace(store, &gradient);
    const LayerState start = inference_state(normal_tensor(9, 3, 71), normal_tensor(9, 2, 72));
    const at::Tensor walked = walk(flow.loss(), start, views, workspace).values;
    CATCH_CHECK(relative_difference(walked.detach(), flow.loss().reference(start, views).values.detach()) < 1e-5);
    const torch_compat::SilentWarnings silent;
    walked.sum().backward();
    for (std::int64_t i = 0; i < views.size(); ++i) {
      const bool of_base = store.layout()[i].name.find("_base_") != std::string::npos;
      CATCH_CHECK((!of_base || views[i].grad().abs().max().item<double>() == 0));
    }
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
  spec.set("deph", 3);
  CATCH_CHECK_THROWS_AS(CouplingFlowOptions::from_spec(spec), ConfigError);
}
