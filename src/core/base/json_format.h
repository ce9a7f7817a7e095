#pragma once

#include <string>

/// What the writer and the reader of JSON agree on.
namespace amortflow::json_format {

constexpr int kMaxDepth = 64;
constexpr const char* kNumber = "number";
constexpr const char* kText = "text";
constexpr const char* kList = "list";
constexpr const char* kNamed = "named";

[[nodiscard]] inline bool is_reserved(const std::string& key) {
  return key == kNumber || key == kText || key == kList || key == kNamed;
}

}  // namespace amortflow::json_format
