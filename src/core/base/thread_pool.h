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

  /// Something useful for threads that no job needs: they call `work`, several at once, until it gives false, and again
  /// after wake_idle(). A call should do a small piece, because a thread takes part in a job only between two of them;
  /// jobs do not wait for it, the other threads do its tasks. `work` must not throw; a `run` inside of it runs all
  /// tasks by itself. One such work at a time.
  void start_idle_work(std::function<bool()> work);
  /// Returns once no thread is inside; nothing if there is no such work.
  void stop_idle_work() noexcept;
  /// There may be something to do again.
  void wake_idle() noexcept;

 private:
  struct Job {
    const std::function<void(std::int64_t)>* task = nullptr;  // null: closed, late workers stay out
    std::int64_t count = 0;
  };
  void work();
  /// What a worker has seen of the pool: it waits for something new.
  struct Seen {
    std::uint64_t job = 0;
    std::uint64_t idle_call = 0;
  };
  Job next_job(Seen& seen);
  void work_idle(std::unique_lock<std::mutex>& lock, Seen& seen);
  void leave_job();
  void claim_tasks(const Job& job);
  void open_job(const Job& job);
  void close_job();
  void stop_workers() noexcept;

  std::vector<std::thread> workers_;
  std::mutex run_mutex_;  // one job at a time

  std::mutex mutex_;  // guards the job and the idle work
  std::condition_variable wake_;
  std::condition_variable idle_;
  Job job_;
  std::atomic<std::uint64_t> generation_{0};  // written under mutex_, read without it while spinning
  std::atomic<int> busy_{0};                  // likewise: workers inside the job
  std::atomic<bool> stop_{false};

  std::function<bool()> idle_work_;
  std::uint64_t idle_call_ = 0;
  int idle_inside_ = 0;
  bool stopping_idle_ = false;
  std::condition_variable idle_left_;

  std::atomic<std::int64_t> next_{0};
  std::mutex error_mutex_;
  std::int64_t error_index_ = 0;
  std::exception_ptr error_;
};

}  // namespace amortflow
