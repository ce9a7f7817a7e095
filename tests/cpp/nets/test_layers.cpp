#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/torch_compat.h"
#include "nets/attention_pool.h"
#include "nets/convolution.h"
#include "nets/dense.h"
#include "nets/equivariant_dense.h"
#include "nets/induced_attention.h"
#include "nets/layer_norm.h"
#include "nets/layer_state.h"
#include "nets/long_short_term.h"
#include "nets/masked_dense.h"
#include "nets/position_features.h"
#include "nets/recurrent.h"
#include "nets/segment_patches.h"
#include "nets/segment_pool.h"
#include "nets/self_attention.h"
#include "nets/time_features.h"
#include "nets/weight_mirrors.h"
#include "support/catch.h"
#include "support/networks.h"
#include "support/walk.h"

using namespace amortflow;
using amortflow::test::gradient_difference;
using amortflow::test::normal_tensor;
using amortflow::test::perturb;
using amortflow::test::relative_difference;

namespace {

/// A row of the table of layers under test.
struct Case {
  std::string name;
  std::function<std::unique_ptr<Layer>()> make;
  std::int64_t input_width;
  std::int64_t condition_width;
};

DenseOptions dense(std::int64_t in, std::int64_t condition, std::int64_t out, Activation activation, bool residual) {
  DenseOptions options;
  options.input_width = in;
  options.condition_width = condition;
  options.output_width = out;
  options.activation = activation;
  options.residual = residual;
  return options;
}

void add_attention(std::vector<Case>& table) {
  table.push_back({"layer norm", [] { return std::make_unique<LayerNorm>(19); }, 19, 0});
  table.push_back({"self-attention", [] { return std::make_unique<SelfAttention>(32, 2); }, 32, 0});
  table.push_back({"self-attention, odd heads", [] { return std::make_unique<SelfAttention>(21, 3); }, 21, 0});
  for (const PooledForm form : {PooledForm::kRows, PooledForm::kJoined}) {
    table.push_back({"attention pool",
                     [form] {
                       return std::make_unique<AttentionPool>(AttentionPoolOptions{10, 2, 3, form, 1.5});
                     },
                     10, 0});
  }
  table.push_back({"induced attention",
                   [] {
                     return std::make_unique<InducedAttention>(InducedAttentionOptions{16, 1, 4, 7, Activation::kSilu});
                   },
                   16, 0});
  table.push_back({"position features", [] { return std::make_unique<PositionFeatures>(3, 4); }, 3, 0});
}

std::vector<Case> cases() {
  std::vector<Case> table;
  for (const auto& [label, f] : {std::pair<std::string, Activation>{"identity", Activation::kIdentity},
                                 {"silu", Activation::kSilu},
                                 {"relu", Activation::kRelu},
                                 {"tanh", Activation::kTanh},
                                 {"elu", Activation::kElu},
                                 {"gelu", Activation::kGelu}}) {
    table.push_back({"dense " + label, [f = f] { return std::make_unique<Dense>(dense(5, 0, 17, f, false)); }, 5, 0});
  }
  table.push_back(
      {"dense 1 x 1", [] { return std::make_unique<Dense>(dense(1, 0, 1, Activation::kSilu, false)); }, 1, 0});
  table.push_back(
      {"dense residual", [] { return std::make_unique<Dense>(dense(19, 0, 19, Activation::kSilu, true)); }, 19, 0});
  table.push_back(
      {"dense condition", [] { return std::make_unique<Dense>(dense(3, 7, 20, Activation::kSilu, false)); }, 3, 7});
  table.push_back({"dense residual condition",
                   [] { return std::make_unique<Dense>(dense(6, 2, 6, Activation::kTanh, true)); }, 6, 2});
  table.push_back({"dense condition alone",
                   [] { return std::make_unique<Dense>(dense(0, 4, 9, Activation::kSilu, false)); }, 0, 4});
  const std::vector<std::int64_t> inputs{1, 2, 3};
  const std::vector<std::int64_t> units{0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2};
  const std::vector<std::int64_t> outputs{0, 1, 2, 0, 1, 2, 0, 0, 1, 1, 2, 2};
  table.push_back(
      {"masked dense",
       [=] { return std::make_unique<MaskedDense>(dense(3, 4, 20, Activation::kSilu, false), inputs, units); }, 3, 4});
  table.push_back(
      {"masked dense residual",
       [=] { return std::make_unique<MaskedDense>(dense(20, 0, 20, Activation::kTanh, true), units, units); }, 20, 0});
  table.push_back(
      {"masked dense output",
       [=] { return std::make_unique<MaskedDense>(dense(20, 0, 12, Activation::kIdentity, false), units, outputs); },
       20, 0});
  table.push_back({"segment mean", [] { return std::make_unique<SegmentMean>(18, 1.5); }, 18, 0});
  table.push_back({"equivariant dense",
                   [] {
                     return std::make_unique<EquivariantDense>(EquivariantDenseOptions{18, 7, Activation::kSilu});
                   },
                   18, 0});
  table.push_back({"equivariant dense of one variable",
                   [] {
                     return std::make_unique<EquivariantDense>(EquivariantDenseOptions{1, 17, Activation::kTanh});
                   },
                   1, 0});
  table.push_back({"convolution",
                   [] {
                     return std::make_unique<Convolution>(ConvolutionOptions{3, 10, 3, Activation::kSilu});
                   },
                   3, 0});
  table.push_back({"convolution wider than the series",
                   [] {
                     return std::make_unique<Convolution>(ConvolutionOptions{2, 5, 6, Activation::kRelu});
                   },
                   2, 0});
  table.push_back({"recurrent", [] { return std::make_unique<Recurrent>(RecurrentOptions{4, 6, true}); }, 4, 0});
  table.push_back({"recurrent, one way",
                   [] {
                     return std::make_unique<Recurrent>(RecurrentOptions{3, 17, false});
                   },
                   3, 0});
  table.push_back({"time features", [] { return std::make_unique<TimeFeatures>(TimeFeaturesOptions{2, 4}); }, 2, 0});
  add_attention(table);
  table.push_back({"long short-term memory",
                   [] {
                     return std::make_unique<LongShortTerm>(RecurrentOptions{4, 6, true});
                   },
                   4, 0});
  table.push_back({"long short-term memory, one way",
                   [] {
                     return std::make_unique<LongShortTerm>(RecurrentOptions{3, 17, false});
                   },
                   3, 0});
  table.push_back({"patches", [] { return std::make_unique<SegmentPatches>(3, 5); }, 5, 0});
  return table;
}

/// A layer as the only one of a network, with parameters off their start.
struct Alone {
  explicit Alone(const Case& row) : store(layout(row)) {
    store.initialize(3);
    perturb(store, 5);
    refresh_mirrors(store);
  }
  ParameterLayout layout(const Case& row) {
    network.add(row.make());
    ParameterLayout declared;
    network.declare(declared, "n");
    if (declared.entries().empty()) declared.add("anchor", 1, 1, {}, false);
    return declared;
  }
  Network network;
  ParameterStore store;
};

LayerState state_of(const Case& row, const Segments& segments) {
  LayerState state;
  state.segments = segments;
  state.values = normal_tensor(segments.rows(), row.input_width, 11).requires_grad_(true);
  if (row.condition_width > 0)
    state.condition = normal_tensor(segments.rows(), row.condition_width, 12).requires_grad_(true);
  return state;
}

struct Outcome {
  at::Tensor values;
  at::Tensor input_gradient;
  at::Tensor condition_gradient;
  std::vector<at::Tensor> parameter_gradients;
};

Outcome run(const Case& row, const Segments& segments, bool fast) {
  Network network;
  network.add(row.make());
  ParameterLayout layout;
  network.declare(layout, "n");
  const bool empty = layout.entries().empty();
  if (empty) layout.add("anchor", 1, 1, {}, false);
  ParameterStore store(std::move(layout));
  store.initialize(3);
  perturb(store, 5);
  refresh_mirrors(store);
  AlignedBuffer gradient(store.layout().floats());
  const ParameterViews views(store, gradient);
  LayerState state = state_of(row, segments);
  const at::Tensor input = state.values;
  const at::Tensor condition = state.condition;
  NetworkWorkspace workspace(store, &gradient);
  const LayerState out = fast ? walk(network, state, views, workspace) : network.reference(state, views);
  const at::Tensor weights = normal_tensor(out.values.size(0), out.values.size(1), 13);
  const torch_compat::SilentWarnings silent;
  (out.values * weights).sum().backward();
  Outcome outcome;
  outcome.values = out.values.detach();
  outcome.input_gradient = input.grad();
  if (condition.defined()) outcome.condition_gradient = condition.grad();
  if (!empty) {
    for (std::int64_t i = 0; i < views.size(); ++i) outcome.parameter_gradients.push_back(views[i].grad().clone());
  }
  return outcome;
}

const std::vector<Segments>& batches() {
  static const std::vector<Segments> kinds{Segments::uniform(4, 6), Segments::of_lengths({3, 1, 7, 2}),
                                           Segments::uniform(1, 1), Segments::uniform(33, 1)};
  return kinds;
}

void check_agreement(const Case& row, const Segments& segments) {
  CATCH_INFO(row.name << ", " << segments.count() << " data sets of " << segments.rows() << " rows");
  const Outcome fast = run(row, segments, true);
  const Outcome slow = run(row, segments, false);
  CATCH_REQUIRE(relative_difference(fast.values, slow.values) < 1e-5);
  if (row.input_width > 0) CATCH_CHECK(relative_difference(fast.input_gradient, slow.input_gradient) < 1e-5);
  if (row.condition_width > 0) {
    CATCH_CHECK(relative_difference(fast.condition_gradient, slow.condition_gradient) < 1e-5);
  }
  for (std::size_t i = 0; i < slow.parameter_gradients.size(); ++i) {
    CATCH_CHECK(
        gradient_difference(fast.parameter_gradients[i], slow.parameter_gradients[i], slow.parameter_gradients) < 1e-5);
  }
}

}  // namespace

