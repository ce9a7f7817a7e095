#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/durable_file.h"
#include "base/random.h"
#include "base/store_error.h"
#include "simulate/store_file.h"
#include "support/catch.h"
#include "support/folder.h"

using namespace amortflow;
using amortflow::test::Folder;

namespace {

std::vector<TableSchema> two_tables() { return {{"parameters", 2, {"a", "b"}, true}, {"data", 3, {}, false}}; }

/// Simulations first, ..., first + count - 1, with numbers that say which they are.
NewShard numbered(std::int64_t first, std::int64_t count, double scale = 1) {
  NewShard shard;
  shard.first = first;
  shard.count = count;
  shard.tables = {Matrix<double>(count, 2), Matrix<double>(count, 3)};
  for (std::int64_t i = 0; i < count; ++i) {
    for (std::int64_t j = 0; j < 2; ++j)
      shard.tables[0](i, j) = std::sqrt(static_cast<double>(first + i + 2)) + static_cast<double>(j);
    for (std::int64_t j = 0; j < 3; ++j) shard.tables[1](i, j) = scale * static_cast<double>((first + i) * 3 + j);
  }
  return shard;
}

void check_numbered(const Folder& folder, std::size_t shards) {
  const StoreIndex index = read_store_index(folder.path());
  CATCH_REQUIRE(index.shards.size() == shards);
  for (const auto& entry : index.shards) {
    const auto tables = read_shard(folder.path(), index, entry);
    const auto expected = numbered(entry.first, entry.count);
    CATCH_CHECK(tables[0].values == expected.tables[0].values);
    CATCH_CHECK(tables[1].values == expected.tables[1].values);
  }
}

void truncate(const std::string& path, std::int64_t by) {
  std::filesystem::resize_file(path, static_cast<std::uintmax_t>(file_size(path) - by));
}

std::string types_of(const Matrix<double>& table) {
  return encode_shard({{"data", table.cols, {}, false}}, {table}, "").types;
}

Matrix<double> column(const std::vector<double>& values) {
  Matrix<double> matrix(static_cast<std::int64_t>(values.size()), 1);
  matrix.values = values;
  return matrix;
}

}  // namespace

CATCH_TEST_CASE("a column is float only where that rounds and does no more") {
  CATCH_CHECK(types_of(column({0.1, 0.2, -3.7})) == "f");
  CATCH_CHECK(types_of(column({0, 1, 16777216})) == "f");
  CATCH_CHECK(types_of(column({0, 1, 16777217})) == "d");        // a count that float cannot hold
  CATCH_CHECK(types_of(column({0.5, 1, 16777217})) == "f");      // no count
  CATCH_CHECK(types_of(column({1e39, 0.1})) == "d");             // beyond float's range
  CATCH_CHECK(types_of(column({1e-40, 0.1})) == "d");            // would lose most of its digits
  CATCH_CHECK(types_of(column({1e6 + 0.1, 1e6 + 0.7})) == "d");  // a small spread far from 0
  CATCH_CHECK(types_of(column({0.1, 0.1})) == "f");
  CATCH_CHECK(types_of(column({std::nan(""), INFINITY, 2})) == "f");
}

