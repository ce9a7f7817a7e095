#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>

#include "base/run_context.h"

namespace amortflow {

/// The thread that serves the host. R may be entered by its own thread only, so the thread that came in through
/// `.Call` does nothing but run requests of the working threads, hand on progress and poll for interrupts every
/// 100 ms, while a thread of this object does the work.
class HostService final {
 public:
  explicit HostService(RunContext context);

  /// On the host's thread: runs `work` on a new thread and serves it until it has ended. An exception of `work`,
  /// or of a request, is rethrown here after the working thread has been joined; a request's comes first.
  /// The working thread blocks asynchronous signals and flushes denormals.
  void run(const std::function<void()>& work);

  /// On a working thread: runs `request` on the host's thread and waits for it. Throws Cancelled if the request
  /// threw or the run was cancelled before its turn came.
  void call(const std::function<void()>& request);

  /// Queues `request` without waiting; requests run in the order they were queued. `wait_idle` waits for all of them.
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
  struct Request {
    std::function<void()> action;
    bool* finished = nullptr;
  };
  void serve();
  void run_request(const Request& request);

  RunContext context_;
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> interrupted_{false};
  std::mutex mutex_;
  std::condition_variable for_host_;
  std::condition_variable for_work_;
  std::deque<Request> requests_;
  bool serving_ = false;
  bool work_ended_ = false;
  bool has_progress_ = false;
  Progress progress_;
  std::exception_ptr request_error_;
  std::exception_ptr work_error_;
};

}  // namespace amortflow
