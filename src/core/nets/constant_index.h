#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace at {
class Tensor;
}

namespace amortflow {

/// Fixed whole numbers as an index tensor on whatever device asks for them: copied there once, because a copy in every
/// step would make the host wait and could not be captured as a graph. May be asked by several threads.
class ConstantIndex final {
 public:
  explicit ConstantIndex(const std::vector<std::int64_t>& values);
  ~ConstantIndex();
  ConstantIndex(const ConstantIndex&) = delete;
  ConstantIndex& operator=(const ConstantIndex&) = delete;

  /// On the device of `like`; stays good as long as this object.
  [[nodiscard]] const at::Tensor& beside(const at::Tensor& like) const;

 private:
  struct Copies;
  std::unique_ptr<Copies> copies_;
};

}  // namespace amortflow
