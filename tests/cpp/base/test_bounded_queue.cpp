#include <algorithm>
#include <chrono>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"
#include "support/catch.h"

using amortflow::BoundedQueue;
using std::chrono::milliseconds;

CATCH_TEST_CASE("values come out once each, in the order in which they went in, whatever the capacity") {
  for (const std::size_t capacity : {1, 2, 50}) {
    BoundedQueue<int> queue(capacity);
    std::thread producer([&] {
      for (int i = 0; i < 2000; ++i) queue.push(i);
      queue.close();
    });
    std::vector<int> seen;
    while (const auto value = queue.pop()) seen.push_back(*value);
    producer.join();
    std::vector<int> all(2000);
    std::iota(all.begin(), all.end(), 0);
    CATCH_CHECK(seen == all);
  }
}

CATCH_TEST_CASE("many producers and consumers share a queue without losing or doubling a value") {
  BoundedQueue<int> queue(3);
  std::vector<std::vector<int>> seen(4);
  std::vector<std::thread> consumers;
  for (auto& values : seen) {
    consumers.emplace_back([&queue, &values] {
      while (const auto value = queue.pop()) values.push_back(*value);
    });
  }
  std::vector<std::thread> producers;
  for (int p = 0; p < 3; ++p) {
    producers.emplace_back([&queue, p] {
      for (int i = 0; i < 1000; ++i) queue.push(1000 * p + i);
    });
  }
  for (auto& producer : producers) producer.join();
  queue.close();
  for (auto& consumer : consumers) consumer.join();
  std::vector<int> all;
  for (const auto& values : seen) all.insert(all.end(), values.begin(), values.end());
  std::sort(all.begin(), all.end());
  CATCH_REQUIRE(all.size() == 3000);
  for (int i = 0; i < 3000; ++i) CATCH_REQUIRE(all[static_cast<std::size_t>(i)] == i);
}

CATCH_TEST_CASE("a full queue makes producers wait, and closing it lets them go") {
  BoundedQueue<int> queue(2);
  CATCH_CHECK(queue.push(1));
  CATCH_CHECK(queue.push(2));
  bool pushed = true;
  std::thread producer([&] { pushed = queue.push(3); });
  std::this_thread::sleep_for(milliseconds(20));
  CATCH_CHECK(queue.size() == 2);
  queue.close();
  producer.join();
  CATCH_CHECK_FALSE(pushed);
  CATCH_CHECK(queue.pop() == 1);  // what is in a closed queue is still given
  CATCH_CHECK(queue.pop() == 2);
  CATCH_CHECK_FALSE(queue.pop().has_value());
  CATCH_CHECK_FALSE(queue.push(4));
}

CATCH_TEST_CASE("an empty queue makes consumers wait, for a while or until it is closed") {
  BoundedQueue<int> queue(2);
  CATCH_CHECK_FALSE(queue.pop_for(milliseconds(1)).has_value());
  CATCH_CHECK_FALSE(queue.closed());
  bool got = true;
  std::thread consumer([&] { got = queue.pop().has_value(); });
  std::this_thread::sleep_for(milliseconds(5));
  queue.close();
  consumer.join();
  CATCH_CHECK_FALSE(got);
  CATCH_CHECK(queue.closed());
  CATCH_CHECK_FALSE(queue.pop_for(std::chrono::hours(1)).has_value());
}

CATCH_TEST_CASE("a producer's exception comes after its values, and stays") {
  BoundedQueue<int> queue(4);
  std::thread producer([&] {
    queue.push(7);
    queue.fail(std::make_exception_ptr(std::runtime_error("the disk is gone")));
    queue.fail(std::make_exception_ptr(std::logic_error("a later one")));
  });
  CATCH_CHECK(queue.pop() == 7);
  CATCH_CHECK_THROWS_AS(queue.pop(), std::runtime_error);
  CATCH_CHECK_THROWS_AS(queue.pop_for(milliseconds(1)), std::runtime_error);
  producer.join();
  CATCH_CHECK_FALSE(queue.push(8));
}

CATCH_TEST_CASE("values that can only be moved pass, and those left behind are destroyed with the queue") {
  const auto counter = std::make_shared<int>(0);
  {
    BoundedQueue<std::unique_ptr<std::shared_ptr<int>>> queue(4);
    for (int i = 0; i < 3; ++i) queue.push(std::make_unique<std::shared_ptr<int>>(counter));
    CATCH_CHECK(**queue.pop() == counter);
    CATCH_CHECK(counter.use_count() == 3);
  }
  CATCH_CHECK(counter.use_count() == 1);
}
