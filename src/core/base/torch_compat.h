#pragma once

// The one place that knows in which version of LibTorch something changed; nothing else in the core has a #if on
// TORCH_VERSION_*. Supported: 1.13 (Debian 12) to the newest 2.x. Only files that may include LibTorch include this.

#include <string>

#include <c10/util/Exception.h>
#include <torch/version.h>

#define AMORTFLOW_TORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

#if AMORTFLOW_TORCH_AT_LEAST(2, 3)
#include <optional>
#else
#include <c10/util/Optional.h>
#endif

#if !AMORTFLOW_TORCH_AT_LEAST(1, 13)
#error "amortflow needs LibTorch 1.13 or later"
#endif

namespace amortflow::torch_compat {

// What LibTorch's functions take where a value may be absent: before 2.3 a class of its own that does not convert from
// std::optional, from then on std::optional itself (and the old names will go).
#if AMORTFLOW_TORCH_AT_LEAST(2, 3)
using std::nullopt;
using std::optional;
#else
using c10::nullopt;
using c10::optional;
#endif

/// What an error of LibTorch says, without the stack trace that `what()` carries.
[[nodiscard]] inline std::string message(const c10::Error& error) { return error.what_without_backtrace(); }

#if AMORTFLOW_TORCH_AT_LEAST(2, 0)
namespace warning_library = c10::WarningUtils;
#else
namespace warning_library = c10::Warning;
#endif

/// While it lives, warnings of LibTorch on this thread go nowhere. They are written for its developers, on stderr:
/// among others, that a gradient's rows are padded, which is what we want.
class SilentWarnings final {
 public:
  SilentWarnings() : guard_(&handler_) {}

 private:
  class Handler final : public c10::WarningHandler {
   public:
#if AMORTFLOW_TORCH_AT_LEAST(2, 0)
    void process(const c10::Warning&) override {}
#else
    void process(const c10::SourceLocation&, const std::string&, const bool) override {}
#endif
  };
  Handler handler_;
  warning_library::WarningHandlerGuard guard_;
};

}  // namespace amortflow::torch_compat
