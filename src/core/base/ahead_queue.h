#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/errors.h"

namespace amortflow {

/// Values made ahead of their use by whichever thread has time, in any order, and taken in the order in which they were
/// claimed: what is taken depends neither on the threads nor on their timing. At most `capacity` values are claimed and
/// not taken.
///
/// `claim` gives what the next value is to be made of, a std::optional that is empty where no more may be made for now;
/// it is called by one thread at a time, in order. `make` makes a value of it and is called by several at once.
template <class T>
class AheadQueue final {
 public:
  explicit AheadQueue(std::size_t capacity) : slots_(capacity) {}
  AheadQueue(const AheadQueue&) = delete;
  AheadQueue& operator=(const AheadQueue&) = delete;

  /// Makes one value on the calling thread; false if there is none to make. What `make` throws waits in its place.
  template <class Claim, class Make>
  bool work(const Claim& claim, const Make& make) {
    Lock lock(mutex_);
    if (claimed_ - taken_ >= slots_.size()) return false;
    const auto what = claim();
    if (!what) return false;
    Slot& slot = slots_[claimed_++ % slots_.size()];
    lock.unlock();
    std::optional<T> value;
    std::exception_ptr error;
    try {
      value.emplace(make(*what));
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    slot.value = std::move(value);
    slot.error = std::move(error);
    slot.ready = true;
    lock.unlock();
    made_.notify_all();
    return true;
  }

  /// The next value, for one thread. While it has to wait, that thread makes values itself. Rethrows what `make` threw;
  /// throws Cancelled if `give_up()`, which is asked every 20 ms while another thread makes the value.
  template <class Claim, class Make, class GiveUp>
  T take(const Claim& claim, const Make& make, const GiveUp& give_up) {
    while (!ready()) {
      if (work(claim, make)) continue;
      if (give_up()) throw Cancelled();
      Lock lock(mutex_);
      made_.wait_for(lock, std::chrono::milliseconds(20), [this] { return next_slot().ready; });
    }
    const Lock lock(mutex_);
    Slot slot = std::exchange(next_slot(), Slot{});
    ++taken_;
    if (slot.error) std::rethrow_exception(slot.error);
    return std::move(*slot.value);
  }

  /// True if take() has nothing to wait for.
  [[nodiscard]] bool ready() const {
    const Lock lock(mutex_);
    return slots_[taken_ % slots_.size()].ready;
  }

 private:
  using Lock = std::unique_lock<std::mutex>;
  struct Slot {
    bool ready = false;
    std::optional<T> value;
    std::exception_ptr error;
  };

  Slot& next_slot() { return slots_[taken_ % slots_.size()]; }

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable made_;
  std::vector<Slot> slots_;
  std::size_t claimed_ = 0;
  std::size_t taken_ = 0;
};

}  // namespace amortflow
