#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/errors.h"
#include "support/batches.h"
#include "support/catch.h"
#include "support/normal_model.h"
#include "train/online_source.h"

using namespace amortflow;
using amortflow::test::check_resumes;
using amortflow::test::identity_adapter;
using amortflow::test::NormalModel;
using amortflow::test::same;
using Clock = std::chrono::steady_clock;

namespace {

bool finite(const TrainingBatch& batch) {
  const auto all = [](const std::vector<float>& values) {
    return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
  };
  return all(batch.parameters.values) && all(batch.data.observed[0].values.values);
}

/// Batches of a model, drawn with `threads` threads.
std::vector<TrainingBatch> online_batches(const NormalModel& model, int threads, int count, std::int64_t& dropped) {
  const Adapter adapter(identity_adapter());
  HostService host((RunContext()));
  std::vector<TrainingBatch> batches;
  host.run([&] {
    ThreadPool pool(threads);
    OnlineSource source(model, adapter, 16, 5, pool, host);
    for (int i = 0; i < count; ++i) batches.push_back(source.next());
    dropped = source.dropped();
  });
  return batches;
}

/// A compiled model that takes its time, looks at `cancel` between simulations, and throws at one of them.
class SlowModel final : public GenerativeModel {
 public:
  std::chrono::microseconds each{0};
  std::int64_t fails_at = -1;
  bool enters_host = false;
  mutable std::atomic<std::int64_t> simulated{0};

  [[nodiscard]] Simulations draw(std::int64_t first_index,
                                 std::int64_t count,
                                 std::uint64_t seed,
                                 ThreadPool&,
                                 const std::atomic<bool>& cancel) const override {
    for (std::int64_t i = first_index; i < first_index + count; ++i) {
      if (cancel) throw Cancelled();
      if (i == fails_at) throw SimulatorError("simulation " + std::to_string(i + 1) + " failed");
      std::this_thread::sleep_for(each);
      ++simulated;
    }
    return NormalModel().draw(first_index, count, seed);
  }
  [[nodiscard]] bool needs_host() const override { return enters_host; }
};

}  // namespace

CATCH_TEST_CASE("batches are fresh simulations, the same for any number of threads, on the host or not") {
  NormalModel model;
  model.longest = 12;
  std::int64_t dropped = 0;
  const auto one = online_batches(model, 1, 150, dropped);
  const auto two = online_batches(model, 2, 150, dropped);
  model.enters_host = true;
  const auto hosted = online_batches(model, 2, 150, dropped);
  CATCH_CHECK(model.drawn_by.load() == std::this_thread::get_id());
  CATCH_CHECK(dropped == 0);
  std::set<float> first_parameters;
  std::int64_t unused = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    const Simulations truth = model.draw(static_cast<std::int64_t>(i) * 16, 16, 5);
    CATCH_REQUIRE(
        same(one[i], adapt_simulations(truth, static_cast<std::int64_t>(i) * 16, Adapter(identity_adapter()), unused)));
    CATCH_REQUIRE(same(one[i], two[i]));
    CATCH_REQUIRE(same(one[i], hosted[i]));
    for (std::int64_t row = 0; row < 16; ++row) first_parameters.insert(one[i].parameters(row, 0));
  }
  CATCH_CHECK(first_parameters.size() > 150 * 16 - 5);  // floats may coincide
}

CATCH_TEST_CASE(
    "batches are full, hold finite simulations only, and are the same whoever simulates; dropped are counted") {
  NormalModel model;
  model.broken_every = 4;
  std::vector<std::vector<TrainingBatch>> all;
  for (const int threads : {1, 3}) {
    for (const bool enters_host : {false, true}) {
      model.enters_host = enters_host;
      std::int64_t dropped = 0;
      all.push_back(online_batches(model, threads, 150, dropped));
      CATCH_CHECK(dropped == 150 * 16 / 3 - 1);  // every fourth up to the last one given, which a fourth follows
    }
  }
  for (std::size_t i = 0; i < 150; ++i) {
    CATCH_REQUIRE(finite(all[0][i]));
    CATCH_REQUIRE(all[0][i].count() == 16);
    for (const auto& batches : all) CATCH_REQUIRE(same(batches[i], all[0][i]));
  }
}

CATCH_TEST_CASE("a simulator that gives nothing finite is an error") {
  NormalModel model;
  model.broken_every = 1;
  std::int64_t dropped = 0;
  CATCH_CHECK_THROWS_AS(online_batches(model, 1, 1, dropped), SimulatorError);
}

CATCH_TEST_CASE("an online source takes up its place, within a bank and at its ends, on the host or not") {
  NormalModel model;
  model.longest = 12;
  model.broken_every = 7;
  const Adapter adapter(identity_adapter());
  HostService host((RunContext()));
  for (const bool enters_host : {false, true}) {
    model.enters_host = enters_host;
    for (const int before : {0, 1, 4, 5, 64, 250}) {
      host.run([&] {
        ThreadPool pool(1);
        OnlineSource first(model, adapter, 16, 5, pool, host);
        OnlineSource second(model, adapter, 16, 5, pool, host);
        check_resumes(first, second, before);
      });
    }
  }
}

