#pragma once

#include "base/errors.h"

namespace amortflow {

/// Simulations on disk that are missing, damaged, or not those that are asked for.
class StoreError final : public Error {
 public:
  using Error::Error;
  [[nodiscard]] const char* topic() const noexcept override { return "store"; }
};

}  // namespace amortflow
