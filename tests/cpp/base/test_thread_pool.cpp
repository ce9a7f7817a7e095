#include <atomic>
#include <csignal>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/errors.h"
#include "base/thread_pool.h"
#include "support/catch.h"

using amortflow::ThreadPool;

namespace {

/// False where denormals are flushed. volatile: computed here, now.
bool keeps_denormals() {
  volatile float small = 1e-38F;
  volatile float half = 0.01F;
  return small * half > 0;
}

}  // namespace

CATCH_TEST_CASE("a pool runs each task once, whatever its size") {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    CATCH_CHECK(pool.threads() == threads);
    for (const std::int64_t count : {0, 1, 2, 3, 100}) {
      std::vector<int> runs(static_cast<std::size_t>(count), 0);
      pool.run(count, [&](std::int64_t i) { ++runs[static_cast<std::size_t>(i)]; });
      CATCH_CHECK(runs == std::vector<int>(static_cast<std::size_t>(count), 1));
    }
  }
}

CATCH_TEST_CASE("a pool survives thousands of short jobs, with pauses that let it sleep") {
  ThreadPool pool(4);
  std::int64_t sum = 0;
  for (int job = 0; job < 3000; ++job) {
    std::vector<std::int64_t> parts(7, 0);
    pool.run(7, [&](std::int64_t i) { parts[static_cast<std::size_t>(i)] = i + job; });
    for (const auto part : parts) sum += part;
    if (job % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  CATCH_CHECK(sum == 3000 * 21 + 7 * (2999 * 3000 / 2));
}

CATCH_TEST_CASE("pools come and go, used or not") {
  for (int i = 0; i < 200; ++i) {
    ThreadPool pool(3);
    if (i % 2 == 0) continue;
    std::atomic<int> ran{0};
    pool.run(2, [&](std::int64_t) { ++ran; });
    CATCH_REQUIRE(ran == 2);
  }
}

CATCH_TEST_CASE("the exception of the lowest index is the one that is rethrown") {
  ThreadPool pool(4);
  for (int repeat = 0; repeat < 300; ++repeat) {
    std::string message;
    try {
      pool.run(50, [](std::int64_t i) {
        if (i % 10 == 7) throw std::runtime_error(std::to_string(i));
      });
    } catch (const std::runtime_error& error) {
      message = error.what();
    }
    CATCH_REQUIRE(message == "7");
  }
  std::atomic<int> ran{0};
  pool.run(10, [&](std::int64_t) { ++ran; });
  CATCH_CHECK(ran == 10);
}

CATCH_TEST_CASE("tasks behind an exception are left out") {
  ThreadPool pool(2);
  std::atomic<int> ran{0};
  CATCH_CHECK_THROWS(pool.run(1000000, [&](std::int64_t) {
    ++ran;
    throw std::runtime_error("no");
  }));
  CATCH_CHECK(ran <= 2);
}

CATCH_TEST_CASE("a task may run tasks of its own pool") {
  ThreadPool pool(3);
  std::atomic<int> ran{0};
  pool.run(4, [&](std::int64_t) { pool.run(5, [&](std::int64_t) { ++ran; }); });
  CATCH_CHECK(ran == 20);
}

CATCH_TEST_CASE("threads that share a pool take turns") {
  ThreadPool pool(3);
  std::atomic<int> ran{0};
  std::vector<std::thread> users;
  for (int user = 0; user < 3; ++user) {
    users.emplace_back([&] {
      for (int job = 0; job < 100; ++job) pool.run(4, [&](std::int64_t) { ++ran; });
    });
  }
  for (auto& user : users) user.join();
  CATCH_CHECK(ran == 1200);
}

CATCH_TEST_CASE("a pool of no threads is refused") { CATCH_CHECK_THROWS_AS(ThreadPool(0), amortflow::ConfigError); }

#if defined(__x86_64__) || defined(__aarch64__)
CATCH_TEST_CASE("denormals are flushed inside tasks on every thread, and nowhere else") {
  CATCH_REQUIRE(keeps_denormals());
  for (const int threads : {1, 4}) {
    ThreadPool pool(threads);
    std::atomic<int> kept{0};
    pool.run(64, [&](std::int64_t) { kept += keeps_denormals() ? 1 : 0; });
    CATCH_CHECK(kept == 0);
    CATCH_CHECK_THROWS(pool.run(3, [](std::int64_t) { throw std::runtime_error("no"); }));
    CATCH_CHECK(keeps_denormals());
  }
}
#endif

#if !defined(_WIN32)
CATCH_TEST_CASE("working threads block asynchronous signals and let errors through") {
  sigset_t mask;
  sigemptyset(&mask);
  auto thread = amortflow::start_working_thread([&] { pthread_sigmask(SIG_SETMASK, nullptr, &mask); });
  thread.join();
  for (const int blocked : {SIGINT, SIGUSR1, SIGTERM, SIGALRM}) CATCH_CHECK(sigismember(&mask, blocked) == 1);
  for (const int open : {SIGSEGV, SIGFPE, SIGILL, SIGBUS, SIGABRT}) CATCH_CHECK(sigismember(&mask, open) == 0);
  sigset_t here;
  pthread_sigmask(SIG_SETMASK, nullptr, &here);
  CATCH_CHECK(sigismember(&here, SIGINT) == 0);
}
#endif

CATCH_TEST_CASE("threads that no job needs do idle work until there is none, and again when called") {
  ThreadPool pool(3);
  std::atomic<int> left{50};
  std::atomic<int> done{0};
  pool.start_idle_work([&] {
    if (left.fetch_sub(1) <= 0) {
      left.fetch_add(1);
      return false;
    }
    ++done;
    return true;
  });
  const auto wait_for = [&](int count) {
    for (int i = 0; i < 5000 && done < count; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return done == count;
  };
  CATCH_REQUIRE(wait_for(50));
  for (int round = 1; round <= 20; ++round) {
    left.fetch_add(5);
    pool.wake_idle();
    CATCH_REQUIRE(wait_for(50 + 5 * round));
  }
  pool.stop_idle_work();
  left = 100;
  pool.wake_idle();
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CATCH_CHECK(done == 150);
}

CATCH_TEST_CASE("jobs do not wait for idle work, and idle work may run jobs of its own") {
  ThreadPool pool(2);
  std::atomic<bool> release{false};
  std::atomic<bool> inside{false};
  std::atomic<int> inner{0};
  pool.start_idle_work([&] {
    pool.run(10, [&](std::int64_t) { ++inner; });
    inside = true;
    while (!release) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return false;
  });
  while (!inside) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::atomic<int> ran{0};
  for (int i = 0; i < 100; ++i) pool.run(4, [&](std::int64_t) { ++ran; });
  CATCH_CHECK(ran == 400);
  CATCH_CHECK(inner == 10);
  release = true;
  pool.stop_idle_work();
}

CATCH_TEST_CASE("a pool has one kind of idle work, which can be replaced; a pool of one thread does none") {
  ThreadPool pool(2);
  std::atomic<int> ran{0};
  for (int i = 0; i < 100; ++i) {
    pool.start_idle_work([&] {
      ++ran;
      return false;
    });
    CATCH_CHECK_THROWS_AS(pool.start_idle_work([] { return false; }), amortflow::Error);
    pool.stop_idle_work();
  }
  CATCH_CHECK(ran <= 100);
  ThreadPool single(1);
  bool called = false;
  single.start_idle_work([&] { return called = true; });
  single.run(3, [](std::int64_t) {});
  single.stop_idle_work();
  CATCH_CHECK_FALSE(called);
}
