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
#include "train/batch_source.h"

using namespace amortflow;
using amortflow::test::check_resumes;
using amortflow::test::identity_adapter;
using amortflow::test::NormalModel;
using amortflow::test::same;

namespace {

/// `count` simulations of one number each, so that they can be told apart: parameter i is i.
TrainingBatch numbered(std::int64_t count) {
  TrainingBatch batch;
  batch.parameters = Matrix<float>(count, 1);
  for (std::int64_t i = 0; i < count; ++i) batch.parameters(i, 0) = static_cast<float>(i);
  std::vector<std::int64_t> lengths;
  for (std::int64_t i = 0; i < count; ++i) lengths.push_back(1 + i % 3);
  batch.data.observed.resize(1);
  batch.data.observed[0].segments = Segments::of_lengths(lengths);
  batch.data.observed[0].values = Matrix<float>(batch.data.observed[0].segments.rows(), 1);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t first = batch.data.observed[0].segments.offsets[static_cast<std::size_t>(i)];
    for (std::int64_t t = 0; t < 1 + i % 3; ++t) {
      batch.data.observed[0].values(first + t, 0) = static_cast<float>(100 * i + t);
    }
  }
  batch.data.context = Matrix<float>(count, 0);
  return batch;
}

/// Parameters of one pass; checks that every data set came with its own.
std::vector<float> one_pass(OfflineSource& source, std::int64_t batches) {
  std::vector<float> seen;
  for (std::int64_t b = 0; b < batches; ++b) {
    const TrainingBatch batch = source.next();
    for (std::int64_t i = 0; i < batch.count(); ++i) {
      const float which = batch.parameters(i, 0);
      seen.push_back(which);
      const std::int64_t first = batch.data.observed[0].segments.offsets[static_cast<std::size_t>(i)];
      CATCH_REQUIRE(batch.data.observed[0].segments.length(i) == 1 + static_cast<std::int64_t>(which) % 3);
      for (std::int64_t t = 0; t < batch.data.observed[0].segments.length(i); ++t) {
        CATCH_REQUIRE(batch.data.observed[0].values(first + t, 0) == 100 * which + static_cast<float>(t));
      }
    }
  }
  return seen;
}

}  // namespace

CATCH_TEST_CASE("simulations that are not finite are left out and counted, the others kept as they are") {
  NormalModel model;
  model.longest = 12;
  Simulations simulations = model.draw(0, 10, 3);
  const Simulations whole = simulations;
  simulations.data[0].values(simulations.data[0].segments.offsets[4], 1) = std::numeric_limits<double>::infinity();
  simulations.parameters(7, 0) = std::numeric_limits<double>::quiet_NaN();
  std::int64_t dropped = 2;
  const TrainingBatch batch = adapt_simulations(simulations, 0, Adapter(identity_adapter()), dropped);
  CATCH_CHECK(dropped == 4);
  CATCH_REQUIRE(batch.count() == 8);
  std::int64_t row = 0;
  for (const std::int64_t i : {0, 1, 2, 3, 5, 6, 8, 9}) {
    CATCH_CHECK(batch.parameters(row, 1) == static_cast<float>(whole.parameters(i, 1)));
    CATCH_CHECK(batch.data.observed[0].segments.length(row) == whole.data[0].segments.length(i));
    const auto from = whole.data[0].segments.offsets[static_cast<std::size_t>(i)];
    const auto to = batch.data.observed[0].segments.offsets[static_cast<std::size_t>(row)];
    CATCH_CHECK(batch.data.observed[0].values(to, 0) == static_cast<float>(whole.data[0].values(from, 0)));
    ++row;
  }
}

CATCH_TEST_CASE("a failure of a simulation that is not among those given is refused") {
  NormalModel model;
  model.broken_every = 4;
  std::int64_t dropped = 0;
  const Adapter adapter(identity_adapter());
  CATCH_CHECK(adapt_simulations(model.draw(1000, 8, 3), 1000, adapter, dropped).count() == 6);
  CATCH_CHECK_THROWS_AS(adapt_simulations(model.draw(1000, 8, 3), 0, adapter, dropped), ShapeError);
  CATCH_CHECK_THROWS_AS(adapt_simulations(model.draw(0, 8, 3), 1000, adapter, dropped), ShapeError);
}

CATCH_TEST_CASE("an offline source visits every simulation once per pass, in another order each time") {
  OfflineSource source(numbered(35), 0, 7, 11);
  OfflineSource again(numbered(35), 0, 7, 11);
  std::set<std::vector<float>> orders;
  for (int pass = 0; pass < 4; ++pass) {
    std::vector<float> seen = one_pass(source, 5);
    CATCH_CHECK(seen == one_pass(again, 5));
    orders.insert(seen);
    std::sort(seen.begin(), seen.end());
    for (std::size_t i = 0; i < 35; ++i) CATCH_REQUIRE(seen[i] == static_cast<float>(i));
  }
  CATCH_CHECK(orders.size() == 4);
}

