#pragma once

#include <string>

namespace amortflow {

/// Cores that this process may use (its affinity mask where there is one), at least 1.
[[nodiscard]] int usable_cores();

/// Path of the loaded shared library that holds `address` (of a function or a variable); "" if none is known.
[[nodiscard]] std::string library_of_address(const void* address);

/// Path of the library from which the loaded library at `library` takes `symbol`: itself or one it depends on, in the
/// loader's order. "" if it is not loaded or none has the symbol.
[[nodiscard]] std::string library_of_symbol(const std::string& library, const char* symbol);

}  // namespace amortflow
