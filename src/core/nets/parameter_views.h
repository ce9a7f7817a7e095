#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "base/parameter_store.h"

namespace amortflow {

/// The parameters of a store as LibTorch tensors that share its memory: [rows, cols] for every entry.
class ParameterViews final {
 public:
  /// Leaves without gradients, for sampling and densities.
  explicit ParameterViews(ParameterStore& store);
  /// Leaves whose `.grad` is preset to views of `gradient`, so that autograd adds into that buffer in place.
  ParameterViews(ParameterStore& store, AlignedBuffer& gradient);
  /// Into flat tensors of `layout.floats()` numbers on any device instead: leaves in `weights`, their `.grad` in
  /// `gradient`.
  ParameterViews(const ParameterLayout& layout, const at::Tensor& weights, const at::Tensor& gradient);

  /// Copies in double that require gradients: for tests of `reference()` against finite differences.
  [[nodiscard]] ParameterViews in_double() const;

  [[nodiscard]] const at::Tensor& operator[](std::int64_t entry) const {
    return tensors_[static_cast<std::size_t>(entry)];
  }
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(tensors_.size()); }
  /// A parameter of the store, by which a function of ours enters the autograd graph.
  [[nodiscard]] const at::Tensor& anchor() const { return tensors_.front(); }

 private:
  ParameterViews() = default;
  std::vector<at::Tensor> tensors_;
};

}  // namespace amortflow