CATCH_TEST_CASE("fast forms of layers agree with reference() in value and gradient") {
  for (const auto& row : cases()) {
    for (const auto& segments : batches()) check_agreement(row, segments);
  }
}

CATCH_TEST_CASE("self-attention agrees with reference() over more rows than it takes at a time") {
  for (const auto& row : cases()) {
    if (row.name.rfind("self-attention", 0) != 0) continue;
    check_agreement(row, Segments::of_lengths({100, 150, 6, 300, 20, 130}));  // slices of 256, 300 and 150 rows
  }
}

CATCH_TEST_CASE("a layer's gradient reaches every parameter") {
  for (const auto& row : cases()) {
    CATCH_INFO(row.name);
    for (const auto& gradient : run(row, Segments::uniform(8, 6), false).parameter_gradients) {
      CATCH_CHECK(gradient.abs().max().item<double>() > 0);
    }
  }
}

CATCH_TEST_CASE("reference() in double agrees with finite differences") {
  constexpr double kStep = 1e-6;
  for (const auto& row : cases()) {
    CATCH_INFO(row.name);
    if (row.name == "dense relu" || row.name == "convolution wider than the series") continue;  // kinks
    Network network;
    network.add(row.make());
    ParameterLayout layout;
    network.declare(layout, "n");
    if (layout.entries().empty()) continue;
    ParameterStore store(std::move(layout));
    store.initialize(3);
    perturb(store, 5);
    refresh_mirrors(store);
    const Segments segments = Segments::of_lengths({3, 5});
    LayerState state = state_of(row, segments);
    state.values = state.values.detach().to(at::kDouble);
    if (state.condition.defined()) state.condition = state.condition.detach().to(at::kDouble);
    const auto loss = [&](const ParameterViews& views) { return network.reference(state, views).values.pow(2).sum(); };
    const ParameterViews views = ParameterViews(store).in_double();
    loss(views).backward();
    for (std::int64_t i = 0; i < views.size(); ++i) {
      const at::Tensor direction = normal_tensor(views[i].size(0), views[i].size(1), 17).to(at::kDouble);
      const double expected = (views[i].grad() * direction).sum().item<double>();
      const at::NoGradGuard no_gradient;
      views[i].add_(direction, kStep);
      const double up = loss(views).item<double>();
      views[i].sub_(direction, 2 * kStep);
      const double down = loss(views).item<double>();
      views[i].add_(direction, kStep);
      CATCH_CHECK(std::abs((up - down) / (2 * kStep) - expected) < 1e-5 * (1 + std::abs(expected)));
    }
  }
}

