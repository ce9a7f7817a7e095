#include "nets/parameter_views.h"

#include <ATen/ops/from_blob.h>

namespace amortflow {

namespace {

at::Tensor view_of(float* buffer, const ParameterEntry& entry) {
  return at::from_blob(buffer + entry.offset, {entry.rows, entry.cols}, {entry.stride, 1}, at::kFloat);
}

}  // namespace

ParameterViews::ParameterViews(ParameterStore& store) {
  for (const auto& entry : store.layout().entries()) tensors_.push_back(view_of(store.values().data(), entry));
}

ParameterViews::ParameterViews(ParameterStore& store, AlignedBuffer& gradient) : ParameterViews(store) {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    tensors_[i].requires_grad_(true);
    tensors_[i].mutable_grad() = view_of(gradient.data(), store.layout().entries()[i]);
  }
}

ParameterViews::ParameterViews(const ParameterLayout& layout, const at::Tensor& weights, const at::Tensor& gradient) {
  const auto view = [](const at::Tensor& buffer, const ParameterEntry& entry) {
    return buffer.as_strided({entry.rows, entry.cols}, {entry.stride, 1}, entry.offset).detach();
  };
  for (const auto& entry : layout.entries()) {
    tensors_.push_back(view(weights, entry).requires_grad_(true));
    tensors_.back().mutable_grad() = view(gradient, entry);
  }
}

ParameterViews ParameterViews::in_double() const {
  ParameterViews copies;
  for (const auto& tensor : tensors_) {
    copies.tensors_.push_back(tensor.detach().to(at::kDouble).contiguous().requires_grad_(true));
  }
  return copies;
}

}  // namespace amortflow
