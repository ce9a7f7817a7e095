#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "base/run_context.h"

namespace amortflow {

/// The thread that serves the host. R may be entered by its own thread only, so the thread that came in through
/// `.Call` does nothing but run requests of the working threads, hand on progress and poll for interrupts every
/// 100 ms, while a thread of this object does the work.
class HostService final {
 public:
  explicit HostService(RunContext context);
  HostService(const HostService&) = delete;
  HostService& operator=(const HostService&) = delete;

  /// On the host's thread: runs `work` on a new thread and serves it until it has ended. An exception of `work`,
  /// or of a request, is rethrown here after the working thread has been joined; a request's comes first.
  /// The working thread blocks asynchronous signals and flushes denormals. Requests still queued when the work ends
  /// are dropped. One run at a time.
  void run(const std::function<void()>& work);

  /// On a working thread: runs `request` on the host's thread and waits for it. Throws Cancelled if the request
  /// threw or the run was cancelled before its turn came. On the host's thread (inside a request) it runs at once.
  void call(const std::function<void()>& request);

  /// Queues `request` without waiting; requests run in the order they were queued. `wait_idle` waits for all of them
  /// and throws Cancelled if the run was cancelled. A request must own what it uses, or be waited for.
  void post(std::function<void()> request);
  void wait_idle();

  /// On a working thread: true once the user interrupted or a request failed. Working loops look at it often.
  [[nodiscard]] bool cancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }
  /// The flag itself, for code that knows no HostService (compiled simulators).
  [[nodiscard]] const std::atomic<bool>& cancel_flag() const noexcept { return cancelled_; }
  /// True if the cause was the user's interrupt, not a failed request.
  [[nodiscard]] bool interrupted() const noexcept { return interrupted_.load(std::memory_order_relaxed); }
  /// Any thread: asks the work to stop as an interrupt would (used by hosts whose interrupt arrives inside a request).
  void interrupt() noexcept;

  /// On a working thread: leaves the newest progress for the host to show.
  void report(const Progress& progress);

 private:
  enum class Outcome { kWaiting, kDone, kDropped };
  struct Request {
    std::function<void()> action;
    Outcome* outcome = nullptr;  // of a caller that waits; guarded by mutex_
  };
  using Lock = std::unique_lock<std::mutex>;
  using Clock = std::chrono::steady_clock;

  void start();
  void work_on(const std::function<void()>& work);
  void serve();
  void run_next(Lock& lock);
  void poll(Lock& lock);
  void on_host(Lock& lock, const std::function<void()>& action);
  void drop_queue();
  void finish();

  RunContext context_;
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> interrupted_{false};
  std::mutex mutex_;                  // guards all below
  std::condition_variable for_host_;  // a request, the end of the work, a cancellation
  std::condition_variable for_work_;  // a request was finished or dropped
  std::deque<Request> requests_;
  bool serving_ = false;
  bool request_running_ = false;
  bool work_ended_ = false;
  bool has_progress_ = false;
  Progress progress_;
  std::thread::id host_;
  std::exception_ptr request_error_;
  std::exception_ptr work_error_;
};

}  // namespace amortflow
