#pragma once

#include <vector>

#include "nets/constant_index.h"
#include "nets/dense.h"

namespace amortflow {

/// A dense layer of a masked autoencoder (MADE; Germain, Gregor, Murray and Larochelle 2015): every input and every
/// output has a degree, and an output sees the inputs of its own degree and below, and the whole condition. With inputs
/// x_1, ..., x_d of degrees 1 to d, hidden units of degrees 0 to d - 1 and outputs for variable j of degree j - 1,
/// these depend on the variables before j alone; units of degree 0 carry the condition.
///
/// Masked weights are zero and stay so (ParameterLayout::fix_zeros), so that a masked layer costs what a dense one
/// does.
class MaskedDense final : public Layer {
 public:
  /// `input_degrees` must not decrease.
  MaskedDense(const DenseOptions& options,
              const std::vector<std::int64_t>& input_degrees,
              const std::vector<std::int64_t>& output_degrees);

  [[nodiscard]] std::string name() const override { return "masked_dense"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return dense_.output_width(); }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

  /// Draws find the variables one by one, so they take the outputs by degree. First, what the condition gives to all:
  /// kept in `scratch`.
  void start_by_degree(const Pass& pass, std::int64_t rows, Scratch& scratch) const;
  /// Then, when the inputs of `degree` and below are known, the outputs of this degree; outputs of higher degrees
  /// beside them are overwritten, those below stay.
  void forward_degree(const Pass& pass, std::int64_t degree, const Panel& in, const Panel& out, Scratch& scratch) const;

 private:
  /// Whole vectors of columns that hold all outputs of a degree.
  struct Columns {
    std::int64_t begin = 0;
    std::int64_t end = 0;
  };
  [[nodiscard]] static std::vector<std::vector<Columns>> columns_by_degree(const std::vector<std::int64_t>& degrees);

  Dense dense_;
  std::vector<FixedZeros> zeros_;
  std::vector<std::int64_t> inputs_up_to_;        // by degree: how many inputs are of that degree or below
  std::vector<std::vector<Columns>> columns_of_;  // by degree
  ConstantIndex row_degrees_;                     // of the weights, with those of the condition
  ConstantIndex column_degrees_;
};

}  // namespace amortflow
