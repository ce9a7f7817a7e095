#include "nets/grouped_rows.h"

#include <algorithm>

#include "base/errors.h"
#include "kernels/dispatch.h"
#include "nets/group_index.h"
#include "nets/layer_run.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kRows };
enum IndexSlot : std::size_t { kOrder };
enum Child : std::size_t { kInner, kOuter };  // their output_segments are free: groups and data sets

}  // namespace

GroupedRows::GroupedRows(std::int64_t width, std::int64_t group_column, Network inner, Network outer)
    : width_(width), group_column_(group_column), inner_(std::move(inner)), outer_(std::move(outer)) {
  if (group_column < 0 || group_column >= width || width < 2) {
    throw ConfigError("rows of groups must have a column for the group, and at least one more");
  }
  if (inner_.empty() || outer_.empty()) throw ConfigError("each level must have a network that makes one row of many");
}

void GroupedRows::declare(ParameterLayout& layout, const std::string& prefix) {
  inner_.declare(layout, prefix + ".inner");
  outer_.declare(layout, prefix + ".outer");
}

void GroupedRows::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  const Panel& in = scratch.input;
  Scratch& inner = scratch.child(kInner);
  Scratch& outer = scratch.child(kOuter);
  std::vector<std::int64_t>& order = scratch.indices(kOrder);
  GroupIndex{order, inner.output_segments, outer.output_segments}.assign(
      *scratch.segments,
      [&](std::int64_t row) { return static_cast<double>(in.values[row * in.stride + group_column_]); },
      [&](std::int64_t i) { return scratch.segments->length(i); });
  const Panel rows = scratch.panel(kRows, in.rows, width_ - 1);
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    const float* const from = in.values + order[static_cast<std::size_t>(i)] * in.stride;
    float* const to = rows.values + i * rows.stride;
    std::copy_n(from, group_column_, to);
    std::copy_n(from + group_column_ + 1, width_ - 1 - group_column_, to + group_column_);
  }
  const Panel groups = run_forward(inner_, 0, inner_.layers().size(), pass, rows, inner.output_segments, inner);
  if (groups.rows != inner.output_segments.count()) throw ConfigError("the inner network must make one row of a group");
  const Panel data_sets = run_forward(outer_, 0, outer_.layers().size(), pass, groups, outer.output_segments, outer);
  if (data_sets.rows != out.rows) throw ConfigError("the outer network must make one row of a data set");
  kernels().copy(data_sets.view(), out.view(), false);
}

void GroupedRows::backward(const Pass& pass,
                           const Panel& out_gradient,
                           const Panel& in_gradient,
                           Scratch& scratch) const {
  const bool wants_input = in_gradient.values != nullptr;
  const Panel of_groups =
      run_backward(outer_, 0, outer_.layers().size(), pass, out_gradient, true, scratch.child(kOuter));
  const Panel of_rows =
      run_backward(inner_, 0, inner_.layers().size(), pass, of_groups, wants_input, scratch.child(kInner));
  if (!wants_input) return;
  const std::vector<std::int64_t>& order = scratch.indices(kOrder);
  for (std::int64_t i = 0; i < of_rows.rows; ++i) {
    const float* const from = of_rows.values + i * of_rows.stride;
    float* const to = in_gradient.values + order[static_cast<std::size_t>(i)] * in_gradient.stride;
    std::copy_n(from, group_column_, to);
    to[group_column_] = 0;
    std::copy_n(from + group_column_, width_ - 1 - group_column_, to + group_column_ + 1);
  }
}

}  // namespace amortflow
