#pragma once

#include <functional>
#include <thread>

namespace amortflow {

/// For threads of ours, never R's own: flushes denormals to zero (Adam on denormal moments is 3.4 times slower) and
/// blocks asynchronous signals, whose handlers belong to R's thread.
void prepare_working_thread() noexcept;

/// Starts a thread that runs `body` as a working thread. Signals are blocked before it exists, so that none can reach
/// it in between. `body` must not throw.
[[nodiscard]] std::thread start_working_thread(std::function<void()> body);

/// Flushes denormals on the calling thread for as long as it lives, then puts back what was there. A borrowed thread
/// (R's own) that takes part in the work of a pool computes the same numbers as the others that way.
class FlushDenormalsScope final {
 public:
  FlushDenormalsScope() noexcept;
  ~FlushDenormalsScope();
  FlushDenormalsScope(const FlushDenormalsScope&) = delete;
  FlushDenormalsScope& operator=(const FlushDenormalsScope&) = delete;

 private:
  unsigned long long before_;
};

}  // namespace amortflow