CATCH_TEST_CASE("what a data set becomes does not depend on the others in the batch, in the fast form bit by bit") {
  for (const auto& row : cases()) {
    CATCH_INFO(row.name);
    Alone layer(row);
    const ParameterViews views(layer.store);
    const Segments segments = Segments::of_lengths({3, 6, 2, 8});
    const at::NoGradGuard no_gradient;
    const LayerState all = state_of(row, segments);
    LayerState one;
    one.segments = Segments::uniform(1, 6);
    one.values = all.values.narrow(0, 3, 6);
    if (all.condition.defined()) one.condition = all.condition.narrow(0, 3, 6);
    for (const bool fast : {false, true}) {
      NetworkWorkspace workspace(layer.store);
      NetworkWorkspace other_workspace(layer.store);
      const LayerState from_all =
          fast ? walk(layer.network, all, views, workspace) : layer.network.reference(all, views);
      const LayerState alone =
          fast ? walk(layer.network, one, views, other_workspace) : layer.network.reference(one, views);
      const auto begin = from_all.segments.offsets[1];
      const at::Tensor mine = from_all.values.narrow(0, begin, from_all.segments.length(1));
      CATCH_CHECK(relative_difference(mine, alone.values) < 1e-6);
      if (fast) CATCH_CHECK(at::equal(mine, alone.values));
    }
  }
}

