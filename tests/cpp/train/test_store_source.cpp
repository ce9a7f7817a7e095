#include <algorithm>
#include <filesystem>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "base/durable_file.h"
#include "base/errors.h"
#include "base/json.h"
#include "base/store_error.h"
#include "simulate/store_file.h"
#include "support/catch.h"
#include "support/folder.h"
#include "support/normal_model.h"
#include "train/store_source.h"

using namespace amortflow;
using amortflow::test::Folder;
using amortflow::test::identity_adapter;

namespace {

/// Simulations whose parameter is their number, and whose 1 to 3 positions are 100 times that and on.
void write_numbered(const Folder& folder, const std::vector<std::int64_t>& counts, std::int64_t broken_every = 0) {
  create_store(
      folder.path(), Spec::List{},
      {{"parameters", 1, {}, true}, {"index", 1, {}, false}, {"lengths1", 1, {}, false}, {"data1", 1, {}, false}});
  std::int64_t first = 0;
  for (const auto count : counts) {
    NewShard shard;
    shard.first = first;
    shard.count = count;
    Matrix<double> parameters(count, 1), lengths(count, 1), data(0, 1);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t number = first + i;
      const bool broken = broken_every > 0 && (number + 1) % broken_every == 0;
      parameters(i, 0) = static_cast<double>(number);
      lengths(i, 0) = static_cast<double>(1 + number % 3);
      for (std::int64_t t = 0; t < 1 + number % 3; ++t) {
        ++data.rows;
        data.values.push_back(broken ? std::nan("") : static_cast<double>(100 * number + t));
      }
    }
    shard.tables = {parameters, Matrix<double>(count, 1), lengths, data};
    append_shard(folder.path(), shard);
    first += count;
  }
}

StoreOptions options_for(const Folder& folder, std::int64_t simulations, std::int64_t buffer = 2000) {
  StoreOptions options;
  options.folder = folder.path();
  options.simulations = simulations;
  options.buffer_bytes = buffer;
  options.batch_size = 8;
  options.seed = 5;
  return options;
}

/// Numbers of the simulations of some batches; checks that each came with its own data.
std::vector<int> numbers_of(StoreSource& source, int batches) {
  std::vector<int> numbers;
  for (int b = 0; b < batches; ++b) {
    const TrainingBatch batch = source.next();
    CATCH_REQUIRE(batch.count() == 8);
    const auto& rows = batch.data.observed[0];
    for (std::int64_t i = 0; i < batch.count(); ++i) {
      numbers.push_back(static_cast<int>(batch.parameters(i, 0)));
      const auto from = rows.segments.offsets[static_cast<std::size_t>(i)];
      CATCH_REQUIRE(rows.segments.length(i) == 1 + numbers.back() % 3);
      CATCH_REQUIRE(rows.values(from, 0) == static_cast<float>(100 * numbers.back()));
    }
  }
  return numbers;
}

const std::vector<std::int64_t> kCounts{10, 100, 7, 100, 100, 83};  // 400 in all

}  // namespace

CATCH_TEST_CASE("a pass gives every simulation once, passes have orders of their own") {
  const Folder folder;
  write_numbered(folder, kCounts);
  const Adapter adapter(identity_adapter());
  StoreSource source(options_for(folder, 400), adapter);
  std::vector<int> all(400);
  std::iota(all.begin(), all.end(), 0);
  std::set<std::vector<int>> orders;
  for (int pass = 0; pass < 4; ++pass) {
    auto numbers = numbers_of(source, 50);
    orders.insert(numbers);
    CATCH_CHECK_FALSE(std::is_sorted(numbers.begin(), numbers.end()));
    std::sort(numbers.begin(), numbers.end());
    CATCH_CHECK(numbers == all);
  }
  CATCH_CHECK(orders.size() == 4);
}

CATCH_TEST_CASE("the order depends on the seed, and on nothing else") {
  const Folder folder;
  write_numbered(folder, kCounts);
  const Adapter adapter(identity_adapter());
  const auto order = [&](std::uint64_t seed) {
    StoreOptions options = options_for(folder, 400);
    options.seed = seed;
    StoreSource source(options, adapter);
    return numbers_of(source, 120);
  };
  CATCH_CHECK(order(5) == order(5));
  CATCH_CHECK(order(5) != order(6));
}

