#pragma once

#include "nets/network.h"

namespace amortflow {

/// Nested data: rows of a data set that have the same number in `group_column` belong together. The other columns of
/// each group go through `inner`, which makes one row of it; those rows, one for each group, go through `outer`, which
/// makes one row of each data set. Rows of a group keep their order, groups are ordered by their numbers, which have no
/// other part in what comes out.
class GroupedRows final : public Layer {
 public:
  /// `width`: columns of the input, of which `group_column` is one. Throws ConfigError if a network is empty.
  GroupedRows(std::int64_t width, std::int64_t group_column, Network inner, Network outer);

  [[nodiscard]] std::string name() const override { return "grouped_rows"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return outer_.layers().back()->output_width(); }
  [[nodiscard]] const Segments& output_segments(const Segments& input, Segments& own) const override {
    own.assign_uniform(input.count(), 1);
    return own;
  }
  /// Reads the numbers of groups on the host, so that a step on another device waits for them.
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  std::int64_t width_;
  std::int64_t group_column_;
  Network inner_;
  Network outer_;
};

}  // namespace amortflow
