#pragma once

#include <utility>

#include "nets/network.h"

namespace amortflow {

/// shortcut(x) + branch(x), both networks of any layers (He et al. 2016); an empty shortcut is x itself. With
/// layer norm as the first layer of the branch it is a pre-norm block (Xiong et al. 2020). Both must give
/// the same rows and columns. Not more than one layer of the branch may change the segments.
class Residual final : public Layer {
 public:
  Residual(Network branch, Network shortcut) : branch_(std::move(branch)), shortcut_(std::move(shortcut)) {}

  [[nodiscard]] std::string name() const override { return "residual"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return branch_.layers().back()->output_width(); }
  [[nodiscard]] const Segments& output_segments(const Segments& input, Segments& own) const override;
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  Network branch_;
  Network shortcut_;
};

}  // namespace amortflow
