#pragma once

#include <cstdint>

namespace amortflow::test {

/// Times that memory was taken by `new`, by all threads of this program so far.
[[nodiscard]] std::int64_t allocations() noexcept;

}  // namespace amortflow::test
