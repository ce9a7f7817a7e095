#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/batch.h"
#include "base/parameter_store.h"
#include "kernels/kernels.h"

namespace amortflow {

struct LayerState;     // nets/layer_state.h: what `reference()` passes on, in LibTorch's tensors
class ParameterViews;  // nets/parameter_views.h

/// Float rows of a fast form; `stride` is a multiple of 16 floats and the padding is zero (see kernels/kernels.h).
struct Panel {
  float* values = nullptr;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t stride = 0;

  [[nodiscard]] Rows view() const { return {values, rows, cols, stride}; }
  /// Columns [begin, begin + width) only.
  [[nodiscard]] Rows columns(std::int64_t begin, std::int64_t width) const {
    return {values + begin, rows, width, stride};
  }
};

/// What one layer keeps for one shard from forward to backward. Buffers grow when needed and never shrink, so that
/// nothing is allocated in the steady state.
class Scratch final {
 public:
  Panel input;                         ///< set by whoever runs the layer
  const Segments* segments = nullptr;  ///< of the input, likewise; must live until the way back is done
  Segments output_segments;            ///< where a layer that changes segments keeps those of its output

  /// A panel of rows x cols (padded). Its contents are kept until the next call with the same slot; its padding is zero
  /// as long as a slot always has the same number of columns.
  [[nodiscard]] Panel panel(std::size_t slot, std::int64_t rows, std::int64_t cols);
  /// Whole numbers that a layer works out from `segments`.
  [[nodiscard]] std::vector<std::int64_t>& indices(std::size_t slot);
  /// Of a layer's own layers.
  [[nodiscard]] Scratch& child(std::size_t i);

 private:
  std::vector<AlignedBuffer> buffers_;
  std::deque<std::vector<std::int64_t>> indices_;  // references stay good when it grows
  std::vector<std::unique_ptr<Scratch>> children_;
};

/// What fast forms see of the shard they work for.
struct Pass {
  const ParameterStore* parameters = nullptr;
  float* gradient = nullptr;  ///< the shard's gradient buffer; gradients are added
  /// Without a gradient buffer: a way back to the input follows all the same. Dense layers and what is made of them
  /// know it.
  bool keeps = false;
  Panel condition;
  Panel noise;                        ///< random numbers of each row that a loss needs
  Panel condition_gradient;           ///< added to; null where nobody asks for it
  float* log_det = nullptr;           ///< [rows], added to
  float* log_det_gradient = nullptr;  ///< [rows]: the loss's derivative by the log_det so far

  /// Whether forward must keep what a way back needs.
  [[nodiscard]] bool goes_back() const { return gradient != nullptr || keeps; }
  [[nodiscard]] ConstRows weight(std::int64_t entry) const;
  /// The transpose of a weight matrix, through which gradients flow back.
  [[nodiscard]] ConstRows mirror(std::int64_t entry) const;
  [[nodiscard]] Rows weight_gradient(std::int64_t entry) const;
};

/// One step of a network, written twice: `reference()` in LibTorch operations (in references.cpp) is the definition,
/// the truth for gradients and the form for other devices and precisions; `forward()`/`backward()` is the fast form on
/// float rows, which needs no LibTorch.
class Layer {
 public:
  virtual ~Layer() = default;

  [[nodiscard]] virtual std::string name() const = 0;
  /// Adds the layer's parameters under `prefix` and remembers their entries.
  virtual void declare(ParameterLayout& layout, const std::string& prefix) = 0;
  [[nodiscard]] virtual std::int64_t output_width() const = 0;

  [[nodiscard]] virtual LayerState reference(LayerState state, const ParameterViews& parameters) const = 0;

  [[nodiscard]] virtual bool has_fast_form() const { return false; }
  /// Segments of the output: those of the input, or `own` after it has been filled.
  [[nodiscard]] virtual const Segments& output_segments(const Segments& input, Segments& own) const {
    (void)own;
    return input;
  }
  /// Writes the output for `scratch.input` into `out`, which has the right size; keeps what backward needs.
  virtual void forward(const Pass& pass, const Panel& out, Scratch& scratch) const;
  /// Adds parameter gradients; writes the input's gradient into `in_gradient` unless its values are null. May overwrite
  /// `out_gradient`.
  virtual void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const;
};

/// Layers whose inverse is known in closed form, for flows: forward maps parameters to the base space.
class InvertibleLayer : public Layer {
 public:
  /// Undoes `reference()`; subtracts nothing from `log_det`, which sampling does not need.
  [[nodiscard]] virtual LayerState inverse(LayerState state, const ParameterViews& parameters) const = 0;
  /// The fast form of `inverse`, for layers that have one: writes the input that gives `out` into `in`.
  virtual void invert(const Pass& pass, const Panel& out, const Panel& in, Scratch& scratch) const;
};

}  // namespace amortflow