CATCH_TEST_CASE("what does not fill a batch waits for the next pass; a batch is at most all there is") {
  OfflineSource uneven(numbered(17), 3, 5, 1);
  CATCH_CHECK(uneven.dropped() == 3);
  for (int pass = 0; pass < 3; ++pass) {
    const auto seen = one_pass(uneven, 3);
    CATCH_CHECK(std::set<float>(seen.begin(), seen.end()).size() == 15);
  }
  OfflineSource small(numbered(4), 0, 100, 1);
  CATCH_CHECK(small.next().count() == 4);
}

CATCH_TEST_CASE("subsampled batches hold another part of each data set in every pass, with its own parameter") {
  const auto source_of = [](std::uint64_t seed) {
    auto all = std::make_unique<OfflineSource>(numbered(30), 0, 15, 3);
    return SubsampledSource(std::move(all), {2}, seed);
  };
  SubsampledSource source = source_of(1);
  SubsampledSource same_seed = source_of(1);
  std::map<float, std::set<std::vector<float>>> parts;
  for (int b = 0; b < 20; ++b) {
    const TrainingBatch batch = source.next();
    CATCH_CHECK(same(batch, same_seed.next()));
    const auto& rows = batch.data.observed[0];
    for (std::int64_t i = 0; i < batch.count(); ++i) {
      const float which = batch.parameters(i, 0);
      CATCH_REQUIRE(rows.segments.length(i) == std::min<std::int64_t>(2, 1 + static_cast<std::int64_t>(which) % 3));
      const std::int64_t first = rows.segments.offsets[static_cast<std::size_t>(i)];
      std::vector<float> part;
      for (std::int64_t t = 0; t < rows.segments.length(i); ++t) part.push_back(rows.values(first + t, 0));
      for (const float value : part) CATCH_REQUIRE(std::floor(value / 100) == which);
      parts[which].insert(part);
    }
  }
  // Of three positions two, ten times: that one of the three parts never comes has probability 3 (2/3)^10 = 0.05 for
  // each of ten data sets; that more than five lack one, 1e-5.
  int whole = 0;
  for (const auto& [which, seen] : parts) {
    if (static_cast<std::int64_t>(which) % 3 == 2) {
      whole += seen.size() == 3;
    } else {
      CATCH_CHECK(seen.size() == 1);
    }
  }
  CATCH_CHECK(whole >= 5);
}

CATCH_TEST_CASE("an offline source takes up its place, in any pass, subsampled, with noise or not") {
  for (const int before : {0, 1, 5, 6, 13}) {  // 5 batches a pass
    OfflineSource first(numbered(40), 2, 8, 3);
    OfflineSource second(numbered(40), 2, 8, 3);
    check_resumes(first, second, before);
    SubsampledSource part(std::make_unique<OfflineSource>(numbered(40), 2, 8, 3), {1}, 4);
    SubsampledSource other(std::make_unique<OfflineSource>(numbered(40), 2, 8, 3), {1}, 4);
    check_resumes(part, other, before);
    const DataNoise noise{0.5, 0.1, 1, {{0}}};
    NoisySource noisy(std::make_unique<OfflineSource>(numbered(40), 2, 8, 3), noise, 4);
    NoisySource again(std::make_unique<OfflineSource>(numbered(40), 2, 8, 3), noise, 4);
    check_resumes(noisy, again, before);
  }
}

CATCH_TEST_CASE("a place in another kind of source, or outside of it, is refused") {
  OfflineSource source(numbered(40), 0, 8, 3);
  OfflineSource longer(numbered(80), 0, 8, 3);
  for (int i = 0; i < 8; ++i) static_cast<void>(longer.next());
  CATCH_CHECK_THROWS_AS(source.seek(longer.position()), ConfigError);
  CATCH_CHECK_THROWS_AS(source.seek(Spec::List{{"kind", "online"}}), ConfigError);
  CATCH_CHECK_THROWS_AS(source.seek(Spec()), ConfigError);
  SubsampledSource part(std::make_unique<OfflineSource>(numbered(40), 0, 8, 3), {1}, 4);
  CATCH_CHECK_THROWS_AS(part.seek(source.position()), ConfigError);
  NoisySource noisy(std::make_unique<OfflineSource>(numbered(40), 0, 8, 3), {0.5, 0.1, 1, {{0}}}, 4);
  CATCH_CHECK_THROWS_AS(noisy.seek(part.position()), ConfigError);
}
