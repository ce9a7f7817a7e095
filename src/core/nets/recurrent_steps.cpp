#include "nets/recurrent_steps.h"

#include <algorithm>
#include <numeric>

#include "kernels/dispatch.h"

namespace amortflow {

namespace {

enum IndexSlot : std::size_t { kOrder, kStarts };

}  // namespace

void zero_rows(const Panel& panel) { std::fill_n(panel.values, panel.rows * panel.stride, 0.0F); }

RecurrentSteps::RecurrentSteps(const Segments& of, Scratch& scratch)
    : segments_(of), order_(scratch.indices(kOrder)), starts_(scratch.indices(kStarts)) {}

void RecurrentSteps::plan() {
  std::int64_t alive = segments_.count();
  order_.resize(static_cast<std::size_t>(alive));
  std::iota(order_.begin(), order_.end(), 0);
  if (segments_.common_length() < 0) {
    std::sort(order_.begin(), order_.end(), [&](std::int64_t a, std::int64_t b) {
      return segments_.length(a) != segments_.length(b) ? segments_.length(a) > segments_.length(b) : a < b;
    });
  }
  starts_.assign(1, 0);
  for (std::int64_t step = 0;; ++step) {
    while (alive > 0 && segments_.length(data_set(alive - 1)) <= step) --alive;
    if (alive == 0) return;
    starts_.push_back(starts_.back() + alive);
  }
}

void RecurrentSteps::gather(bool backwards, const Panel& input, const Panel& in_order) const {
  visit_rows(backwards, [&](std::int64_t to, std::int64_t from) {
    std::copy_n(input.values + from * input.stride, input.cols, in_order.values + to * in_order.stride);
  });
}

void RecurrentSteps::scatter(bool backwards, const Panel& in_order, const Panel& out, bool accumulate) const {
  visit_rows(backwards, [&](std::int64_t from, std::int64_t to) {
    kernels().copy(rows_of(in_order, from, from + 1).view(), rows_of(out, to, to + 1).view(), accumulate);
  });
}

void RecurrentSteps::to_data_sets(const Panel& by_length, const Panel& out, std::int64_t column) const {
  for (std::int64_t row = 0; row < by_length.rows; ++row) {
    const std::int64_t to = data_set(row);
    kernels().copy(rows_of(by_length, row, row + 1).view(), rows_of(out, to, to + 1).columns(column, by_length.cols),
                   false);
  }
}

void RecurrentSteps::from_data_sets(const Panel& rows, std::int64_t column, const Panel& by_length) const {
  for (std::int64_t row = 0; row < by_length.rows; ++row) {
    const std::int64_t from = data_set(row);
    kernels().copy(rows_of(rows, from, from + 1).columns(column, by_length.cols),
                   rows_of(by_length, row, row + 1).view(), false);
  }
}

}  // namespace amortflow
