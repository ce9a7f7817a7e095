#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/ahead_queue.h"
#include "base/errors.h"
#include "base/thread_pool.h"
#include "support/catch.h"

using amortflow::AheadQueue;
using amortflow::Cancelled;
using amortflow::ThreadPool;
using std::chrono::milliseconds;

namespace {

/// 0, 1, 2, ... as what values are to be made of.
struct Counter {
  int next = 0;
  std::optional<int> operator()() { return next++; }
};

bool never() { return false; }

/// Takes `count` squares that the idle threads of a pool make meanwhile.
std::vector<int> squares(int threads, std::size_t capacity, int count) {
  ThreadPool pool(threads);
  AheadQueue<int> queue(capacity);
  Counter counter;
  const auto claim = [&] { return counter(); };
  const auto make = [](int i) {
    if (i % 7 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));  // later ones are done sooner
    return i * i;
  };
  pool.start_idle_work([&] { return queue.work(claim, make); });
  std::vector<int> taken;
  for (int i = 0; i < count; ++i) {
    taken.push_back(queue.take(claim, make, never));
    pool.wake_idle();
    pool.run(3, [](std::int64_t) {});
  }
  pool.stop_idle_work();
  return taken;
}

}  // namespace

CATCH_TEST_CASE("values are taken in their order, whoever makes them") {
  std::vector<int> expected;
  for (int i = 0; i < 500; ++i) expected.push_back(i * i);
  for (const int threads : {1, 2, 5}) {
    for (const std::size_t capacity : {1, 3, 40}) CATCH_CHECK(squares(threads, capacity, 500) == expected);
  }
}

CATCH_TEST_CASE("no more values are made ahead than there is room for, or than may be claimed") {
  AheadQueue<int> queue(3);
  Counter counter;
  const auto claim = [&] { return counter(); };
  const auto make = [](int i) { return i; };
  int made = 0;
  while (queue.work(claim, make)) ++made;
  CATCH_CHECK(made == 3);
  CATCH_CHECK(queue.ready());
  CATCH_CHECK(queue.take(claim, make, never) == 0);
  CATCH_CHECK(queue.work(claim, make));
  CATCH_CHECK_FALSE(queue.work(claim, make));
  for (int i = 1; i < 4; ++i) CATCH_CHECK(queue.take(claim, make, never) == i);
  CATCH_CHECK_FALSE(queue.ready());
  CATCH_CHECK_FALSE(queue.work([] { return std::optional<int>(); }, make));
}

CATCH_TEST_CASE("without another thread, whoever takes a value makes it") {
  AheadQueue<std::thread::id> queue(4);
  Counter counter;
  const auto claim = [&] { return counter(); };
  const auto make = [](int) { return std::this_thread::get_id(); };
  for (int i = 0; i < 10; ++i) CATCH_CHECK(queue.take(claim, make, never) == std::this_thread::get_id());
  CATCH_CHECK(counter.next == 10);
}

CATCH_TEST_CASE("an exception is met by who takes the value that it stands for, no sooner") {
  AheadQueue<int> queue(8);
  Counter counter;
  const auto claim = [&] { return counter(); };
  const auto make = [](int i) {
    if (i == 2) throw std::runtime_error("no third value");
    return i;
  };
  std::thread producer([&] {
    while (queue.work(claim, make)) {
    }
  });
  producer.join();
  CATCH_CHECK(queue.take(claim, make, never) == 0);
  CATCH_CHECK(queue.take(claim, make, never) == 1);
  CATCH_CHECK_THROWS_AS(queue.take(claim, make, never), std::runtime_error);
  CATCH_CHECK(queue.take(claim, make, never) == 3);
}

CATCH_TEST_CASE("who waits for another thread's value can give up") {
  AheadQueue<int> queue(1);
  Counter counter;
  const auto claim = [&] { return counter(); };
  std::atomic<bool> release{false};
  std::atomic<bool> begun{false};
  const auto slow = [&](int i) {
    begun = true;
    while (!release) std::this_thread::sleep_for(milliseconds(1));
    return i;
  };
  std::thread producer([&] { queue.work(claim, slow); });
  while (!begun) std::this_thread::sleep_for(milliseconds(1));
  const auto start = std::chrono::steady_clock::now();
  CATCH_CHECK_THROWS_AS(queue.take(claim, slow, [&] { return true; }), Cancelled);
  CATCH_CHECK(std::chrono::steady_clock::now() - start < milliseconds(400));
  release = true;
  producer.join();
  CATCH_CHECK(queue.take(claim, slow, never) == 0);
}
