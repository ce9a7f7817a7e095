#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace at {
class Tensor;
}

namespace amortflow {

/// Fixed whole numbers as an index tensor on whatever device asks for them: copied there once, because a copy in every
/// step would make the host wait and could not be captured as a graph. May be asked by several threads.
class ConstantIndex final {
 public:
  explicit ConstantIndex(std::vector<std::int64_t> values) : values_(std::move(values)) {}
  ConstantIndex(const ConstantIndex&) = delete;
  ConstantIndex& operator=(const ConstantIndex&) = delete;

  /// On the device of `like`; stays good as long as this object.
  [[nodiscard]] const at::Tensor& beside(const at::Tensor& like) const;

 private:
  struct Copies;

  std::vector<std::int64_t> values_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<Copies> copies_;  // shared, so that only `beside` needs LibTorch
};

}  // namespace amortflow
