#include "nets/masked_dense.h"

#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "kernels/dispatch.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kOfCondition };  // of forward_degree's scratch
constexpr std::int64_t kVector = 16;       // floats that padded rows are made of

std::vector<std::int64_t> row_degrees(const std::vector<std::int64_t>& input_degrees, std::int64_t condition_width) {
  std::vector<std::int64_t> degrees = input_degrees;
  degrees.insert(degrees.end(), static_cast<std::size_t>(condition_width), 0);
  return degrees;
}

/// Runs of columns of a lower degree than their row's.
std::vector<FixedZeros> masked(const std::vector<std::int64_t>& rows, const std::vector<std::int64_t>& columns) {
  std::vector<FixedZeros> zeros;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    bool open = false;
    for (std::size_t j = 0; j < columns.size(); ++j) {
      const auto column = static_cast<std::int64_t>(j);
      const bool hidden = columns[j] < rows[i];
      if (hidden && open) zeros.back().end = column + 1;
      if (hidden && !open) zeros.push_back({static_cast<std::int64_t>(i), column, column + 1});
      open = hidden;
    }
  }
  return zeros;
}

/// For each degree up to that of the last output: how many inputs are not above it.
std::vector<std::int64_t> counts_up_to(const std::vector<std::int64_t>& degrees, std::int64_t highest) {
  std::vector<std::int64_t> counts;
  for (std::int64_t degree = 0; degree <= highest; ++degree) {
    counts.push_back(std::upper_bound(degrees.begin(), degrees.end(), degree) - degrees.begin());
  }
  return counts;
}

}  // namespace

std::vector<std::vector<MaskedDense::Columns>> MaskedDense::columns_by_degree(
    const std::vector<std::int64_t>& degrees) {
  std::vector<std::vector<Columns>> all(
      static_cast<std::size_t>(*std::max_element(degrees.begin(), degrees.end()) + 1));
  for (std::size_t j = 0; j < degrees.size(); ++j) {
    auto& columns = all[static_cast<std::size_t>(degrees[j])];
    const std::int64_t begin = static_cast<std::int64_t>(j) / kVector * kVector;
    if (!columns.empty() && columns.back().end >= begin) {
      columns.back().end = begin + kVector;
    } else {
      columns.push_back({begin, begin + kVector});
    }
  }
  return all;
}

MaskedDense::MaskedDense(const DenseOptions& options,
                         const std::vector<std::int64_t>& input_degrees,
                         const std::vector<std::int64_t>& output_degrees)
    : dense_(options),
      zeros_(masked(row_degrees(input_degrees, options.condition_width), output_degrees)),
      columns_of_(columns_by_degree(output_degrees)),
      row_degrees_(row_degrees(input_degrees, options.condition_width)),
      column_degrees_(output_degrees) {
  if (static_cast<std::int64_t>(input_degrees.size()) != options.input_width ||
      static_cast<std::int64_t>(output_degrees.size()) != options.output_width ||
      !std::is_sorted(input_degrees.begin(), input_degrees.end())) {
    throw ConfigError("a masked dense layer needs a degree for every input, in order, and for every output");
  }
  inputs_up_to_ = counts_up_to(input_degrees, static_cast<std::int64_t>(columns_of_.size()) - 1);
}

void MaskedDense::declare(ParameterLayout& layout, const std::string& prefix) {
  dense_.declare(layout, prefix);
  layout.fix_zeros(dense_.weight(), zeros_);
}

void MaskedDense::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  dense_.forward(pass, out, scratch);
}

void MaskedDense::backward(const Pass& pass,
                           const Panel& out_gradient,
                           const Panel& in_gradient,
                           Scratch& scratch) const {
  dense_.backward(pass, out_gradient, in_gradient, scratch);
  pass.parameters->layout()[dense_.weight()].write_zeros(pass.weight_gradient(dense_.weight()).data);
}

void MaskedDense::start_by_degree(const Pass& pass, std::int64_t rows, Scratch& scratch) const {
  const DenseOptions& options = dense_.options();
  if (options.condition_width == 0) return;
  ConstRows weight = pass.weight(dense_.weight());
  weight.data += options.input_width * weight.stride;
  weight.rows = options.condition_width;
  const Panel of_condition = scratch.panel(kOfCondition, rows, options.output_width);
  kernels().multiply(pass.condition.view(), weight, of_condition.view(), false);
}

void MaskedDense::forward_degree(const Pass& pass,
                                 std::int64_t degree,
                                 const Panel& in,
                                 const Panel& out,
                                 Scratch& scratch) const {
  const Kernels& k = kernels();
  const DenseOptions& options = dense_.options();
  const auto place = static_cast<std::size_t>(degree);
  if (place >= columns_of_.size()) return;
  const std::int64_t inputs = inputs_up_to_[place];
  for (const Columns& columns : columns_of_[place]) {
    const std::int64_t width = std::min(columns.end, out.cols) - columns.begin;
    const Rows part = out.columns(columns.begin, width);
    const bool has_condition = options.condition_width > 0;
    if (has_condition) {
      k.copy(scratch.panel(kOfCondition, out.rows, out.cols).columns(columns.begin, width), part, false);
    }
    const ConstRows weight = pass.weight(dense_.weight());
    if (inputs > 0 || !has_condition) {
      k.multiply(in.columns(0, inputs), {weight.data + columns.begin, inputs, width, weight.stride}, part,
                 has_condition);
    }
    k.activate(options.activation, part, pass.weight(dense_.bias()).data + columns.begin, part, Rows{});
    if (options.residual) k.copy(in.columns(columns.begin, width), part, true);
  }
}

}  // namespace amortflow
