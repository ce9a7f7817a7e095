#pragma once

#include <vector>

#include "nets/layer.h"

namespace amortflow {

/// Rows [begin, end) of a panel.
[[nodiscard]] inline Panel rows_of(const Panel& panel, std::int64_t begin, std::int64_t end) {
  return {panel.values + begin * panel.stride, end - begin, panel.cols, panel.stride};
}

void zero_rows(const Panel& panel);

/// Which data sets of a recurrent layer run at which step: side by side, the longest first, so that those still running
/// are the first rows of every step. Rows "in the order of steps" are those of the first step, then those of the
/// second,
/// ... Nothing is allocated once the scratch has seen a batch as large.
class RecurrentSteps final {
 public:
  /// Reads the plan that is kept in index slots 0 and 1 of `scratch`.
  RecurrentSteps(const Segments& of, Scratch& scratch);

  void plan();
  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(starts_.size()) - 1; }
  /// First row of a step in the order of steps.
  [[nodiscard]] std::int64_t begin(std::int64_t step) const { return starts_[static_cast<std::size_t>(step)]; }
  [[nodiscard]] std::int64_t running(std::int64_t step) const {
    return step < count() ? begin(step + 1) - begin(step) : 0;
  }
  [[nodiscard]] Panel rows(const Panel& panel, std::int64_t step) const {
    return rows_of(panel, begin(step), begin(step + 1));
  }
  /// The data set at place `row`, the longest first.
  [[nodiscard]] std::int64_t data_set(std::int64_t row) const { return order_[static_cast<std::size_t>(row)]; }
  [[nodiscard]] std::int64_t data_sets() const { return segments_.count(); }

  /// visit(row in the order of steps, row of the layer's input) for a direction.
  template <class Visit>
  void visit_rows(bool backwards, const Visit& visit) const {
    for (std::int64_t step = 0; step < count(); ++step) {
      for (std::int64_t k = 0; k < running(step); ++k) {
        const std::int64_t position = backwards ? segments_.length(data_set(k)) - 1 - step : step;
        visit(begin(step) + k, segments_.offsets[static_cast<std::size_t>(data_set(k))] + position);
      }
    }
  }

  /// Rows of `input` in the order of steps.
  void gather(bool backwards, const Panel& input, const Panel& in_order) const;
  /// Adds (or writes) them back to where they came from.
  void scatter(bool backwards, const Panel& in_order, const Panel& out, bool accumulate) const;
  /// Between rows by length and columns [column, ...) of rows by data set.
  void to_data_sets(const Panel& by_length, const Panel& out, std::int64_t column) const;
  void from_data_sets(const Panel& rows, std::int64_t column, const Panel& by_length) const;

 private:
  const Segments& segments_;
  std::vector<std::int64_t>& order_;   // data sets, the longest first
  std::vector<std::int64_t>& starts_;  // of each step, and the number of rows
};

}  // namespace amortflow