CATCH_TEST_CASE("a buffer of any size gives every simulation as often as the others") {
  const Folder folder;
  write_numbered(folder, kCounts);
  const Adapter adapter(identity_adapter());
  for (const std::int64_t buffer : {1, 3000, 1000000}) {
    StoreSource source(options_for(folder, 400, buffer), adapter);
    std::vector<int> times(400);
    for (const int number : numbers_of(source, 500)) ++times[static_cast<std::size_t>(number)];
    // What is left over of windows makes passes overlap by less than a batch.
    CATCH_CHECK(*std::min_element(times.begin(), times.end()) >= 9);
    CATCH_CHECK(*std::max_element(times.begin(), times.end()) <= 11);
  }
}

CATCH_TEST_CASE("simulations kept for validation are not trained on") {
  const Folder folder;
  write_numbered(folder, kCounts);
  const Adapter adapter(identity_adapter());
  StoreSource source(options_for(folder, 360), adapter);
  const auto numbers = numbers_of(source, 45 * 3);
  CATCH_CHECK(std::set<int>(numbers.begin(), numbers.end()).size() == 360);
  CATCH_CHECK(*std::max_element(numbers.begin(), numbers.end()) == 359);
}

CATCH_TEST_CASE("simulations that are not finite are left out and counted once") {
  const Folder folder;
  write_numbered(folder, kCounts, 10);
  const Adapter adapter(identity_adapter());
  StoreSource source(options_for(folder, 400), adapter);
  const auto numbers = numbers_of(source, 45 * 3);
  CATCH_CHECK(std::set<int>(numbers.begin(), numbers.end()).size() == 360);
  CATCH_CHECK(source.dropped() == 40);
}

CATCH_TEST_CASE("a store without a finite simulation is told") {
  const Folder folder;
  write_numbered(folder, {20, 20}, 1);
  const Adapter adapter(identity_adapter());
  StoreSource source(options_for(folder, 40, 1), adapter);
  CATCH_CHECK_THROWS_AS(source.next(), StoreError);
}

CATCH_TEST_CASE("shards that are truncated or deleted under training are told") {
  const Adapter adapter(identity_adapter());
  for (const bool deleted : {true, false}) {
    const Folder folder;
    write_numbered(folder, kCounts);
    StoreSource source(options_for(folder, 400, 1), adapter);
    static_cast<void>(numbers_of(source, 60));
    const std::string shard = folder.file("shard-000004.bin");
    if (deleted) {
      std::filesystem::remove(shard);
    } else {
      std::filesystem::resize_file(shard, static_cast<std::uintmax_t>(file_size(shard) - 1));
    }
    CATCH_CHECK_THROWS_AS(numbers_of(source, 200), StoreError);
  }
}

CATCH_TEST_CASE("a store with fewer simulations than asked for is refused") {
  const Folder folder;
  write_numbered(folder, {10});
  const Adapter adapter(identity_adapter());
  CATCH_CHECK_THROWS_AS(StoreSource(options_for(folder, 11), adapter), ConfigError);
  CATCH_CHECK_THROWS_AS(StoreSource(options_for(folder, 1), adapter), ConfigError);
}

CATCH_TEST_CASE("a store takes up its place, in any window, with what earlier ones left over") {
  const Folder folder;
  write_numbered(folder, kCounts, 9);
  const Adapter adapter(identity_adapter());
  for (const std::int64_t buffer : {1, 3000, 1000000}) {
    for (const int before : {0, 1, 2, 17, 44, 45, 46, 137}) {
      StoreSource first(options_for(folder, 390, buffer), adapter);
      static_cast<void>(numbers_of(first, before));
      const SourcePosition position = from_json(to_json(first.position()));
      CATCH_INFO("buffer " << buffer << ", " << to_json(position));
      StoreSource second(options_for(folder, 390, buffer), adapter);
      second.seek(position);
      CATCH_CHECK(numbers_of(first, 100) == numbers_of(second, 100));
      CATCH_CHECK(first.dropped() == second.dropped());
      CATCH_CHECK(first.position() == second.position());
    }
  }
}

CATCH_TEST_CASE("a place outside of the store is refused") {
  const Folder folder;
  write_numbered(folder, kCounts);
  const Adapter adapter(identity_adapter());
  StoreSource source(options_for(folder, 400), adapter);
  static_cast<void>(numbers_of(source, 30));
  for (const char* key : {"window", "requested", "left_over", "next_shard", "order_shuffle", "position"}) {
    SourcePosition position = source.position();
    position.set(key, Spec::Numbers{1e6, 0});
    StoreSource other(options_for(folder, 400), adapter);
    CATCH_CHECK_THROWS_AS(other.seek(position), ConfigError);
  }
}
