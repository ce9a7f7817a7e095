#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/spec.h"
#include "simulate/store_shard.h"

namespace amortflow {

/// One file of a store. It stands for `count` simulations from number `first` (from 0) on; those that failed are not
/// in its tables.
struct ShardEntry {
  std::string file;
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::vector<std::int64_t> rows;  ///< of each table; the first table has one row per simulation
  std::int64_t bytes = 0;
  std::uint64_t checksum = 0;  ///< XXH64 of the file
  std::string types;           ///< see EncodedShard
  Spec about;                  ///< what the host wants to remember (failures)

  [[nodiscard]] std::int64_t simulations() const { return rows.front(); }
};

/// What a folder of simulations holds. Its file `index.jsonl` has a line for the store and then one for each shard;
/// lines are only ever appended, and a later line about the same simulations takes the place of the earlier.
struct StoreIndex {
  static constexpr int kVersion = 1;
  Spec about;  ///< whose simulations these are: written once
  std::vector<TableSchema> schema;
  std::vector<ShardEntry> shards;  ///< in the order of the simulations, without gaps
  std::int64_t bytes = 0;          ///< of the index's whole lines: a line cut short by a crash does not count

  /// The number, from 0, of the first simulation that is not there yet.
  [[nodiscard]] std::int64_t end() const { return shards.empty() ? 0 : shards.back().first + shards.back().count; }
  [[nodiscard]] std::int64_t simulations() const;
};

/// Tables from and as an unnamed list of list(name, columns, exact, names = <one per column, or left out>). Throws
/// ConfigError.
[[nodiscard]] std::vector<TableSchema> make_schema(const Spec& tables);
[[nodiscard]] Spec schema_spec(const std::vector<TableSchema>& schema);

[[nodiscard]] std::string index_path(const std::string& folder);
[[nodiscard]] std::string header_line(const StoreIndex& index);
[[nodiscard]] std::string shard_line(const ShardEntry& entry);

/// Throws StoreError where there is no index, or where it is not one that this version of the package wrote.
[[nodiscard]] StoreIndex read_store_index(const std::string& folder);

}  // namespace amortflow