CATCH_TEST_CASE("tables come back: parameters exactly, data rounded to float") {
  rng random = stream(1, Purpose::kSimulator, 0);
  Matrix<double> parameters(1000, 2);
  Matrix<double> data(1000, 3);
  for (auto& value : parameters.values) value = random.uniform();
  for (auto& value : data.values) value = random.uniform();
  data(5, 1) = std::nan("");
  for (std::int64_t i = 0; i < data.rows; ++i) data(i, 2) = static_cast<double>(1LL << 40) + static_cast<double>(i);
  const auto shard = encode_shard(two_tables(), {parameters, data}, "");
  CATCH_CHECK(shard.types == "ddffd");
  CATCH_CHECK(shard.bytes.size() == 1000 * (3 * 8 + 2 * 4));
  const auto back = decode_shard(two_tables(), {1000, 1000}, shard.types, shard.bytes, {});
  CATCH_CHECK(back[0].values == parameters.values);
  for (std::int64_t i = 0; i < data.rows; ++i) {
    if (i != 5) CATCH_CHECK(back[1](i, 1) == static_cast<double>(static_cast<float>(data(i, 1))));
    CATCH_CHECK(back[1](i, 2) == data(i, 2));
  }
  CATCH_CHECK(std::isnan(back[1](5, 1)));
  CATCH_CHECK(decode_shard(two_tables(), {1000, 1000}, shard.types, shard.bytes, {"data"})[0].rows == 0);
  CATCH_CHECK_THROWS_AS(decode_shard(two_tables(), {1000, 999}, shard.types, shard.bytes, {}), FormatError);
  CATCH_CHECK_THROWS_AS(decode_shard(two_tables(), {1000, 1001}, shard.types, shard.bytes, {}), FormatError);
}

CATCH_TEST_CASE("a store gives back its shards, and types once widened stay wide") {
  const Folder folder;
  create_store(folder.path(), Spec::List{{"seed", 7}}, two_tables());
  CATCH_CHECK_THROWS_AS(create_store(folder.path(), Spec::List{}, two_tables()), StoreError);
  append_shard(folder.path(), numbered(0, 100));
  append_shard(folder.path(), numbered(100, 50, 16777217));
  append_shard(folder.path(), numbered(150, 50));
  const StoreIndex index = read_store_index(folder.path());
  CATCH_CHECK(index.simulations() == 200);
  CATCH_CHECK(index.end() == 200);
  CATCH_CHECK(*index.about.find("seed") == Spec(7));
  CATCH_CHECK(index.schema[0].names == std::vector<std::string>{"a", "b"});
  CATCH_CHECK(index.shards[0].types == "ddfff");
  CATCH_CHECK(index.shards[1].types == "ddddd");
  CATCH_CHECK(index.shards[2].types == "ddddd");
  CATCH_CHECK(read_shard(folder.path(), index, index.shards[1])[1](49, 2) == 16777217.0 * (149 * 3 + 2));
}

CATCH_TEST_CASE("simulations must follow those that are there") {
  const Folder folder;
  create_store(folder.path(), Spec::List{}, two_tables());
  append_shard(folder.path(), numbered(0, 100));
  CATCH_CHECK_THROWS_AS(append_shard(folder.path(), numbered(90, 100)), StoreError);
  CATCH_CHECK_THROWS_AS(append_shard(folder.path(), numbered(101, 100)), StoreError);
  append_shard(folder.path(), numbered(100, 10));
  check_numbered(folder, 2);
}

CATCH_TEST_CASE("a crash at any moment leaves the shards that were finished") {
  const Folder folder;
  create_store(folder.path(), Spec::List{}, two_tables());
  append_shard(folder.path(), numbered(0, 100));
  append_shard(folder.path(), numbered(100, 100));
  const std::int64_t size = file_size(folder.file("index.jsonl"));
  // In the middle of a line of the index, and with half a shard beside.
  for (const std::int64_t cut : {1, 20, 60}) {
    std::filesystem::resize_file(folder.file("index.jsonl"), static_cast<std::uintmax_t>(size - cut));
    std::ofstream(folder.file("shard-000002.bin.tmp")) << "half";
    check_numbered(folder, 1);
    append_shard(folder.path(), numbered(100, 100));
    check_numbered(folder, 2);
    CATCH_CHECK(file_size(folder.file("index.jsonl")) == size);
  }
}

