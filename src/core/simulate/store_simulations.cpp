#include "simulate/store_simulations.h"

#include <string>
#include <utility>

#include "base/errors.h"

namespace amortflow {

namespace {

class Tables final {
 public:
  Tables(const std::vector<TableSchema>& schema, std::vector<Matrix<double>>& tables)
      : schema_(schema), tables_(tables) {}

  [[nodiscard]] Matrix<double>* find(const std::string& name) const {
    for (std::size_t k = 0; k < schema_.size(); ++k) {
      if (schema_[k].name == name) return &tables_[k];
    }
    return nullptr;
  }

  /// One whole number per row.
  [[nodiscard]] Segments segments(const std::string& name) const {
    const Matrix<double>* table = find(name);
    if (!table || table->cols != 1) throw FormatError("A store must have a table `" + name + "` of one column.");
    std::vector<std::int64_t> lengths;
    for (const double length : table->values) {
      if (!(length >= 0 && length < 1e15)) throw FormatError("A length in table `" + name + "` is none.");
      lengths.push_back(static_cast<std::int64_t>(length));
    }
    return Segments::of_lengths(lengths);
  }

 private:
  const std::vector<TableSchema>& schema_;
  std::vector<Matrix<double>>& tables_;
};

void check(bool fits) {
  if (!fits) throw FormatError("The tables of a shard do not fit together.");
}

}  // namespace

Simulations simulations_of(const std::vector<TableSchema>& schema, std::vector<Matrix<double>> tables) {
  const Tables of(schema, tables);
  Simulations simulations;
  check(of.find("parameters") != nullptr);
  simulations.parameters = std::move(*of.find("parameters"));
  if (auto* context = of.find("context")) simulations.context = std::move(*context);
  if (auto* local = of.find("local")) {
    simulations.local = std::move(*local);
    simulations.groups = of.segments("groups");
    check(simulations.groups.count() == simulations.count() && simulations.groups.rows() == simulations.local.rows);
  }
  const auto sets = simulations.has_groups() ? simulations.groups.rows() : simulations.count();
  for (int k = 1; auto* data = of.find("data" + std::to_string(k)); ++k) {
    simulations.data.push_back({std::move(*data), of.segments("lengths" + std::to_string(k))});
    const auto& rows = simulations.data.back();
    check(rows.count() == sets && rows.segments.rows() == rows.values.rows);
  }
  check(!simulations.data.empty() &&
        (simulations.context.cols == 0 || simulations.context.rows == simulations.count()));
  return simulations;
}

Simulations first_of(const Simulations& simulations, std::int64_t count) {
  Simulations first;
  first.parameters = slice(simulations.parameters, 0, count);
  if (simulations.context.cols > 0) first.context = slice(simulations.context, 0, count);
  std::int64_t sets = count;
  if (simulations.has_groups()) {
    first.groups = simulations.groups.slice(0, count);
    sets = first.groups.rows();
    first.local = slice(simulations.local, 0, sets);
  }
  first.data = slice(simulations.data, 0, sets);
  return first;
}

}  // namespace amortflow
