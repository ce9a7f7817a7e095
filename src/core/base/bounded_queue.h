#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

namespace amortflow {

/// Hands values from threads that make them to threads that use them, first in, first out, and holds no more than
/// `capacity`, so that memory stays bounded however fast they are made. Any number of threads on both sides.
template <class T>
class BoundedQueue final {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}
  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;

  /// Waits for room. False, and the value is lost, once the queue is closed.
  bool push(T value) {
    Lock lock(mutex_);
    room_.wait(lock, [this] { return closed_ || values_.size() < capacity_; });
    if (closed_) return false;
    values_.push_back(std::move(value));
    lock.unlock();
    filled_.notify_one();
    return true;
  }

  /// Waits for a value. None once the queue is closed and empty; the exception of fail() instead where there is one.
  [[nodiscard]] std::optional<T> pop() {
    Lock lock(mutex_);
    filled_.wait(lock, [this] { return closed_ || !values_.empty(); });
    return take(lock);
  }

  /// The same, but waits no longer than `timeout`, for threads that have to look at something else from time to time:
  /// none came where closed() is still false.
  template <class Duration>
  [[nodiscard]] std::optional<T> pop_for(const Duration& timeout) {
    Lock lock(mutex_);
    filled_.wait_for(lock, timeout, [this] { return closed_ || !values_.empty(); });
    return take(lock);
  }

  /// No value comes any more: those that wait are let go, values already in the queue are still given.
  void close() noexcept {
    {
      const Lock lock(mutex_);
      closed_ = true;
    }
    room_.notify_all();
    filled_.notify_all();
  }

  /// Closes the queue; whoever finds it empty gets `error`, every time.
  void fail(std::exception_ptr error) noexcept {
    {
      const Lock lock(mutex_);
      if (!error_) error_ = std::move(error);
    }
    close();
  }

  [[nodiscard]] bool closed() const {
    const Lock lock(mutex_);
    return closed_;
  }
  [[nodiscard]] std::size_t size() const {
    const Lock lock(mutex_);
    return values_.size();
  }

 private:
  using Lock = std::unique_lock<std::mutex>;

  std::optional<T> take(Lock& lock) {
    if (values_.empty()) {
      if (error_) std::rethrow_exception(error_);
      return std::nullopt;
    }
    std::optional<T> value(std::move(values_.front()));
    values_.pop_front();
    lock.unlock();
    room_.notify_one();
    return value;
  }

  const std::size_t capacity_;
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable room_;
  std::condition_variable filled_;
  std::deque<T> values_;
  std::exception_ptr error_;
  bool closed_ = false;
};

}  // namespace amortflow
