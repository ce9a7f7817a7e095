#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace amortflow {

/// Threads that claim tasks from a counter. They spin briefly for the next job, then sleep, so a busy neighbour
/// costs no more than its share. Results must not depend on which thread runs a task.
class ThreadPool final {
 public:
  /// `threads` counts the thread that calls `run`, which takes part: a pool of 1 starts none.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Runs task(0), ..., task(count - 1) and returns when all have ended. If tasks threw, the exception of the
  /// lowest index is rethrown; tasks not yet claimed are left out then.
  void run(std::int64_t count, const std::function<void(std::int64_t)>& task);

  [[nodiscard]] int threads() const noexcept { return static_cast<int>(workers_.size()) + 1; }

 private:
  void work();
  void claim_tasks();

  std::vector<std::thread> workers_;
  const std::function<void(std::int64_t)>* task_ = nullptr;
  std::int64_t count_ = 0;
  std::atomic<std::int64_t> next_{0};
  std::atomic<int> busy_{0};
  std::atomic<std::uint64_t> generation_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::mutex error_mutex_;
  std::int64_t error_index_ = 0;
  std::exception_ptr error_;
};

/// For threads of ours, never R's own: flushes denormals to zero (Adam on denormal moments is 3.4 times slower) and
/// blocks asynchronous signals, whose handlers belong to R's thread.
void prepare_working_thread() noexcept;

}  // namespace amortflow