CATCH_TEST_CASE("truncated, deleted and damaged shards are told and can be replaced") {
  const Folder folder;
  create_store(folder.path(), Spec::List{}, two_tables());
  append_shard(folder.path(), numbered(0, 100));
  append_shard(folder.path(), numbered(100, 100));
  append_shard(folder.path(), numbered(200, 10));
  const StoreIndex index = read_store_index(folder.path());
  const std::string shard = folder.file("shard-000002.bin");
  const auto refused = [&] {
    CATCH_CHECK_THROWS_AS(read_shard(folder.path(), index, index.shards[1]), StoreError);
    append_shard(folder.path(), numbered(100, 100));
    check_numbered(folder, 3);
  };
  CATCH_CHECK(is_whole(folder.path(), index.shards[1]));
  truncate(shard, 1);
  CATCH_CHECK_FALSE(is_whole(folder.path(), index.shards[1]));
  refused();
  std::filesystem::remove(shard);
  CATCH_CHECK_FALSE(is_whole(folder.path(), index.shards[1]));
  refused();
  std::fstream file(shard, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(500);
  file.put('x');
  file.close();
  CATCH_CHECK(is_whole(folder.path(), index.shards[1]));
  refused();
}

CATCH_TEST_CASE("an index that is none is refused with the reason") {
  const Folder folder;
  CATCH_CHECK_THROWS_AS(read_store_index(folder.path()), StoreError);
  const std::vector<std::string> headers{"", "{}\n", "not json\n",
                                         R"({"format":"amortflow store","version":99,"about":{},"tables":[]})"
                                         "\n"};
  for (const auto& header : headers) {
    std::ofstream(folder.file("index.jsonl")) << header;
    CATCH_CHECK_THROWS_AS(read_store_index(folder.path()), StoreError);
  }
}

CATCH_TEST_CASE("a line of the index that is missing or changed is told, and can be cut off") {
  const Folder folder;
  const auto make = [&] {
    create_store(folder.path(), Spec::List{}, two_tables());
    for (std::int64_t first = 0; first < 300; first += 100) append_shard(folder.path(), numbered(first, 100));
  };
  make();
  std::vector<std::string> lines;
  std::ifstream file(folder.file("index.jsonl"));
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  CATCH_REQUIRE(lines.size() == 4);
  const auto write = [&](const std::vector<std::string>& some) {
    std::ofstream index(folder.file("index.jsonl"));
    for (const auto& line : some) index << line << '\n';
  };
  std::string changed = lines[2];
  changed.replace(changed.find("\"bytes\":"), 9, "\"bytes\":1");
  const std::string torn = lines[2].substr(0, lines[2].size() / 2);
  const std::vector<std::vector<std::string>> damaged{
      {lines[0], lines[1], lines[3]}, {lines[0], lines[1], torn, lines[3]}, {lines[0], lines[1], changed, lines[3]}};
  for (const auto& some : damaged) {
    write(some);
    try {
      (void)read_store_index(folder.path());
      CATCH_FAIL("it was read");
    } catch (const StoreError& error) {
      CATCH_CHECK_THAT(error.what(), Catch::contains_text("Line 3"));
      CATCH_CHECK_THAT(error.hint(), Catch::contains_text("Delete this line and those behind it"));
    }
    write({some[0], some[1]});
    append_shard(folder.path(), numbered(100, 100));
    append_shard(folder.path(), numbered(200, 100));
    check_numbered(folder, 3);
  }
  std::string header = lines[0];
  header.replace(header.find("\"a\""), 3, "\"c\"");
  write({header, lines[1]});
  CATCH_CHECK_THROWS_AS(read_store_index(folder.path()), StoreError);
}

CATCH_TEST_CASE("two writers do not meet") {
  const Folder folder;
  create_store(folder.path(), Spec::List{}, two_tables());
  {
    const LockedFile other(folder.file("index.jsonl"));
    CATCH_CHECK_THROWS_AS(append_shard(folder.path(), numbered(0, 10)), StoreError);
  }
  append_shard(folder.path(), numbered(0, 10));
  check_numbered(folder, 1);
}