CATCH_TEST_CASE("a workspace serves batch after batch of any shape") {
  const std::vector<Segments> shapes{Segments::of_lengths({3, 1, 7, 2}), Segments::uniform(2, 1),
                                     Segments::of_lengths({1, 9, 9, 4, 5}), Segments::uniform(4, 3)};
  for (const auto& row : cases()) {
    Alone layer(row);
    AlignedBuffer used_gradient(layer.store.layout().floats());
    const ParameterViews used_views(layer.store, used_gradient);
    NetworkWorkspace used(layer.store, &used_gradient);
    for (const auto& segments : shapes) {
      CATCH_INFO(row.name << ", " << segments.count() << " data sets of " << segments.rows() << " rows");
      AlignedBuffer fresh_gradient(layer.store.layout().floats());
      const ParameterViews fresh_views(layer.store, fresh_gradient);
      NetworkWorkspace fresh(layer.store, &fresh_gradient);
      used_gradient.zero();
      const torch_compat::SilentWarnings silent;
      const LayerState state = state_of(row, segments);
      const at::Tensor& input = row.input_width > 0 ? state.values : state.condition;
      const at::Tensor expected = walk(layer.network, state, fresh_views, fresh).values;
      expected.pow(2).sum().backward();
      const at::Tensor expected_gradient = input.grad().clone();
      input.mutable_grad().zero_();
      const at::Tensor values = walk(layer.network, state, used_views, used).values;
      values.pow(2).sum().backward();
      CATCH_CHECK(at::equal(values, expected));
      CATCH_CHECK(at::equal(input.grad(), expected_gradient));
      for (std::int64_t i = 0; i < used_views.size(); ++i) {
        CATCH_CHECK(at::equal(used_views[i].grad(), fresh_views[i].grad()));
      }
    }
  }
}