CATCH_TEST_CASE("simulations are made while nobody asks for them, but no more than a bounded number") {
  SlowModel model;
  const Adapter adapter(identity_adapter());
  HostService host((RunContext()));
  host.run([&] {
    ThreadPool pool(2);
    OnlineSource source(model, adapter, 16, 5, pool, host);
    CATCH_CHECK(source.next().count() == 16);
    const auto enough = Clock::now() + std::chrono::seconds(10);
    while (model.simulated < 4096 && Clock::now() < enough) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    CATCH_CHECK(model.simulated >= 4096);
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    CATCH_CHECK(model.simulated <= 4096 + 2 * 1024);
    CATCH_CHECK(source.ready());
  });
}

CATCH_TEST_CASE("with one thread nothing is simulated ahead of its use but the rest of a piece") {
  SlowModel model;
  model.each = std::chrono::microseconds(500);
  const Adapter adapter(identity_adapter());
  HostService host((RunContext()));
  host.run([&] {
    ThreadPool pool(1);
    OnlineSource source(model, adapter, 16, 5, pool, host);
    static_cast<void>(source.next());
    CATCH_CHECK(model.simulated == 16);
    CATCH_CHECK(source.waited() >= 16 * 500e-6);
  });
}

CATCH_TEST_CASE("an error of a simulation ends the run when its batch is asked for, on any number of threads") {
  for (const int threads : {1, 3}) {
    SlowModel model;
    model.fails_at = 100;
    const Adapter adapter(identity_adapter());
    HostService host((RunContext()));
    int batches = 0;
    const auto draw_all = [&] {
      ThreadPool pool(threads);
      OnlineSource source(model, adapter, 16, 5, pool, host);
      for (;; ++batches) static_cast<void>(source.next());
    };
    CATCH_CHECK_THROWS_AS(host.run(draw_all), SimulatorError);
    CATCH_CHECK(batches <= 6);  // 96 simulations
  }
}

CATCH_TEST_CASE("an error on the host ends the run when its batch is asked for, not when it is made ahead") {
  SlowModel model;
  model.enters_host = true;
  model.fails_at = 150;  // requests are of 32: those of the first 128 are good
  const Adapter adapter(identity_adapter());
  HostService host((RunContext()));
  int batches = 0;
  const auto draw_all = [&] {
    ThreadPool pool(1);
    OnlineSource source(model, adapter, 16, 5, pool, host);
    for (;; ++batches) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));  // the host is long done with all requests
      static_cast<void>(source.next());
    }
  };
  CATCH_CHECK_THROWS_AS(host.run(draw_all), SimulatorError);
  CATCH_CHECK(batches == 8);
}

CATCH_TEST_CASE("an interrupt is felt at once, whoever simulates, and while one waits for another thread") {
  for (const int threads : {1, 2, 4}) {
    SlowModel model;
    model.each = std::chrono::milliseconds(10);
    const Adapter adapter(identity_adapter());
    HostService host((RunContext()));
    Clock::time_point asked;
    const auto draw_all = [&] {
      std::thread user([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(60));
        asked = Clock::now();
        host.interrupt();
      });
      try {
        ThreadPool pool(threads);
        OnlineSource source(model, adapter, 1000, 5, pool, host);
        static_cast<void>(source.next());
      } catch (const Cancelled&) {
      }
      user.join();
    };
    host.run(draw_all);
    CATCH_CHECK(host.interrupted());
    CATCH_CHECK(Clock::now() - asked < std::chrono::milliseconds(400));
    CATCH_CHECK(model.simulated < 1000);
  }
}

CATCH_TEST_CASE("a source goes at once while its queue is full, and while threads simulate for it") {
  for (const int each : {0, 5000}) {
    SlowModel model;
    model.each = std::chrono::microseconds(each);
    const Adapter adapter(identity_adapter());
    HostService host((RunContext()));
    host.run([&] {
      ThreadPool pool(3);
      auto source = std::make_unique<OnlineSource>(model, adapter, 4, 5, pool, host);
      static_cast<void>(source->next());
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      const auto start = Clock::now();
      source.reset();
      CATCH_CHECK(Clock::now() - start < std::chrono::milliseconds(300));
    });
  }
}

CATCH_TEST_CASE("the host simulates on while batches are used, a few requests ahead and always the same ranges") {
  NormalModel model;
  model.enters_host = true;
  const Adapter adapter(identity_adapter());
  HostService host((RunContext()));
  host.run([&] {
    ThreadPool pool(1);
    OnlineSource source(model, adapter, 32, 5, pool, host);
    static_cast<void>(source.next());
    for (int i = 0; i < 2000 && !source.ready(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    CATCH_CHECK(source.ready());
    OnlineSource later(model, adapter, 32, 5, pool, host);
    later.seek(OnlineSource::Place{40, 0});  // within the second range
    const TrainingBatch batch = later.next();
    std::int64_t unused = 0;
    CATCH_CHECK(same(batch, adapt_simulations(model.draw(40, 32, 5), 40, adapter, unused)));
  });
}
