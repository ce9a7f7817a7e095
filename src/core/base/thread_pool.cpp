#include "base/thread_pool.h"

#include <string>
#include <utility>

#include "base/errors.h"

namespace amortflow {

namespace {

constexpr int kPauses = 1000;  // about 20 to 50 microseconds: a training step's pause between two jobs

thread_local const ThreadPool* current_pool = nullptr;  // whose tasks this thread is running

void pause_briefly() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

class CurrentPoolScope final {
 public:
  explicit CurrentPoolScope(const ThreadPool* pool) noexcept : before_(std::exchange(current_pool, pool)) {}
  ~CurrentPoolScope() { current_pool = before_; }
  CurrentPoolScope(const CurrentPoolScope&) = delete;
  CurrentPoolScope& operator=(const CurrentPoolScope&) = delete;

 private:
  const ThreadPool* before_;
};

}  // namespace

ThreadPool::ThreadPool(int threads) {
  if (threads < 1) throw ConfigError("A pool needs at least one thread, not " + std::to_string(threads) + ".");
  try {
    workers_.reserve(static_cast<std::size_t>(threads - 1));
    for (int i = 1; i < threads; ++i) workers_.push_back(start_working_thread([this] { work(); }));
  } catch (...) {
    stop_workers();
    throw;
  }
}

ThreadPool::~ThreadPool() { stop_workers(); }

void ThreadPool::stop_workers() noexcept {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_.store(true, std::memory_order_relaxed);
  }
  wake_.notify_all();
  for (auto& worker : workers_) worker.join();
}

void ThreadPool::run(std::int64_t count, const std::function<void(std::int64_t)>& task) {
  if (count <= 0) return;
  const FlushDenormalsScope flush;
  if (workers_.empty() || count == 1 || current_pool == this) {
    for (std::int64_t i = 0; i < count; ++i) task(i);
    return;
  }
  const std::lock_guard<std::mutex> turn(run_mutex_);
  const Job job{&task, count};
  open_job(job);
  claim_tasks(job);
  close_job();
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void ThreadPool::open_job(const Job& job) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    job_ = job;
    next_.store(0, std::memory_order_relaxed);
    generation_.fetch_add(1, std::memory_order_release);
  }
  wake_.notify_all();
}

void ThreadPool::close_job() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    job_ = Job{};  // no task is left: a worker that wakes up from now on need not be waited for
  }
  for (int i = 0; i < kPauses && busy_.load(std::memory_order_acquire) > 0; ++i) pause_briefly();
  if (busy_.load(std::memory_order_acquire) == 0) return;
  std::unique_lock<std::mutex> lock(mutex_);
  idle_.wait(lock, [this] { return busy_.load(std::memory_order_acquire) == 0; });
}

void ThreadPool::claim_tasks(const Job& job) {
  const CurrentPoolScope scope(this);
  for (;;) {
    const auto i = next_.fetch_add(1, std::memory_order_relaxed);
    if (i >= job.count) return;
    try {
      (*job.task)(i);
    } catch (...) {
      next_.store(job.count, std::memory_order_relaxed);
      const std::lock_guard<std::mutex> lock(error_mutex_);
      if (!error_ || i < error_index_) {
        error_ = std::current_exception();
        error_index_ = i;
      }
    }
  }
}

/// Waits for a job that this worker has not seen and enters it; meanwhile it does idle work. An empty job: it is over
/// already, or the pool stops.
ThreadPool::Job ThreadPool::next_job(Seen& seen) {
  const auto called = [&] {
    return generation_.load(std::memory_order_acquire) != seen.job || stop_.load(std::memory_order_relaxed);
  };
  for (int i = 0; i < kPauses && !called(); ++i) pause_briefly();
  std::unique_lock<std::mutex> lock(mutex_);
  const auto idle = [&] { return idle_work_ && !stopping_idle_ && idle_call_ != seen.idle_call; };
  while (!called()) {
    if (idle()) {
      work_idle(lock, seen);
    } else {
      wake_.wait(lock, [&] { return called() || idle(); });
    }
  }
  seen.job = generation_.load(std::memory_order_relaxed);
  if (job_.task) busy_.fetch_add(1, std::memory_order_relaxed);
  return job_;
}

/// With the lock held, which it gives back meanwhile: one piece of idle work. A call for more that comes while a worker
/// finds nothing to do must not be lost, so it is the call before the piece that counts as seen.
void ThreadPool::work_idle(std::unique_lock<std::mutex>& lock, Seen& seen) {
  const auto call = idle_call_;
  ++idle_inside_;
  lock.unlock();
  bool more = false;
  {
    const CurrentPoolScope scope(this);
    more = idle_work_();
  }
  lock.lock();
  if (!more) seen.idle_call = call;
  if (--idle_inside_ == 0) idle_left_.notify_all();
}

void ThreadPool::start_idle_work(std::function<bool()> work) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (idle_work_) throw Error("A pool has one kind of idle work at a time.");
    idle_work_ = std::move(work);
    ++idle_call_;
  }
  wake_.notify_all();
}

void ThreadPool::stop_idle_work() noexcept {
  std::unique_lock<std::mutex> lock(mutex_);
  stopping_idle_ = true;
  idle_left_.wait(lock, [this] { return idle_inside_ == 0; });
  idle_work_ = nullptr;
  stopping_idle_ = false;
}

void ThreadPool::wake_idle() noexcept {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++idle_call_;
  }
  wake_.notify_all();
}

void ThreadPool::leave_job() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (busy_.fetch_sub(1, std::memory_order_release) == 1) idle_.notify_one();
}

void ThreadPool::work() {
  Seen seen;
  while (!stop_.load(std::memory_order_relaxed)) {
    const auto job = next_job(seen);
    if (!job.task) continue;
    claim_tasks(job);
    leave_job();
  }
}

}  // namespace amortflow
