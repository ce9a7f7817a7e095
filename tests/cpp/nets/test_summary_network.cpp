#include "base/errors.h"
#include "base/torch_compat.h"
#include "nets/layer_state.h"
#include "nets/summary_network.h"
#include "nets/weight_mirrors.h"
#include "support/catch.h"
#include "support/networks.h"
#include "support/walk.h"

using namespace amortflow;
using amortflow::test::normal_tensor;
using amortflow::test::perturb;
using amortflow::test::relative_difference;

namespace {

Spec deep_set() {
  return Spec::List{{"kind", "deep_set"}, {"summary_dim", 5},     {"width", 18},           {"depth", 2},
                    {"equivariant", 2},   {"activation", "silu"}, {"log_size_center", 1.0}};
}

Spec time_series() {
  return Spec::List{{"kind", "time_series"}, {"summary_dim", 5},      {"filters", 6},        {"kernel_size", 3},
                    {"recurrent_dim", 7},    {"bidirectional", true}, {"activation", "silu"}};
}

Spec dense(std::int64_t positions) {
  return Spec::List{{"kind", "dense"}, {"summary_dim", 5}, {"positions", positions},
                    {"width", 18},     {"depth", 2},       {"activation", "silu"}};
}

/// Summaries and every gradient, by the fast forms or by `reference()`.
struct Result {
  at::Tensor summaries;
  at::Tensor data_gradient;
  std::vector<at::Tensor> gradients;
};

Result run(const Spec& spec, const Segments& segments, bool fast) {
  Network network = make_summary_network(spec, 3);
  ParameterLayout layout;
  network.declare(layout, "summary");
  ParameterStore store(std::move(layout));
  store.initialize(3);
  perturb(store, 5, 0.05);
  refresh_mirrors(store);
  AlignedBuffer gradient(store.layout().floats());
  const ParameterViews views(store, gradient);
  NetworkWorkspace workspace(store, &gradient);
  LayerState state;
  state.segments = segments;
  state.values = normal_tensor(segments.rows(), 3, 11).requires_grad_(true);
  const at::Tensor data = state.values;
  const at::Tensor out = (fast ? walk(network, state, views, workspace) : network.reference(state, views)).values;
  const torch_compat::SilentWarnings silent;
  (out * normal_tensor(out.size(0), out.size(1), 13)).sum().backward();
  Result result{out.detach(), data.grad(), {}};
  for (std::int64_t i = 0; i < views.size(); ++i) result.gradients.push_back(views[i].grad().clone());
  return result;
}

}  // namespace

CATCH_TEST_CASE("whole summary networks agree with reference() in value and every gradient") {
  const Segments equal = Segments::uniform(5, 4);
  const Segments ragged = Segments::of_lengths({3, 1, 8, 8, 2});
  const std::vector<std::pair<Spec, Segments>> networks{
      {deep_set(), equal}, {deep_set(), ragged}, {time_series(), equal}, {time_series(), ragged}, {dense(4), equal}};
  for (const auto& [spec, segments] : networks) {
    const Result fast = run(spec, segments, true);
    const Result slow = run(spec, segments, false);
    CATCH_CHECK(fast.summaries.size(0) == 5);
    CATCH_CHECK(fast.summaries.size(1) == 5);
    CATCH_CHECK(relative_difference(fast.summaries, slow.summaries) < 1e-5);
    CATCH_CHECK(relative_difference(fast.data_gradient, slow.data_gradient) < 2e-5);
    for (std::size_t i = 0; i < slow.gradients.size(); ++i) {
      CATCH_CHECK(relative_difference(fast.gradients[i], slow.gradients[i]) < 2e-5);
      CATCH_CHECK(slow.gradients[i].abs().max().item<double>() > 0);
    }
  }
}

CATCH_TEST_CASE("a dense summary network sees every number of a data set, and no data set of another length") {
  const Result result = run(dense(4), Segments::uniform(5, 4), true);
  CATCH_CHECK(result.data_gradient.abs().min().item<double>() > 0);
  CATCH_CHECK_THROWS_AS(run(dense(4), Segments::uniform(5, 3), true), ShapeError);
  CATCH_CHECK_THROWS_AS(run(dense(4), Segments::of_lengths({4, 4, 3}), true), ShapeError);
  CATCH_CHECK_THROWS_AS(run(dense(4), Segments::of_lengths({4, 4, 3}), false), ShapeError);
}

CATCH_TEST_CASE("a deep set does not see the order of rows, a series network does") {
  const Segments segments = Segments::uniform(1, 6);
  for (const Spec& spec : {deep_set(), time_series()}) {
    Network network = make_summary_network(spec, 3);
    ParameterLayout layout;
    network.declare(layout, "summary");
    ParameterStore store(std::move(layout));
    store.initialize(3);
    const ParameterViews views(store);
    const at::NoGradGuard no_gradient;
    LayerState state;
    state.segments = segments;
    state.values = normal_tensor(6, 3, 11);
    LayerState turned = state;
    turned.values = state.values.flip(0).contiguous();
    NetworkWorkspace workspace(store);
    const at::Tensor a = walk(network, state, views, workspace).values.clone();
    const at::Tensor b = walk(network, turned, views, workspace).values.clone();
    const bool ordered = spec == time_series();
    CATCH_CHECK((relative_difference(a, b) > 1e-3) == ordered);
  }
}

CATCH_TEST_CASE("specs of summary networks reject what they do not know") {
  CATCH_CHECK(make_summary_network(Spec(Spec::List{{"kind", "identity"}}), 3).output_width(3) == 3);
  CATCH_CHECK_THROWS_AS(make_summary_network(Spec(Spec::List{{"kind", "identity"}, {"width", 3}}), 3), ConfigError);
  CATCH_CHECK_THROWS_AS(make_summary_network(Spec(Spec::List{{"width", 3}}), 3), ConfigError);
  for (Spec spec : {deep_set(), time_series(), dense(2)}) {
    spec.set("activation", "softly");
    CATCH_CHECK_THROWS_AS(make_summary_network(spec, 3), ConfigError);
  }
  Spec series = time_series();
  series.set("filter", 6);
  CATCH_CHECK_THROWS_AS(make_summary_network(series, 3), ConfigError);
}
