#pragma once

#include <string>

#include "base/spec.h"

namespace amortflow {

/// JSON text of a spec: numbers with 17 significant digits, non-finite ones as the strings "Inf", "-Inf", "NaN" inside
/// {"number": ...}. Objects keep the order of their entries.
[[nodiscard]] std::string to_json(const Spec& spec);

/// Reads JSON (RFC 8259, depth at most 64). Throws FormatError with the position.
[[nodiscard]] Spec from_json(const std::string& text);

}  // namespace amortflow
