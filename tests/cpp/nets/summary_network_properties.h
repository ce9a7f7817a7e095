#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "base/json.h"
#include "base/safetensors.h"
#include "base/torch_compat.h"
#include "nets/layer_state.h"
#include "nets/summary_network.h"
#include "nets/weight_mirrors.h"
#include "support/catch.h"
#include "support/networks.h"
#include "support/walk.h"

// What every summary network must show. A network enters with a row of the table in test_summary_properties.cpp, or by
// calling check_summary_network() in a test of its own.

namespace amortflow::test {

struct SummaryCase {
  std::string name;
  Spec spec;
  std::int64_t width = 3;      ///< variables of a row
  std::int64_t positions = 0;  ///< rows of every data set; 0 where they may differ
  bool ordered = false;        ///< whether the order of rows carries information
  bool smooth = true;          ///< no kinks, so that finite differences are good
};

/// A summary network and its parameters, off their start.
class SummaryUnderTest {
 public:
  explicit SummaryUnderTest(const SummaryCase& row, std::uint64_t seed = 3)
      : network(make_summary_network(row.spec, row.width)), store(declared()), gradient(store.layout().floats()) {
    store.initialize(seed);
    perturb(store, seed + 2, 0.05);
    refresh_mirrors(store);
  }

  Network network;
  ParameterStore store;
  AlignedBuffer gradient;

