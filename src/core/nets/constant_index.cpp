#include "nets/constant_index.h"

#include <list>
#include <mutex>

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

namespace amortflow {

struct ConstantIndex::Copies {
  std::mutex mutex;
  std::list<at::Tensor> all;  // one for each device, the host's first; references stay good when it grows
};

ConstantIndex::ConstantIndex(const std::vector<std::int64_t>& values) : copies_(std::make_unique<Copies>()) {
  copies_->all.push_back(at::tensor(values, at::kLong));
}

ConstantIndex::~ConstantIndex() = default;

const at::Tensor& ConstantIndex::beside(const at::Tensor& like) const {
  const std::lock_guard<std::mutex> lock(copies_->mutex);
  for (const at::Tensor& copy : copies_->all) {
    if (copy.device() == like.device()) return copy;
  }
  copies_->all.push_back(copies_->all.front().to(like.device()));
  return copies_->all.back();
}

}  // namespace amortflow
