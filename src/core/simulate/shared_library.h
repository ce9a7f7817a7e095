#pragma once

#include <string>

namespace amortflow {

/// A shared object, open as long as this lives.
class SharedLibrary final {
 public:
  /// Throws SimulatorError.
  explicit SharedLibrary(const std::string& path);
  ~SharedLibrary();
  SharedLibrary(const SharedLibrary&) = delete;
  SharedLibrary& operator=(const SharedLibrary&) = delete;

  /// nullptr where there is no such symbol.
  [[nodiscard]] const void* symbol(const char* name) const;

 private:
  void* handle_ = nullptr;
};

}  // namespace amortflow
