#include "simulate/store_index.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "base/checksum.h"
#include "base/durable_file.h"
#include "base/json.h"
#include "base/store_error.h"

namespace amortflow {

namespace {

constexpr const char* kFormat = "amortflow store";
constexpr std::int64_t kMost = 9007199254740992;  // 2^53

std::string hexadecimal(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(value));
  return text;
}

constexpr const char* kSeal = ",\"line\":\"";

std::string checksum_of(const std::string& text) {
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  return hexadecimal(xxh64(bytes.data(), bytes.size()));
}

/// The line of an object, with the checksum of its text as last field.
std::string sealed(const Spec& fields) {
  const std::string text = to_json(fields);
  return text.substr(0, text.size() - 1) + kSeal + checksum_of(text) + "\"}\n";
}

/// A line without its checksum, and whether that is right.
struct UnsealedLine {
  std::string text;
  bool whole = false;

  explicit UnsealedLine(const std::string& line) : text(line) {
    const std::size_t at = line.rfind(kSeal);
    if (at == std::string::npos) return;
    text = line.substr(0, at) + '}';
    whole = line.substr(at) == kSeal + checksum_of(text) + "\"}";
  }

  void check() const {
    if (!whole) throw ConfigError("it was changed: its checksum is another");
  }
};

TableSchema to_table(const Spec& spec) {
  SpecReader reader(spec, "a table of the store");
  TableSchema table;
  table.name = reader.text("name");
  table.columns = reader.integer("columns", 0, kMost);
  table.exact = reader.flag("exact");
  if (reader.has("names")) table.names = reader.texts("names");
  if (!table.names.empty() && static_cast<std::int64_t>(table.names.size()) != table.columns) {
    throw ConfigError("table `" + table.name + "` must have as many names as columns");
  }
  reader.finish();
  return table;
}

void read_header(const std::string& line, StoreIndex& index) {
  const UnsealedLine unsealed(line);
  const Spec spec = from_json(unsealed.text);
  SpecReader reader(spec, "the first line of the index");
  if (reader.text("format") != kFormat) throw ConfigError("its format is another");
  const auto version = reader.integer("version", 0, kMost);
  if (version > StoreIndex::kVersion) {
    throw ConfigError("its format version is " + std::to_string(version) + ", newer than this package");
  }
  unsealed.check();
  index.about = reader.child("about");
  index.schema = make_schema(reader.child("tables"));
  reader.finish();
}

std::uint64_t from_hexadecimal(const std::string& text) {
  const bool fine = text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!fine) throw ConfigError("a checksum is none");
  return std::stoull(text, nullptr, 16);
}

ShardEntry read_entry(const std::string& line, const std::vector<TableSchema>& schema) {
  const UnsealedLine unsealed(line);
  unsealed.check();
  const Spec spec = from_json(unsealed.text);
  SpecReader reader(spec, "a line of the index");
  ShardEntry entry;
  entry.file = reader.text("file");
  entry.first = reader.integer("first", 0, kMost);
  entry.count = reader.integer("count", 1, kMost);
  for (const double rows : reader.numbers("rows")) {
    if (!(rows >= 0 && rows <= 1e15)) throw ConfigError("a number of rows is none");
    entry.rows.push_back(static_cast<std::int64_t>(rows));
  }
  entry.bytes = reader.integer("bytes", 0, kMost);
  entry.checksum = from_hexadecimal(reader.text("checksum"));
  entry.types = reader.text("types");
  if (reader.has("about")) entry.about = reader.child("about");
  reader.finish();
  const auto columns = std::accumulate(schema.begin(), schema.end(), std::int64_t{0},
                                       [](std::int64_t sum, const TableSchema& table) { return sum + table.columns; });
  const bool fine = entry.rows.size() == schema.size() && static_cast<std::int64_t>(entry.types.size()) == columns &&
                    entry.types.find_first_not_of("fd") == std::string::npos && entry.rows.front() <= entry.count &&
                    entry.file.find('/') == std::string::npos;
  if (!fine) throw ConfigError("shard `" + entry.file + "` does not fit the tables");
  return entry;
}

void add_entry(ShardEntry entry, std::vector<ShardEntry>& shards) {
  const auto same = std::find_if(shards.begin(), shards.end(), [&](const ShardEntry& other) {
    return other.first == entry.first && other.count == entry.count;
  });
  if (same != shards.end()) {
    *same = std::move(entry);
    return;
  }
  const std::int64_t end = shards.empty() ? 0 : shards.back().first + shards.back().count;
  if (entry.first != end) throw ConfigError("shard `" + entry.file + "` does not follow the one before");
  shards.push_back(std::move(entry));
}

}  // namespace

std::int64_t StoreIndex::simulations() const {
  return std::accumulate(shards.begin(), shards.end(), std::int64_t{0},
                         [](std::int64_t sum, const ShardEntry& entry) { return sum + entry.simulations(); });
}

std::vector<TableSchema> make_schema(const Spec& tables) {
  if (!tables.list() || tables.list()->empty()) throw ConfigError("a store must have tables");
  std::vector<TableSchema> schema;
  for (const auto& entry : *tables.list()) schema.push_back(to_table(entry.second));
  return schema;
}

Spec schema_spec(const std::vector<TableSchema>& schema) {
  Spec::List tables;
  for (const auto& table : schema) {
    Spec::List fields{{"name", table.name}, {"columns", table.columns}, {"exact", table.exact}};
    if (!table.names.empty()) fields.push_back({"names", table.names});
    tables.push_back({"", fields});
  }
  return tables;
}

std::string index_path(const std::string& folder) { return folder + "/index.jsonl"; }

std::string header_line(const StoreIndex& index) {
  return sealed(Spec::List{{"format", kFormat},
                           {"version", StoreIndex::kVersion},
                           {"about", index.about},
                           {"tables", schema_spec(index.schema)}});
}

std::string shard_line(const ShardEntry& entry) {
  Spec::List fields{{"file", entry.file},   {"first", entry.first},
                    {"count", entry.count}, {"rows", Spec::Numbers(entry.rows.begin(), entry.rows.end())},
                    {"bytes", entry.bytes}, {"checksum", hexadecimal(entry.checksum)},
                    {"types", entry.types}};
  if (!entry.about.is_null()) fields.push_back({"about", entry.about});
  return sealed(fields);
}

StoreIndex read_store_index(const std::string& folder) {
  const std::string path = index_path(folder);
  if (file_size(path) < 0) {
    throw StoreError("`" + folder + "` must be a store of simulations, but has no file `index.jsonl`.",
                     "Make one with `simulate(model, nsim, store = \"" + folder + "\")`.");
  }
  const auto bytes = read_file(path);
  const std::string text(bytes.begin(), bytes.end());
  StoreIndex index;
  std::size_t number = 1;
  try {
    for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos;
         begin = end + 1, ++number) {
      const std::string line = text.substr(begin, end - begin);
      if (begin == 0) {
        read_header(line, index);
      } else {
        add_entry(read_entry(line, index.schema), index.shards);
      }
      index.bytes = static_cast<std::int64_t>(end + 1);
    }
    if (index.schema.empty()) throw ConfigError("it is empty");
  } catch (const Error& error) {
    const std::string line = std::to_string(number);
    throw StoreError("Line " + line + " of the index of the store `" + folder + "` cannot be used: " + error.what(),
                     number == 1 ? "Delete the folder and simulate again."
                                 : "Delete this line and those behind it from `" + path +
                                       "` and call `simulate()` with the same model and `store`: what they stood for "
                                       "is made again.");
  }
  return index;
}

}  // namespace amortflow
