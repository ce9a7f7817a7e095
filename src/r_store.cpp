#include <Rcpp.h>

#include "r_convert.h"
#include "r_errors.h"
#include "simulate/store_file.h"

using namespace amortflow;

namespace {

NewShard to_shard(const Rcpp::List& r_shard) {
  NewShard shard;
  shard.first = static_cast<std::int64_t>(Rcpp::as<double>(r_shard["first"]));
  shard.count = static_cast<std::int64_t>(Rcpp::as<double>(r_shard["count"]));
  const Rcpp::List r_tables = r_shard["tables"];
  for (const SEXP r_table : r_tables) shard.tables.push_back(to_matrix(r_table));
  shard.about = to_spec(r_shard["about"]);
  return shard;
}

Rcpp::List from_entry(const std::string& folder, const ShardEntry& entry) {
  const Rcpp::NumericVector r_rows(entry.rows.begin(), entry.rows.end());
  return Rcpp::List::create(Rcpp::_["file"] = entry.file, Rcpp::_["first"] = static_cast<double>(entry.first),
                            Rcpp::_["count"] = static_cast<double>(entry.count),
                            Rcpp::_["simulations"] = static_cast<double>(entry.simulations()), Rcpp::_["rows"] = r_rows,
                            Rcpp::_["bytes"] = static_cast<double>(entry.bytes),
                            Rcpp::_["checksum"] = std::to_string(entry.checksum), Rcpp::_["types"] = entry.types,
                            Rcpp::_["whole"] = is_whole(folder, entry),
                            Rcpp::_["about"] = Rcpp::RObject(from_spec(entry.about)));
}

}  // namespace

// r_tables: unnamed list of list(name, columns, exact, names). The folder must exist.
// [[Rcpp::export(rng = false)]]
void core_create_store(std::string folder, Rcpp::List r_about, Rcpp::List r_tables) {
  guarded([&] { create_store(folder, to_spec(r_about), make_schema(to_spec(r_tables))); });
}

// r_shard: list(first, count, tables = list(<matrix>, ...), about). `first` counts from 0.
// [[Rcpp::export(rng = false)]]
void core_append_shard(std::string folder, Rcpp::List r_shard) {
  guarded([&] { append_shard(folder, to_shard(r_shard)); });
}

// list(about, tables, shards); each shard a list of what the index says of it and `whole`, whether its file is there.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_read_store_index(std::string folder) {
  return guarded([&] {
    const StoreIndex index = read_store_index(folder);
    Rcpp::List r_shards;
    for (const auto& entry : index.shards) r_shards.push_back(from_entry(folder, entry));
    return Rcpp::List::create(Rcpp::_["about"] = Rcpp::RObject(from_spec(index.about)),
                              Rcpp::_["tables"] = Rcpp::RObject(from_spec(schema_spec(index.schema))),
                              Rcpp::_["shards"] = r_shards);
  });
}

// Tables of shard `number` (from 1); those not wanted have no rows.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_read_shard(std::string folder, int number, std::vector<std::string> wanted) {
  return guarded([&] {
    const StoreIndex index = read_store_index(folder);
    const auto tables = read_shard(folder, index, index.shards.at(static_cast<std::size_t>(number - 1)), wanted);
    Rcpp::List r_tables;
    for (std::size_t k = 0; k < tables.size(); ++k) r_tables[index.schema[k].name] = from_matrix(tables[k]);
    return r_tables;
  });
}
