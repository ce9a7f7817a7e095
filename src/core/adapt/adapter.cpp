#include "adapt/adapter.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "base/errors.h"

namespace amortflow {

namespace {

/// `left` with some columns of `right` behind, row by row.
Matrix<double> join_columns(const Matrix<double>& left,
                            const Matrix<double>& right,
                            const std::vector<std::int64_t>& columns) {
  if (left.rows != right.rows) throw ShapeError("what goes past the summary network must be one row per data set");
  const auto added = static_cast<std::int64_t>(columns.size());
  Matrix<double> joined(left.rows, left.cols + added);
  for (std::int64_t i = 0; i < left.rows; ++i) {
    std::copy_n(left.row(i), left.cols, joined.row(i));
    for (std::int64_t j = 0; j < added; ++j) joined(i, left.cols + j) = right(i, columns[static_cast<std::size_t>(j)]);
  }
  return joined;
}

void drop_columns(Matrix<double>& from, const std::vector<std::int64_t>& columns) {
  std::vector<std::int64_t> kept;
  for (std::int64_t j = 0; j < from.cols; ++j) {
    if (std::find(columns.begin(), columns.end(), j) == columns.end()) kept.push_back(j);
  }
  from = select_columns(from, kept);
}

}  // namespace

Adapter::Adapter(const Spec& spec) {
  SpecReader reader(spec, "an adapter");
  reader.choice("kind", {"adapter"});
  parameters_ = AdapterSteps(reader.child("parameters"));
  read_data(reader.child("data"));
  if (reader.has("context")) context_ = AdapterSteps(reader.child("context"));
  if (reader.has("direct")) read_direct(reader.child("direct"));
  read_subsample(reader.has("subsample") ? reader.numbers("subsample") : std::vector<double>(data_.size()));
  reader.finish();
}

void Adapter::read_data(const Spec& spec) {
  if (spec.list() == nullptr) throw ConfigError("An adapter's \"data\" must be a list, one entry per observable.");
  for (const auto& entry : *spec.list()) data_.emplace_back(entry.second);
}

void Adapter::read_direct(const Spec& spec) {
  if (spec.list() == nullptr) throw ConfigError("An adapter's \"direct\" must be a list.");
  for (const auto& entry : *spec.list()) {
    SpecReader reader(entry.second, "an adapter's \"direct\"");
    Direct direct;
    direct.observable =
        static_cast<std::size_t>(reader.integer("observable", 1, static_cast<std::int64_t>(data_.size()))) - 1;
    for (const double column : reader.numbers("columns"))
      direct.columns.push_back(static_cast<std::int64_t>(column) - 1);
    reader.finish();
    direct_.push_back(std::move(direct));
  }
}

void Adapter::read_subsample(const std::vector<double>& sizes) {
  if (sizes.size() != data_.size()) throw ConfigError("An adapter's \"subsample\" must be one number per observable.");
  for (const double size : sizes) {
    if (!(size >= 0 && size <= 1e15) || size != std::trunc(size)) {
      throw ConfigError("An adapter's \"subsample\" must be whole numbers of positions, or 0 for all.");
    }
    subsample_sizes_.push_back(static_cast<std::int64_t>(size));
  }
}

std::int64_t Adapter::free_count(std::int64_t parameter_count) const {
  return parameter_count + parameters_.added_columns();
}

std::int64_t Adapter::parameter_count(std::int64_t free_count) const {
  return free_count - parameters_.added_columns();
}

void Adapter::forward_parameters(Matrix<double>& parameters, double* log_det) const {
  parameters_.forward(parameters, log_det);
}

void Adapter::inverse_parameters(Matrix<double>& z) const { parameters_.inverse(z); }

void Adapter::pull_back_parameters(const Matrix<double>& parameters,
                                   Matrix<double>& gradient,
                                   double log_det_weight) const {
  parameters_.pull_back(parameters, gradient, log_det_weight);
}

void Adapter::forward_data(std::size_t k, Matrix<double>& values) const { data_.at(k).forward(values, nullptr); }

void Adapter::inverse_data(std::size_t k, Matrix<double>& values) const { data_.at(k).inverse(values); }

void Adapter::pull_back_data(std::size_t k, const Matrix<double>& values, Matrix<double>& gradient) const {
  data_.at(k).pull_back(values, gradient, 0);
}

Batch Adapter::adapt(std::vector<RaggedRows<double>> data, Matrix<double> context) const {
  if (data.size() != data_.size()) {
    throw ShapeError("there must be " + std::to_string(data_.size()) + " observables, not " +
                     std::to_string(data.size()));
  }
  for (std::size_t k = 0; k < data.size(); ++k) {
    if (data[k].count() != context.rows) {
      throw ShapeError("there are " + std::to_string(data[k].count()) + " data sets, but " +
                       std::to_string(context.rows) + " rows of context");
    }
    forward_data(k, data[k].values);
  }
  context_.forward(context, nullptr);
  for (const auto& direct : direct_) context = join_columns(context, data[direct.observable].values, direct.columns);
  for (const auto& direct : direct_) drop_columns(data[direct.observable].values, direct.columns);
  Batch batch;
  for (auto& rows : data) batch.observed.push_back({matrix_cast<float>(rows.values), std::move(rows.segments)});
  batch.context = matrix_cast<float>(context);
  return batch;
}

Spec Adapter::to_spec() const {
  Spec::List data;
  for (const auto& steps : data_) data.emplace_back("", steps.to_spec());
  Spec::List direct;
  for (const auto& one : direct_) {
    Spec::Numbers columns;
    for (const auto column : one.columns) columns.push_back(static_cast<double>(column + 1));
    direct.emplace_back("", Spec::List{{"observable", static_cast<double>(one.observable + 1)}, {"columns", columns}});
  }
  return Spec::List{
      {"kind", "adapter"}, {"parameters", parameters_.to_spec()},
      {"data", data},      {"context", context_.to_spec()},
      {"direct", direct},  {"subsample", Spec::Numbers(subsample_sizes_.begin(), subsample_sizes_.end())}};
}

}  // namespace amortflow
