#include "base/working_thread.h"

#if !defined(_WIN32)
#include <pthread.h>
#include <signal.h>
#endif
#if defined(__SSE__) || defined(__x86_64__) || defined(_M_X64)
#include <xmmintrin.h>
#define AMORTFLOW_HAS_MXCSR 1
#endif

#include <utility>

namespace amortflow {

namespace {

#if defined(AMORTFLOW_HAS_MXCSR)
constexpr unsigned long long kFlush = 0x8040;  // MXCSR: results (bit 15) and inputs (bit 6)
unsigned long long float_control() noexcept { return _mm_getcsr(); }
void set_float_control(unsigned long long value) noexcept { _mm_setcsr(static_cast<unsigned int>(value)); }
#elif defined(__aarch64__)
constexpr unsigned long long kFlush = 1ULL << 24;  // FPCR.FZ
unsigned long long float_control() noexcept {
  unsigned long long value;
  __asm__ volatile("mrs %0, fpcr" : "=r"(value));
  return value;
}
void set_float_control(unsigned long long value) noexcept { __asm__ volatile("msr fpcr, %0" : : "r"(value)); }
#else
constexpr unsigned long long kFlush = 0;
unsigned long long float_control() noexcept { return 0; }
void set_float_control(unsigned long long) noexcept {}
#endif

#if defined(_WIN32)
class BlockedSignals final {};
#else
/// Blocks all signals but those that report an error of the running instruction; the former mask comes back at the end.
class BlockedSignals final {
 public:
  BlockedSignals() noexcept {
    const auto mask = asynchronous();
    pthread_sigmask(SIG_BLOCK, &mask, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

  static sigset_t asynchronous() noexcept {
    sigset_t mask;
    sigfillset(&mask);
    for (const int synchronous : {SIGSEGV, SIGFPE, SIGILL, SIGBUS, SIGABRT, SIGTRAP}) sigdelset(&mask, synchronous);
    return mask;
  }

 private:
  sigset_t before_;
};
#endif

}  // namespace

void prepare_working_thread() noexcept {
  set_float_control(float_control() | kFlush);
#if !defined(_WIN32)
  const auto mask = BlockedSignals::asynchronous();
  pthread_sigmask(SIG_BLOCK, &mask, nullptr);
#endif
}

std::thread start_working_thread(std::function<void()> body) {
  [[maybe_unused]] const BlockedSignals blocked;
  return std::thread([body = std::move(body)] {
    prepare_working_thread();
    body();
  });
}

FlushDenormalsScope::FlushDenormalsScope() noexcept : before_(float_control()) { set_float_control(before_ | kFlush); }

FlushDenormalsScope::~FlushDenormalsScope() { set_float_control(before_); }

}  // namespace amortflow
