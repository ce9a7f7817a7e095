#pragma once

#include <utility>
#include <vector>

#include "nets/network.h"

namespace amortflow {

/// Several networks read the same rows, and each makes one row of every data set: these go side by side.
class Branches final : public Layer {
 public:
  explicit Branches(std::vector<Network> networks) : networks_(std::move(networks)) {}

  [[nodiscard]] std::string name() const override { return "branches"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override;
  [[nodiscard]] const Segments& output_segments(const Segments& input, Segments& own) const override {
    own.assign_uniform(input.count(), 1);
    return own;
  }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  std::vector<Network> networks_;  // none is empty
};

}  // namespace amortflow
