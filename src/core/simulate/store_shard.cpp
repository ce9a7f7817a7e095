#include "simulate/store_shard.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/errors.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Stores are written in the order of bytes of little-endian machines."
#endif

namespace amortflow {

namespace {

using Limits = std::numeric_limits<float>;

constexpr char kFloat = 'f';
constexpr char kDouble = 'd';
/// Below this share of the values' size, rounding to float would be seen in their spread.
constexpr double kLeastSpread = 1.0 / 4096;
/// PriorRows that are turned at a time, so that both sides stay in cache.
constexpr std::int64_t kTile = 128;

std::size_t width(char type) { return type == kFloat ? sizeof(float) : sizeof(double); }

/// What decides on the type of one column; values that are not finite fit into both.
struct ColumnRange {
  double least = std::numeric_limits<double>::infinity();
  double most = -std::numeric_limits<double>::infinity();
  bool whole = true;          // all are whole numbers
  bool representable = true;  // in float, but for rounding
  bool rounded = false;       // float differs

  void add(double value) {
    if (!std::isfinite(value)) return;
    least = std::min(least, value);
    most = std::max(most, value);
    const double size = std::fabs(value);
    whole = whole && std::floor(value) == value;
    if (size > static_cast<double>(Limits::max()) || (size > 0 && size < static_cast<double>(Limits::min()))) {
      representable = false;
    } else {
      rounded = rounded || static_cast<double>(static_cast<float>(value)) != value;
    }
  }

  [[nodiscard]] char type() const {
    if (!representable) return kDouble;
    if (!rounded) return kFloat;
    const double spread = most - least;
    const bool narrow = spread > 0 && spread < kLeastSpread * std::max(std::fabs(least), std::fabs(most));
    return whole || narrow ? kDouble : kFloat;
  }
};

std::string column_types(const TableSchema& schema, const Matrix<double>& table) {
  const auto columns = static_cast<std::size_t>(schema.columns);
  if (schema.exact) return std::string(columns, kDouble);
  std::vector<ColumnRange> ranges(columns);
  const double* value = table.values.data();
  for (std::int64_t i = 0; i < table.rows; ++i) {
    for (auto& range : ranges) range.add(*value++);
  }
  std::string types;
  for (const auto& range : ranges) types += range.type();
  return types;
}

/// Where each column begins, and at last where all end.
std::vector<std::size_t> column_offsets(const std::string& types, std::int64_t rows) {
  std::vector<std::size_t> offsets{0};
  for (const char type : types) offsets.push_back(offsets.back() + static_cast<std::size_t>(rows) * width(type));
  return offsets;
}

template <class Copy>
void for_each_tile(const Matrix<double>& shape, const Copy& copy) {
  for (std::int64_t begin = 0; begin < shape.rows; begin += kTile) {
    const std::int64_t end = std::min(begin + kTile, shape.rows);
    for (std::int64_t j = 0; j < shape.cols; ++j) copy(j, begin, end);
  }
}

void encode_table(const Matrix<double>& table, const std::string& types, std::vector<std::uint8_t>& bytes) {
  const auto offsets = column_offsets(types, table.rows);
  const std::size_t first = bytes.size();
  bytes.resize(first + offsets.back());
  for_each_tile(table, [&](std::int64_t j, std::int64_t begin, std::int64_t end) {
    const auto column = static_cast<std::size_t>(j);
    const bool narrow = types[column] == kFloat;
    auto* out = bytes.data() + first + offsets[column] + static_cast<std::size_t>(begin) * width(types[column]);
    for (std::int64_t i = begin; i < end; ++i) {
      const double value = table(i, j);
      if (narrow) {
        const auto rounded = static_cast<float>(value);
        std::memcpy(out, &rounded, sizeof(float));
        out += sizeof(float);
      } else {
        std::memcpy(out, &value, sizeof(double));
        out += sizeof(double);
      }
    }
  });
}

void decode_table(const std::uint8_t* bytes, const std::string& types, Matrix<double>& table) {
  const auto offsets = column_offsets(types, table.rows);
  for_each_tile(table, [&](std::int64_t j, std::int64_t begin, std::int64_t end) {
    const auto column = static_cast<std::size_t>(j);
    const bool narrow = types[column] == kFloat;
    const auto* in = bytes + offsets[column] + static_cast<std::size_t>(begin) * width(types[column]);
    for (std::int64_t i = begin; i < end; ++i) {
      if (narrow) {
        float value = 0;
        std::memcpy(&value, in, sizeof(float));
        table(i, j) = static_cast<double>(value);
        in += sizeof(float);
      } else {
        std::memcpy(&table(i, j), in, sizeof(double));
        in += sizeof(double);
      }
    }
  });
}

}  // namespace

EncodedShard encode_shard(const std::vector<TableSchema>& schema,
                          const std::vector<Matrix<double>>& tables,
                          const std::string& at_least) {
  if (tables.size() != schema.size()) throw ShapeError("A shard must have the tables of its store.");
  EncodedShard shard;
  for (std::size_t k = 0; k < schema.size(); ++k) {
    if (tables[k].cols != schema[k].columns) {
      throw ShapeError("Table `" + schema[k].name + "` of a store must have " + std::to_string(schema[k].columns) +
                       " columns, not " + std::to_string(tables[k].cols) + ".");
    }
    std::string types = column_types(schema[k], tables[k]);
    for (std::size_t j = 0; j < types.size(); ++j) {
      const std::size_t at = shard.types.size() + j;
      if (at < at_least.size() && at_least[at] == kDouble) types[j] = kDouble;
    }
    encode_table(tables[k], types, shard.bytes);
    shard.types += types;
  }
  return shard;
}

std::vector<Matrix<double>> decode_shard(const std::vector<TableSchema>& schema,
                                         const std::vector<std::int64_t>& rows,
                                         const std::string& types,
                                         const std::vector<std::uint8_t>& bytes,
                                         const std::vector<std::string>& wanted) {
  std::vector<Matrix<double>> tables(schema.size());
  std::size_t at = 0;
  std::size_t first_column = 0;
  for (std::size_t k = 0; k < schema.size(); ++k) {
    const std::string own = types.substr(first_column, static_cast<std::size_t>(schema[k].columns));
    const std::size_t size = column_offsets(own, rows[k]).back();
    if (size > bytes.size() - at) throw FormatError("A shard ends before its tables do.");
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), schema[k].name) != wanted.end()) {
      tables[k] = Matrix<double>(rows[k], schema[k].columns);
      decode_table(bytes.data() + at, own, tables[k]);
    }
    at += size;
    first_column += own.size();
  }
  if (at != bytes.size()) throw FormatError("A shard goes on behind its tables.");
  return tables;
}

}  // namespace amortflow
