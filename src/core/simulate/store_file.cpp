#include "simulate/store_file.h"

#include <algorithm>
#include <cstdio>

#include "base/checksum.h"
#include "base/durable_file.h"
#include "base/store_error.h"

namespace amortflow {

namespace {

std::string shard_file(std::size_t number) {
  char name[40];
  std::snprintf(name, sizeof(name), "shard-%06zu.bin", number);
  return name;
}

/// Which of the shards `shard` is, from 0: the next one, or one to be replaced.
std::size_t place_of(const NewShard& shard, const StoreIndex& index, const std::string& folder) {
  for (std::size_t i = 0; i < index.shards.size(); ++i) {
    if (index.shards[i].first == shard.first && index.shards[i].count == shard.count) return i;
  }
  if (shard.first == index.end()) return index.shards.size();
  throw StoreError("Simulations must be added to `" + folder + "` from number " + std::to_string(index.end() + 1) +
                       " on, not " + std::to_string(shard.first + 1) + ".",
                   "Another process wrote to it meanwhile: let only one do so.");
}

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  throw StoreError("Shard `" + path + "` " + what,
                   "Delete this file and call `simulate()` with the same model, seed and `store`: its simulations are "
                   "made again.");
}

}  // namespace

void create_store(const std::string& folder, const Spec& about, const std::vector<TableSchema>& schema) {
  if (file_size(index_path(folder)) >= 0) throw StoreError("`" + folder + "` holds a store already.");
  StoreIndex index;
  index.about = about;
  index.schema = schema;
  const std::string line = header_line(index);
  write_durably(index_path(folder), std::vector<std::uint8_t>(line.begin(), line.end()));
}

void append_shard(const std::string& folder, const NewShard& shard) {
  LockedFile journal(index_path(folder));
  const StoreIndex index = read_store_index(folder);
  const std::size_t place = place_of(shard, index, folder);
  const bool replaces = place < index.shards.size();
  const std::string before = replaces ? index.shards[place].types : place > 0 ? index.shards[place - 1].types : "";
  const EncodedShard encoded = encode_shard(index.schema, shard.tables, before);
  ShardEntry entry;
  entry.file = shard_file(place + 1);
  entry.first = shard.first;
  entry.count = shard.count;
  for (const auto& table : shard.tables) entry.rows.push_back(table.rows);
  entry.bytes = static_cast<std::int64_t>(encoded.bytes.size());
  entry.checksum = xxh64(encoded.bytes.data(), encoded.bytes.size());
  entry.types = encoded.types;
  entry.about = shard.about;
  write_durably(folder + "/" + entry.file, encoded.bytes);
  journal.replace_tail(index.bytes, shard_line(entry));
}

bool is_whole(const std::string& folder, const ShardEntry& entry) {
  return file_size(folder + "/" + entry.file) == entry.bytes;
}

std::vector<Matrix<double>> read_shard(const std::string& folder,
                                       const StoreIndex& index,
                                       const ShardEntry& entry,
                                       const std::vector<std::string>& wanted) {
  const std::string path = folder + "/" + entry.file;
  if (file_size(path) < 0) refuse(path, "is missing.");
  const auto bytes = read_file(path);
  if (static_cast<std::int64_t>(bytes.size()) != entry.bytes) {
    refuse(path, "must have " + std::to_string(entry.bytes) + " bytes, but has " + std::to_string(bytes.size()) + ".");
  }
  if (xxh64(bytes.data(), bytes.size()) != entry.checksum) refuse(path, "is damaged: its checksum is another.");
  try {
    return decode_shard(index.schema, entry.rows, entry.types, bytes, wanted);
  } catch (const FormatError&) {
    refuse(path, "does not fit the index of its store.");
  }
}

}  // namespace amortflow
