#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/working_thread.h"

namespace amortflow {

/// Threads that claim tasks from a counter. They spin briefly for the next job, then sleep, so a busy neighbour
/// costs no more than its share. Results must not depend on which thread runs a task: denormals are flushed on all
/// of them, on the thread that calls `run` until `run` returns.
class ThreadPool final {
 public:
  /// `threads` counts the thread that calls `run`, which takes part: a pool of 1 starts none.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Runs task(0), ..., task(count - 1) and returns when all have ended. If tasks threw, the exception of the
  /// lowest index is rethrown; tasks not yet claimed are left out then. A task that calls `run` of its own pool runs
  /// the inner tasks by itself, one after another; calls from several threads take turns.
  void run(std::int64_t count, const std::function<void(std::int64_t)>& task);

  [[nodiscard]] int threads() const noexcept { return static_cast<int>(workers_.size()) + 1; }

 private:
  struct Job {
    const std::function<void(std::int64_t)>* task = nullptr;  // null: closed, late workers stay out
    std::int64_t count = 0;
  };
  void work();
  Job next_job(std::uint64_t& seen);
  void leave_job();
  void claim_tasks(const Job& job);
  void open_job(const Job& job);
  void close_job();
  void stop_workers() noexcept;

  std::vector<std::thread> workers_;
  std::mutex run_mutex_;  // one job at a time

  std::mutex mutex_;  // guards the job
  std::condition_variable wake_;
  std::condition_variable idle_;
  Job job_;
  std::atomic<std::uint64_t> generation_{0};  // written under mutex_, read without it while spinning
  std::atomic<int> busy_{0};                  // likewise: workers inside the job
  std::atomic<bool> stop_{false};

  std::atomic<std::int64_t> next_{0};
  std::mutex error_mutex_;
  std::int64_t error_index_ = 0;
  std::exception_ptr error_;
};

}  // namespace amortflow
