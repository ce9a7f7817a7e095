#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "base/errors.h"
#include "support/batches.h"
#include "support/catch.h"
#include "support/normal_model.h"
#include "train/rounds_source.h"

using namespace amortflow;
using amortflow::test::check_resumes;
using amortflow::test::identity_adapter;
using amortflow::test::NormalModel;

namespace {

/// Rounds of 40 simulations, in batches of 8, each used 3 times: 15 batches a round.
RoundsOptions small_rounds(bool accumulate) {
  RoundsOptions options;
  options.bank = 37;  // rounded up
  options.reuse = 3;
  options.accumulate = accumulate;
  options.batch_size = 8;
  options.seed = 5;
  return options;
}

template <class Use>
void with_rounds(const NormalModel& model, const RoundsOptions& options, int threads, const Use& use) {
  const Adapter adapter(identity_adapter());
  HostService host((RunContext()));
  host.run([&] {
    ThreadPool pool(threads);
    RoundsSource source(std::make_unique<OnlineSource>(model, adapter, options.batch_size, 5, pool, host), options);
    use(source);
  });
}

/// How often each simulation was given in each of `rounds` rounds; a simulation goes by its first parameter.
std::vector<std::map<float, int>> uses(const NormalModel& model,
                                       const RoundsOptions& options,
                                       int threads,
                                       int rounds) {
  std::vector<std::map<float, int>> used(static_cast<std::size_t>(rounds));
  with_rounds(model, options, threads, [&](RoundsSource& source) {
    for (auto& round : used) {
      for (int b = 0; b < 15; ++b) {
        const TrainingBatch batch = source.next();
        CATCH_REQUIRE(batch.count() == 8);
        for (std::int64_t i = 0; i < 8; ++i) ++round[batch.parameters(i, 0)];
      }
    }
  });
  return used;
}

std::set<float> drawn(const NormalModel& model, std::int64_t first, std::int64_t count) {
  std::set<float> parameters;
  const Simulations simulations = model.draw(first, count, 5);
  for (std::int64_t i = 0; i < count; ++i) parameters.insert(static_cast<float>(simulations.parameters(i, 0)));
  return parameters;
}

}  // namespace

CATCH_TEST_CASE("a refreshed bank gives each round's simulations as often as it is to, then new ones") {
  const NormalModel model;
  const auto used = uses(model, small_rounds(false), 1, 4);
  for (std::size_t r = 0; r < used.size(); ++r) {
    CATCH_REQUIRE(used[r].size() == 40);
    const auto expected = drawn(model, 40 * static_cast<std::int64_t>(r), 40);
    for (const auto& [parameter, times] : used[r]) {
      CATCH_REQUIRE(expected.count(parameter) == 1);
      CATCH_REQUIRE(times == 3);
    }
  }
}

CATCH_TEST_CASE("a growing bank gives all simulations so far in passes") {
  const NormalModel model;
  const auto used = uses(model, small_rounds(true), 1, 3);
  for (const auto& [parameter, times] : used[0]) CATCH_CHECK(times == 3);
  // 120 data sets from 80, then from 120 simulations: whole passes, and a part of one.
  CATCH_CHECK(used[1].size() == 80);
  for (const auto& [parameter, times] : used[1]) CATCH_CHECK((times == 1 || times == 2));
  CATCH_CHECK(used[2].size() == 120);
  const auto expected = drawn(model, 0, 120);
  for (const auto& [parameter, times] : used[2]) {
    CATCH_CHECK(times == 1);
    CATCH_CHECK(expected.count(parameter) == 1);
  }
}

CATCH_TEST_CASE("rounds are the same for any number of threads, on the host or not") {
  NormalModel model;
  model.broken_every = 5;
  for (const bool accumulate : {false, true}) {
    model.enters_host = false;
    const auto one = uses(model, small_rounds(accumulate), 1, 3);
    CATCH_CHECK(uses(model, small_rounds(accumulate), 3, 3) == one);
    model.enters_host = true;
    CATCH_CHECK(uses(model, small_rounds(accumulate), 2, 3) == one);
  }
}

CATCH_TEST_CASE("rounds take up their place, at their ends and within, with the bank that they had") {
  NormalModel model;
  model.longest = 13;
  model.broken_every = 7;
  for (const bool accumulate : {false, true}) {
    for (const int before : {0, 1, 5, 14, 15, 16, 31}) {
      with_rounds(model, small_rounds(accumulate), 1, [&](RoundsSource& first) {
        with_rounds(model, small_rounds(accumulate), 1,
                    [&](RoundsSource& second) { check_resumes(first, second, before); });
      });
    }
  }
}

CATCH_TEST_CASE("only the simulations of this round and those before count as dropped") {
  NormalModel model;
  model.broken_every = 5;
  with_rounds(model, small_rounds(true), 3, [&](RoundsSource& source) {
    for (int b = 0; b < 15; ++b) {
      static_cast<void>(source.next());
      CATCH_REQUIRE(source.dropped() == 9);  // 40 of 49: the fiftieth is the tenth that fails
    }
    static_cast<void>(source.next());
    CATCH_CHECK(source.dropped() == 19);
  });
}

CATCH_TEST_CASE("rounds without simulations or use are refused, and places of another source") {
  const NormalModel model;
  RoundsOptions options = small_rounds(true);
  options.reuse = 0;
  CATCH_CHECK_THROWS_AS(with_rounds(model, options, 1, [](RoundsSource&) {}), ConfigError);
  options = small_rounds(true);
  options.bank = 0;
  CATCH_CHECK_THROWS_AS(with_rounds(model, options, 1, [](RoundsSource&) {}), ConfigError);
  with_rounds(model, small_rounds(true), 1, [](RoundsSource& source) {
    CATCH_CHECK_THROWS_AS(source.seek(Spec::List{{"kind", "replay"}}), ConfigError);
  });
}