 private:
  ParameterLayout declared() {
    ParameterLayout layout;
    network.declare(layout, "summary");
    if (layout.entries().empty()) layout.add("anchor", 1, 1, {}, false);
    return layout;
  }
};

inline LayerState data_state(const at::Tensor& values, const Segments& segments) {
  LayerState state;
  state.values = values;
  state.segments = segments;
  return state;
}

/// Summaries and every gradient of a weighted sum of them, by the fast forms or by `reference()`.
struct SummaryOutcome {
  at::Tensor summaries;
  at::Tensor data_gradient;
  std::vector<at::Tensor> gradients;
};

inline SummaryOutcome run_summary(const SummaryCase& row, const LayerState& data, bool fast) {
  SummaryUnderTest summary(row);
  const ParameterViews views(summary.store, summary.gradient);
  NetworkWorkspace workspace(summary.store, &summary.gradient);
  LayerState state = data;
  state.values = data.values.detach().clone().requires_grad_(true);
  const at::Tensor input = state.values;
  const LayerState out =
      fast ? walk(summary.network, state, views, workspace) : summary.network.reference(state, views);
  const torch_compat::SilentWarnings silent;
  (out.values * normal_tensor(out.values.size(0), out.values.size(1), 13)).sum().backward();
  SummaryOutcome outcome{out.values.detach(), input.grad(), {}};
  for (std::int64_t i = 0; i < views.size(); ++i) outcome.gradients.push_back(views[i].grad().clone());
  return outcome;
}

/// Summaries alone.
inline at::Tensor summarise(const SummaryCase& row, const LayerState& data, bool fast) {
  SummaryUnderTest summary(row);
  const ParameterViews views(summary.store);
  const at::NoGradGuard no_gradient;
  NetworkWorkspace workspace(summary.store);
  return (fast ? walk(summary.network, data, views, workspace) : summary.network.reference(data, views)).values.clone();
}

/// Batches of data sets: of one length, of several, one data set of one row (where the network takes that).
inline std::vector<Segments> summary_batches(const SummaryCase& row) {
  if (row.positions > 0) return {Segments::uniform(5, row.positions), Segments::uniform(1, row.positions)};
  return {Segments::uniform(5, 4), Segments::of_lengths({3, 1, 8, 17, 2}), Segments::uniform(1, 1),
          Segments::uniform(1, 6)};
}

inline LayerState normal_data(const SummaryCase& row, const Segments& segments) {
  return data_state(normal_tensor(segments.rows(), row.width, 11), segments);
}

inline void check_fused_against_reference(const SummaryCase& row) {
  for (const auto& segments : summary_batches(row)) {
    CATCH_INFO(row.name << ", " << segments.count() << " data sets of " << segments.rows() << " rows");
    const SummaryOutcome fast = run_summary(row, normal_data(row, segments), true);
    const SummaryOutcome slow = run_summary(row, normal_data(row, segments), false);
    CATCH_CHECK(fast.summaries.size(0) == segments.count());
    CATCH_CHECK(relative_difference(fast.summaries, slow.summaries) < 1e-5);
    CATCH_CHECK(gradient_difference(fast.data_gradient, slow.data_gradient, slow.gradients) < 1e-5);
    for (std::size_t i = 0; i < slow.gradients.size(); ++i) {
      CATCH_INFO("parameter " << i);
      CATCH_CHECK(gradient_difference(fast.gradients[i], slow.gradients[i], slow.gradients) < 1e-5);
    }
  }
}

inline void check_gradient_reaches_every_parameter(const SummaryCase& row) {
  CATCH_INFO(row.name);
  const Segments segments =
      row.positions > 0 ? Segments::uniform(6, row.positions) : Segments::of_lengths({5, 9, 7, 6});
  for (const bool fast : {true, false}) {
    const SummaryOutcome outcome = run_summary(row, normal_data(row, segments), fast);
    SummaryUnderTest summary(row);
    for (std::size_t i = 0; i < outcome.gradients.size(); ++i) {
      const std::string& name = summary.store.layout().entries()[i].name;
      CATCH_INFO(name);
      if (name != "anchor") CATCH_CHECK(outcome.gradients[i].abs().max().item<double>() > 1e-8);
    }
  }
}

/// In double, along one random direction for each parameter and one for the data.
inline void check_reference_against_differences(const SummaryCase& row) {
  if (!row.smooth) return;
  constexpr double kStep = 1e-6;
  CATCH_INFO(row.name);
  SummaryUnderTest summary(row);
  const Segments segments = row.positions > 0 ? Segments::uniform(2, row.positions) : Segments::of_lengths({3, 5});
  LayerState state = normal_data(row, segments);
  state.values = state.values.to(at::kDouble).requires_grad_(true);
  const ParameterViews views = ParameterViews(summary.store).in_double();
  const at::Tensor weights = normal_tensor(2, summary.network.output_width(row.width), 13).to(at::kDouble);
  const auto loss = [&] { return (summary.network.reference(state, views).values * weights).sum(); };
  loss().backward();
  std::vector<at::Tensor> variables{state.values};
  for (std::int64_t i = 0; i < views.size(); ++i) {
    if (views[i].grad().defined()) variables.push_back(views[i]);
  }
  for (const at::Tensor& variable : variables) {
    const at::Tensor direction = normal_tensor(variable.size(0), variable.size(1), 17).to(at::kDouble);
    const double expected = (variable.grad() * direction).sum().item<double>();
    const at::NoGradGuard no_gradient;
    variable.add_(direction, kStep);
    const double up = loss().item<double>();
    variable.sub_(direction, 2 * kStep);
    const double down = loss().item<double>();
    variable.add_(direction, kStep);
    CATCH_CHECK(std::abs((up - down) / (2 * kStep) - expected) < 1e-5 * (1 + std::abs(expected)));
  }
}

/// In the fast form bit by bit.
inline void check_batch_invariance(const SummaryCase& row) {
  CATCH_INFO(row.name);
  const Segments segments =
      row.positions > 0 ? Segments::uniform(4, row.positions) : Segments::of_lengths({3, 6, 2, 19});
  const LayerState all = normal_data(row, segments);
  for (std::int64_t i = 0; i < segments.count(); ++i) {
    const std::int64_t first = segments.offsets[static_cast<std::size_t>(i)];
    const LayerState one = data_state(all.values.narrow(0, first, segments.length(i)).contiguous(),
                                      Segments::uniform(1, segments.length(i)));
    for (const bool fast : {true, false}) {
      const at::Tensor mine = summarise(row, all, fast).narrow(0, i, 1);
      const at::Tensor alone = summarise(row, one, fast);
      CATCH_CHECK(relative_difference(mine, alone) < 2e-6);
      if (fast) CATCH_CHECK(at::equal(mine, alone));
    }
  }
}

/// Ragged data padded to `length` rows each with numbers that must not matter.
inline LayerState padded_state(const LayerState& data, std::int64_t length) {
  const Segments& segments = data.segments;
  LayerState padded = data_state(normal_tensor(segments.count() * length, data.values.size(1), 29, 4.0),
                                 Segments::uniform(segments.count(), length));
  padded.lengths = at::empty({segments.count()}, at::kFloat);
  for (std::int64_t i = 0; i < segments.count(); ++i) {
    const std::int64_t rows = segments.length(i);
    padded.values.narrow(0, i * length, rows)
        .copy_(data.values.narrow(0, segments.offsets[static_cast<std::size_t>(i)], rows));
    padded.lengths[i] = static_cast<float>(rows);
  }
  return padded;
}

inline void check_padding_invariance(const SummaryCase& row) {
  if (row.positions > 0) return;  // such data are never padded
  CATCH_INFO(row.name);
  const Segments segments = Segments::of_lengths({3, 1, 8, 17, 2});
  const LayerState data = normal_data(row, segments);
  const SummaryOutcome expected = run_summary(row, data, false);
  for (const std::int64_t length : {std::int64_t{17}, std::int64_t{21}}) {
    const SummaryOutcome padded = run_summary(row, padded_state(data, length), false);
    CATCH_CHECK(relative_difference(padded.summaries, expected.summaries) < 2e-6);
    for (std::size_t i = 0; i < expected.gradients.size(); ++i) {
      CATCH_INFO("parameter " << i);
      CATCH_CHECK(gradient_difference(padded.gradients[i], expected.gradients[i], expected.gradients) < 1e-5);
    }
    for (std::int64_t i = 0; i < segments.count(); ++i) {
      const std::int64_t beyond = length - segments.length(i);
      const at::Tensor gradient = padded.data_gradient.narrow(0, i * length + segments.length(i), beyond);
      if (beyond > 0) CATCH_CHECK(gradient.abs().max().item<double>() == 0);
    }
  }
}

inline void check_order(const SummaryCase& row) {
  CATCH_INFO(row.name);
  const std::int64_t rows = row.positions > 0 ? row.positions : 7;
  if (rows == 1) return;
  const LayerState data = normal_data(row, Segments::uniform(1, rows));
  const LayerState turned = data_state(data.values.flip(0).contiguous(), data.segments);
  for (const bool fast : {true, false}) {
    const double difference = relative_difference(summarise(row, turned, fast), summarise(row, data, fast));
    if (row.ordered) {
      CATCH_CHECK(difference > 1e-3);
    } else {
      CATCH_CHECK(difference < 2e-6);
    }
  }
}

inline void check_finite_on_extreme_input(const SummaryCase& row) {
  for (const auto& segments : summary_batches(row)) {
    for (const double scale : {0.0, 1e-30, 1e6}) {
      CATCH_INFO(row.name << ", input of size " << scale);
      const LayerState data = data_state(normal_tensor(segments.rows(), row.width, 11, scale), segments);
      for (const bool fast : {true, false}) {
        const SummaryOutcome outcome = run_summary(row, data, fast);
        CATCH_CHECK(outcome.summaries.isfinite().all().item<bool>());
        CATCH_CHECK(outcome.data_gradient.isfinite().all().item<bool>());
        for (const auto& gradient : outcome.gradients) CATCH_CHECK(gradient.isfinite().all().item<bool>());
      }
    }
  }
}

inline void check_save_and_load(const SummaryCase& row) {
  CATCH_INFO(row.name);
  SummaryUnderTest kept(row, 3);
  SummaryCase read = row;
  read.spec = from_json(to_json(row.spec));
  SummaryUnderTest loaded(read, 5);
  const std::vector<std::uint8_t> bytes = to_safetensors(kept.store, {});
  (void)from_safetensors(bytes.data(), bytes.size(), loaded.store);
  const LayerState data = normal_data(row, summary_batches(row).front());
  const auto summaries = [&](SummaryUnderTest& summary) {
    const ParameterViews views(summary.store);
    const at::NoGradGuard no_gradient;
    NetworkWorkspace workspace(summary.store);
    return walk(summary.network, data, views, workspace).values.clone();
  };
  CATCH_CHECK(at::equal(summaries(loaded), summaries(kept)));
}

inline void check_unknown_keys(const SummaryCase& row) {
  CATCH_INFO(row.name);
  SummaryCase misspelt = row;
  misspelt.spec.set("widht", 3);
  CATCH_CHECK_THROWS_AS(make_summary_network(misspelt.spec, row.width), ConfigError);
}

/// All of it, for networks whose tests stand alone.
inline void check_summary_network(const SummaryCase& row) {
  check_fused_against_reference(row);
  check_gradient_reaches_every_parameter(row);
  check_reference_against_differences(row);
  check_batch_invariance(row);
  check_padding_invariance(row);
  check_order(row);
  check_finite_on_extreme_input(row);
  check_save_and_load(row);
  check_unknown_keys(row);
}

}  // namespace amortflow::test
