#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nets/layer.h"

namespace amortflow {

/// A list of layers, applied in order. Written once, run in two ways: by `reference()` here, or in
/// the fast forms by nets/layer_run.h.
class Network final {
 public:
  void add(std::unique_ptr<Layer> layer) { layers_.push_back(std::move(layer)); }
  /// Adds the parameters of all layers as "<prefix>.<layer name>_<position>.<parameter>".
  void declare(ParameterLayout& layout, const std::string& prefix);

  /// Defined in references.cpp, like those of the layers.
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const;

  [[nodiscard]] const std::vector<std::unique_ptr<Layer>>& layers() const { return layers_; }
  [[nodiscard]] bool empty() const { return layers_.empty(); }
  /// Columns that come out when `input_width` go in.
  [[nodiscard]] std::int64_t output_width(std::int64_t input_width) const {
    return layers_.empty() ? input_width : layers_.back()->output_width();
  }

 private:
  std::vector<std::unique_ptr<Layer>> layers_;
};

}  // namespace amortflow
