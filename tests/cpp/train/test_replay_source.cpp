#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "base/errors.h"
#include "support/batches.h"
#include "support/catch.h"
#include "support/normal_model.h"
#include "train/replay_source.h"

using namespace amortflow;
using amortflow::test::check_resumes;
using amortflow::test::identity_adapter;
using amortflow::test::NormalModel;
using amortflow::test::same;

namespace {

/// Batches of 10 from the last 80 simulations; 2 new ones a batch.
ReplayOptions small_replay() {
  ReplayOptions options;
  options.bank = 80;
  options.reuse = 5;
  options.batch_size = 10;
  options.seed = 5;
  return options;
}

template <class Use>
void with_replay(const NormalModel& model, const ReplayOptions& options, int threads, const Use& use) {
  const Adapter adapter(identity_adapter());
  HostService host((RunContext()));
  host.run([&] {
    ThreadPool pool(threads);
    const std::int64_t at_once = ReplaySource::added_at_once(options);
    ReplaySource source(std::make_unique<OnlineSource>(model, adapter, at_once, 5, pool, host), options);
    use(source);
  });
}

std::vector<TrainingBatch> batches_of(const NormalModel& model, const ReplayOptions& options, int threads, int count) {
  std::vector<TrainingBatch> batches;
  with_replay(model, options, threads, [&](ReplaySource& source) {
    for (int b = 0; b < count; ++b) batches.push_back(source.next());
  });
  return batches;
}

/// Numbers of simulations by their first parameter.
std::map<float, int> numbers(const NormalModel& model, std::int64_t count) {
  std::map<float, int> of;
  const Simulations simulations = model.draw(0, count, 5);
  for (std::int64_t i = 0; i < count; ++i) of[static_cast<float>(simulations.parameters(i, 0))] = static_cast<int>(i);
  return of;
}

}  // namespace

CATCH_TEST_CASE("batches come from the last simulations, without repeats, and new ones come as fast as they are to") {
  const NormalModel model;
  const auto of = numbers(model, 2020);
  std::vector<int> used(2020, 0);
  int step = 0;
  for (const auto& batch : batches_of(model, small_replay(), 1, 1000)) {
    const int end = 20 + 2 * step++;  // a quarter of the bank before the first batch
    std::set<int> seen;
    for (std::int64_t i = 0; i < batch.count(); ++i) seen.insert(of.at(batch.parameters(i, 0)));
    CATCH_REQUIRE(seen.size() == 10);
    CATCH_REQUIRE(*seen.rbegin() < end);
    CATCH_REQUIRE(*seen.begin() >= end - 80);
    for (const int number : seen) ++used[static_cast<std::size_t>(number)];
  }
  // In 40 batches each, of 10 out of 80: mean 5, variance 40 * 1/8 * 7/8 = 4.4. The mean of 1,800 that were there for
  // all of them is 5 but for the ends; that all were used at least once fails in 1,800 * (7/8)^40 = 8.6 of them.
  double sum = 0;
  int never = 0;
  for (std::size_t i = 100; i < 1900; ++i) {
    sum += used[i];
    never += used[i] == 0;
  }
  CATCH_CHECK(std::abs(sum / 1800 - 5) < 0.25);
  CATCH_CHECK(never < 25);  // Poisson with mean 8.6: probability 3e-6
}

CATCH_TEST_CASE("parts of a simulation a batch are made up over batches") {
  ReplayOptions options = small_replay();
  options.reuse = 25;  // two simulations in five batches
  const NormalModel model;
  const auto of = numbers(model, 500);
  int newest = 0;
  for (const auto& batch : batches_of(model, options, 1, 1000)) {
    for (std::int64_t i = 0; i < batch.count(); ++i) newest = std::max(newest, of.at(batch.parameters(i, 0)));
  }
  CATCH_CHECK(newest < 20 + 400);
  CATCH_CHECK(newest > 400);
}

CATCH_TEST_CASE("replay gives the same for any number of threads, on the host or not") {
  NormalModel model;
  model.broken_every = 3;
  model.longest = 12;
  const auto one = batches_of(model, small_replay(), 1, 200);
  const auto three = batches_of(model, small_replay(), 3, 200);
  model.enters_host = true;
  const auto hosted = batches_of(model, small_replay(), 2, 200);
  for (std::size_t i = 0; i < one.size(); ++i) {
    CATCH_REQUIRE(same(one[i], three[i]));
    CATCH_REQUIRE(same(one[i], hosted[i]));
  }
}

CATCH_TEST_CASE("replay takes up its place with the bank that it had") {
  NormalModel model;
  model.longest = 13;
  model.broken_every = 7;
  for (const int before : {0, 1, 20, 30, 31, 150}) {
    with_replay(model, small_replay(), 1, [&](ReplaySource& first) {
      with_replay(model, small_replay(), 1, [&](ReplaySource& second) { check_resumes(first, second, before); });
    });
  }
}

CATCH_TEST_CASE("a bank smaller than a batch is refused, and places of another source") {
  const NormalModel model;
  ReplayOptions options = small_replay();
  options.bank = 9;
  CATCH_CHECK_THROWS_AS(with_replay(model, options, 1, [](ReplaySource&) {}), ConfigError);
  with_replay(model, small_replay(), 1, [](ReplaySource& source) {
    CATCH_CHECK_THROWS_AS(source.seek(Spec::List{{"kind", "online"}}), ConfigError);
  });
}
