#include <numeric>

#include "nets/summary_network_properties.h"

using namespace amortflow;
using namespace amortflow::test;

namespace {

Spec set_of(std::int64_t width) {
  return Spec::List{{"kind", "deep_set"}, {"summary_dim", 4},     {"width", width},        {"depth", 1},
                    {"equivariant", 1},   {"activation", "silu"}, {"log_size_center", 1.0}};
}

Spec series_of(std::int64_t width) {
  return Spec::List{{"kind", "time_series"}, {"summary_dim", 5},      {"filters", width},    {"kernel_size", 3},
                    {"recurrent_dim", 6},    {"bidirectional", true}, {"activation", "silu"}};
}

SummaryCase hierarchical(const std::string& name, const std::vector<Spec>& levels, const std::vector<double>& columns) {
  Spec::List networks;
  for (const Spec& level : levels) networks.push_back({"", level});
  SummaryCase row{name, Spec::List{{"kind", "hierarchical"}, {"levels", networks}, {"group_columns", columns}}};
  row.width = static_cast<std::int64_t>(columns.size()) + 2;
  return row;
}

SummaryCase sets_of_sets() { return hierarchical("sets of sets", {set_of(7), set_of(17)}, {2}); }
SummaryCase sets_of_series() { return hierarchical("sets of series", {series_of(5), set_of(9)}, {1}); }
SummaryCase three_levels() { return hierarchical("three levels", {set_of(5), set_of(6), set_of(7)}, {4, 2}); }

/// Rows in groups of several: whole numbers 0, 1, 2 in the group columns.
LayerState grouped_data(const SummaryCase& row, const Segments& segments, std::initializer_list<std::int64_t> columns) {
  LayerState data = normal_data(row, segments);
  std::int64_t step = 2;
  for (const std::int64_t column : columns) {
    for (std::int64_t i = 0; i < segments.rows(); ++i) {
      data.values[i][column] = static_cast<float>((i * step + i / 4) % 3);
    }
    ++step;
  }
  return data;
}

/// Rows of one data set in the order of `order`.
LayerState reordered(const LayerState& data, const std::vector<std::int64_t>& order) {
  return data_state(data.values.index_select(0, at::tensor(order, at::kLong)), data.segments);
}

void check_close(const at::Tensor& a, const at::Tensor& b) { CATCH_CHECK(relative_difference(a, b) < 2e-6); }

}  // namespace

CATCH_TEST_CASE("networks of nested data show what every summary network must") {
  for (const SummaryCase& row : {sets_of_sets(), three_levels()}) check_summary_network(row);
  // Normal numbers as groups: each row is its own, which leaves a network of series nothing to remember.
  const SummaryCase row = sets_of_series();
  check_fused_against_reference(row);
  check_reference_against_differences(row);
  check_batch_invariance(row);
  check_padding_invariance(row);
  check_order(row);
  check_finite_on_extreme_input(row);
  check_save_and_load(row);
  check_unknown_keys(row);
}

CATCH_TEST_CASE("groups of several rows: fast forms agree with reference() in value and every gradient") {
  const Segments segments = Segments::of_lengths({9, 1, 14, 6});
  const std::vector<std::pair<SummaryCase, LayerState>> data{
      {sets_of_sets(), grouped_data(sets_of_sets(), segments, {1})},
      {sets_of_series(), grouped_data(sets_of_series(), segments, {0})},
      {three_levels(), grouped_data(three_levels(), segments, {3, 1})}};
  for (const auto& [row, state] : data) {
    CATCH_INFO(row.name);
    const SummaryOutcome fast = run_summary(row, state, true);
    const SummaryOutcome slow = run_summary(row, state, false);
    CATCH_CHECK(relative_difference(fast.summaries, slow.summaries) < 1e-5);
    CATCH_CHECK(relative_difference(fast.data_gradient, slow.data_gradient) < 2e-5);
    for (std::size_t i = 0; i < slow.gradients.size(); ++i) {
      CATCH_CHECK(relative_difference(fast.gradients[i], slow.gradients[i]) < 2e-5);
      CATCH_CHECK(fast.gradients[i].abs().max().item<double>() > 1e-8);
    }
    const SummaryOutcome padded = run_summary(row, padded_state(state, 15), false);
    CATCH_CHECK(relative_difference(padded.summaries, slow.summaries) < 2e-6);
  }
}

CATCH_TEST_CASE(
    "nested sets see neither the order of rows in a group nor that of groups, but which group a row is in") {
  const SummaryCase row = sets_of_sets();
  const LayerState data = grouped_data(row, Segments::uniform(1, 12), {1});
  const at::Tensor expected = summarise(row, data, true);
  std::vector<std::int64_t> order(12);
  std::iota(order.rbegin(), order.rend(), 0);
  for (const bool fast : {true, false}) {
    check_close(summarise(row, reordered(data, order), fast), expected);
    LayerState renamed = data_state(data.values.clone(), data.segments);
    renamed.values.select(1, 1).mul_(-3.5).add_(100);  // the same groups under other numbers, in another order
    check_close(summarise(row, renamed, fast), expected);
    LayerState moved = data_state(data.values.clone(), data.segments);
    moved.values[0][1] = 1 - moved.values[0][1].item<float>();
    CATCH_CHECK(relative_difference(summarise(row, moved, fast), expected) > 1e-3);
  }
}

CATCH_TEST_CASE("a network for series in a group sees the order of its rows, wherever they stand in the data set") {
  const SummaryCase row = sets_of_series();
  LayerState data = normal_data(row, Segments::uniform(1, 6));
  for (std::int64_t i = 0; i < 6; ++i) data.values[i][0] = static_cast<float>(i / 3);
  const at::Tensor expected = summarise(row, data, true);
  check_close(summarise(row, reordered(data, {3, 0, 4, 1, 5, 2}), true), expected);
  CATCH_CHECK(relative_difference(summarise(row, reordered(data, {2, 1, 0, 3, 4, 5}), true), expected) > 1e-3);
}

CATCH_TEST_CASE("specs of nested data reject what does not fit together") {
  const auto refused = [](const SummaryCase& row) {
    CATCH_CHECK_THROWS_AS(make_summary_network(row.spec, row.width), ConfigError);
  };
  refused(hierarchical("no groups", {set_of(5), set_of(6)}, {}));
  refused(hierarchical("one level", {set_of(5)}, {}));
  refused(hierarchical("column beyond the data", {set_of(5), set_of(6)}, {4}));
  refused(hierarchical("no whole column", {set_of(5), set_of(6)}, {1.5}));
  refused(hierarchical("one column twice", {set_of(5), set_of(6), set_of(7)}, {2, 2}));
  refused(hierarchical("no network", {Spec(Spec::List{{"kind", "identity"}}), set_of(6)}, {1}));
}
