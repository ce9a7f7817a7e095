#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/matrix.h"

namespace amortflow {

/// A table of a store: one row per simulation or per position, one column per variable.
struct TableSchema {
  std::string name;
  std::int64_t columns = 0;
  std::vector<std::string> names;  ///< of the columns; empty where they have none
  bool exact = false;              ///< always in double precision, as parameters are
};

/// Tables in the order of their schema, as the bytes of one file: column after column, each as little-endian float or
/// double. `types` has one letter per column over all tables, 'f' or 'd'.
struct EncodedShard {
  std::vector<std::uint8_t> bytes;
  std::string types;
};

/// Columns are float where this does no more than round their values: whole numbers that float cannot hold (from 2^24
/// on), values beyond its range, and values whose spread is below 2^-12 of their size stay double. A column that is
/// 'd' in `at_least` (empty for none) stays so. Throws ShapeError where tables are not those of the schema.
[[nodiscard]] EncodedShard encode_shard(const std::vector<TableSchema>& schema,
                                        const std::vector<Matrix<double>>& tables,
                                        const std::string& at_least);

/// `rows` has the number of rows of every table. Tables that are not `wanted` (empty for all) come back empty.
/// Throws FormatError where the bytes are too few or too many.
[[nodiscard]] std::vector<Matrix<double>> decode_shard(const std::vector<TableSchema>& schema,
                                                       const std::vector<std::int64_t>& rows,
                                                       const std::string& types,
                                                       const std::vector<std::uint8_t>& bytes,
                                                       const std::vector<std::string>& wanted);

}  // namespace amortflow
