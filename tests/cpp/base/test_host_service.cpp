#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/errors.h"
#include "base/host_service.h"
#include "base/thread_pool.h"
#include "support/catch.h"

using amortflow::Cancelled;
using amortflow::HostService;
using amortflow::Progress;
using amortflow::RunContext;
using amortflow::ThreadPool;

namespace {

void pause(int milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }

RunContext interrupted_at_once() {
  RunContext context;
  context.interrupted = [] { return true; };
  return context;
}

}  // namespace

CATCH_TEST_CASE("requests run on the host's thread, work does not") {
  HostService service({});
  const auto host = std::this_thread::get_id();
  std::thread::id work_id;
  std::thread::id request_id;
  service.run([&] {
    work_id = std::this_thread::get_id();
    service.call([&] { request_id = std::this_thread::get_id(); });
  });
  CATCH_CHECK(request_id == host);
  CATCH_CHECK(work_id != host);
}

CATCH_TEST_CASE("requests run in the order in which they were queued") {
  HostService service({});
  std::vector<int> order;
  service.run([&] {
    for (int i = 0; i < 100; ++i) service.post([&order, i] { order.push_back(i); });
    service.call([&] { order.push_back(100); });
    for (int i = 101; i < 200; ++i) service.post([&order, i] { order.push_back(i); });
    service.wait_idle();
    service.post([&order] { order.push_back(200); });
    service.wait_idle();
  });
  CATCH_REQUIRE(order.size() == 201);
  for (int i = 0; i <= 200; ++i) CATCH_CHECK(order[static_cast<std::size_t>(i)] == i);
}

CATCH_TEST_CASE("many threads may call the host at once") {
  HostService service({});
  int sum = 0;  // touched by the host's thread alone
  service.run([&] {
    ThreadPool pool(4);
    pool.run(500, [&](std::int64_t) { service.call([&] { ++sum; }); });
  });
  CATCH_CHECK(sum == 500);
}

CATCH_TEST_CASE("a request of the host's own thread runs at once") {
  HostService service({});
  bool inner = false;
  service.run([&] { service.call([&] { service.call([&] { inner = true; }); }); });
  CATCH_CHECK(inner);
}

CATCH_TEST_CASE("an exception of the work is rethrown by run") {
  HostService service({});
  CATCH_CHECK_THROWS_WITH(service.run([] { throw std::runtime_error("work"); }), "work");
}

CATCH_TEST_CASE("an exception of a request cancels the work and comes before the work's own") {
  HostService service({});
  bool was_cancelled = false;
  CATCH_CHECK_THROWS_WITH(service.run([&] {
    try {
      service.call([] { throw std::runtime_error("request"); });
    } catch (const Cancelled&) {
      was_cancelled = service.cancelled() && !service.interrupted();
    }
    throw std::runtime_error("work");
  }),
                          "request");
  CATCH_CHECK(was_cancelled);
}

CATCH_TEST_CASE("an exception of a posted request reaches who waits for it") {
  HostService service({});
  bool was_cancelled = false;
  bool later_ran = false;
  CATCH_CHECK_THROWS_WITH(service.run([&] {
    service.post([] { throw std::runtime_error("posted"); });
    service.post([&] { later_ran = true; });
    try {
      service.wait_idle();
    } catch (const Cancelled&) {
      was_cancelled = true;
      throw;
    }
  }),
                          "posted");
  CATCH_CHECK(was_cancelled);
  CATCH_CHECK_FALSE(later_ran);
}

CATCH_TEST_CASE("callers whose turn never comes are released") {
  HostService service({});
  std::atomic<int> cancelled_calls{0};
  CATCH_CHECK_THROWS_WITH(service.run([&] {
    ThreadPool pool(6);
    pool.run(6, [&](std::int64_t) {
      try {
        service.call([] {
          pause(5);
          throw std::runtime_error("first");
        });
      } catch (const Cancelled&) {
        ++cancelled_calls;
      }
    });
  }),
                          "first");
  CATCH_CHECK(cancelled_calls == 6);
}

CATCH_TEST_CASE("an interrupt cancels the work within a few polls") {
  HostService service(interrupted_at_once());
  const auto start = std::chrono::steady_clock::now();
  service.run([&] {
    while (!service.cancelled()) pause(1);
  });
  CATCH_CHECK(service.interrupted());
  CATCH_CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}

CATCH_TEST_CASE("an interrupt releases a caller whose requests never end") {
  HostService service(interrupted_at_once());
  CATCH_CHECK_THROWS_AS(service.run([&] {
    for (;;) service.call([] { pause(1); });
  }),
                        Cancelled);
  CATCH_CHECK(service.interrupted());
}

CATCH_TEST_CASE("a host may interrupt from inside a request") {
  HostService service({});
  bool second_ran = false;
  CATCH_CHECK_THROWS_AS(service.run([&] {
    service.call([&] { service.interrupt(); });
    CATCH_CHECK(service.interrupted());
    service.call([&] { second_ran = true; });
  }),
                        Cancelled);
  CATCH_CHECK_FALSE(second_ran);
}

CATCH_TEST_CASE("a working thread's interrupt does not strand calls of others") {
  for (int repeat = 0; repeat < 50; ++repeat) {
    HostService service({});
    std::atomic<int> ended{0};
    service.run([&] {
      ThreadPool pool(3);
      pool.run(3, [&](std::int64_t i) {
        try {
          if (i == 2) service.interrupt();
          for (int call = 0; call < 50; ++call) service.call([] {});
        } catch (const Cancelled&) {
        }
        ++ended;
      });
    });
    CATCH_REQUIRE(ended == 3);
  }
}

CATCH_TEST_CASE("progress is shown on the host's thread, the newest last, also of short runs") {
  RunContext context;
  std::vector<std::int64_t> shown;
  const auto host = std::this_thread::get_id();
  bool on_host = true;
  context.progress = [&](const Progress& progress) {
    shown.push_back(progress.done);
    on_host = on_host && std::this_thread::get_id() == host;
  };
  HostService service(context);
  service.run([&] {
    for (int i = 1; i <= 250; ++i) {
      Progress progress;
      progress.done = i;
      service.report(progress);
      pause(1);
    }
  });
  CATCH_REQUIRE_FALSE(shown.empty());
  CATCH_CHECK(shown.back() == 250);
  CATCH_CHECK(shown.size() < 20);
  CATCH_CHECK(on_host);
}

CATCH_TEST_CASE("an exception of the host's callbacks cancels the run") {
  RunContext context;
  context.interrupted = []() -> bool { throw std::runtime_error("poll"); };
  HostService service(context);
  CATCH_CHECK_THROWS_WITH(service.run([&] {
    while (!service.cancelled()) pause(1);
  }),
                          "poll");
}

CATCH_TEST_CASE("a service can run again after an interrupt and refuses to run twice at once") {
  HostService service({});
  service.run([&] { service.interrupt(); });
  CATCH_CHECK(service.interrupted());
  int calls = 0;
  service.run([&] {
    CATCH_CHECK_FALSE(service.cancelled());
    CATCH_CHECK_THROWS_AS(service.run([] {}), amortflow::Error);
    service.call([&] { ++calls; });
  });
  CATCH_CHECK(calls == 1);
}

CATCH_TEST_CASE("outside a run calls are cancelled and posts are dropped") {
  HostService service({});
  CATCH_CHECK_THROWS_AS(service.call([] {}), Cancelled);
  CATCH_CHECK_NOTHROW(service.post([] {}));
  CATCH_CHECK_NOTHROW(service.wait_idle());
}
