#pragma once

#include <string>
#include <vector>

#include "base/matrix.h"
#include "simulate/store_index.h"

namespace amortflow {

/// Simulations that are to become one shard, tables in the order of the schema.
struct NewShard {
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::vector<Matrix<double>> tables;
  Spec about;
};

/// Begins a store in an existing folder. Throws StoreError if it holds one already.
void create_store(const std::string& folder, const Spec& about, const std::vector<TableSchema>& schema);

/// Writes a shard, then its line in the index; a crash leaves what was there before. Simulations are those that follow
/// the last shard, or those of a shard that is to be replaced. Throws StoreError, also where another process writes.
void append_shard(const std::string& folder, const NewShard& shard);

/// Whether the file of a shard is there with all its bytes; their checksum is looked at by read_shard() only.
[[nodiscard]] bool is_whole(const std::string& folder, const ShardEntry& entry);

/// Tables of one shard, those not `wanted` (empty for all) empty. Throws StoreError where the file is missing,
/// truncated or damaged.
[[nodiscard]] std::vector<Matrix<double>> read_shard(const std::string& folder,
                                                     const StoreIndex& index,
                                                     const ShardEntry& entry,
                                                     const std::vector<std::string>& wanted = {});

}  // namespace amortflow
