#include "estimators/conditioner.h"

#include <algorithm>

#include "base/errors.h"
#include "nets/summary_network.h"

namespace amortflow {

ConditionerOptions ConditionerOptions::read(SpecReader& reader) {
  ConditionerOptions options;
  const Spec& observables = reader.child("observables");
  if (observables.list() == nullptr) throw ConfigError("An estimator's observables must be a list.");
  for (const auto& entry : *observables.list()) {
    SpecReader observable(entry.second, "an observable");
    options.observables.push_back({observable.integer("width", 0, 1000000), observable.child("summary")});
    observable.finish();
  }
  if (reader.has("head")) options.head = reader.child("head");
  options.context_width = reader.has("context_width") ? reader.integer("context_width", 0, 1000000) : 0;
  return options;
}

Conditioner::Conditioner(const ConditionerOptions& options) : options_(options) {
  for (std::size_t k = 0; k < options.observables.size(); ++k) {
    const ObservableOptions& observable = options.observables[k];
    summaries_.push_back(is_used(k) ? make_summary_network(observable.summary, observable.width) : Network());
    if (is_used(k)) summaries_width_ += summaries_[k].output_width(observable.width);
  }
  if (!options.head.is_null()) head_ = make_summary_network(options.head, summaries_width_);
  width_ = head_.output_width(summaries_width_) + options.context_width;
  if (width_ < 1) throw ConfigError("An estimator must be conditioned on at least one number.");
  plain_columns_ = find_plain_columns();
}

void Conditioner::declare(ParameterLayout& layout, const std::string& prefix) {
  for (std::size_t k = 0; k < summaries_.size(); ++k) {
    summaries_[k].declare(layout, prefix + (k == 0 ? "summary" : "summary_" + std::to_string(k + 1)));
  }
  head_.declare(layout, prefix + "summary_head");
}

bool Conditioner::has_parameters() const {
  return !head_.empty() ||
         std::any_of(summaries_.begin(), summaries_.end(), [](const Network& summary) { return !summary.empty(); });
}

bool Conditioner::is_plain(std::size_t k) const { return is_used(k) && head_.empty() && summaries_[k].empty(); }

std::vector<std::int64_t> Conditioner::find_plain_columns() const {
  std::vector<std::int64_t> columns;
  std::int64_t column = 0;
  for (std::size_t k = 0; k < summaries_.size(); ++k) {
    if (!is_used(k)) continue;
    const std::int64_t width = summaries_[k].output_width(options_.observables[k].width);
    for (std::int64_t j = 0; j < width && is_plain(k); ++j) columns.push_back(column + j);
    column += width;
  }
  for (std::int64_t j = width_ - options_.context_width; j < width_; ++j) columns.push_back(j);
  return columns;
}

void Conditioner::plain_numbers(const Batch& data, std::int64_t i, float* out) const {
  for (std::size_t k = 0; k < summaries_.size(); ++k) {
    if (is_plain(k)) out = std::copy_n(data.observed[k].values.row(i), options_.observables[k].width, out);
  }
  std::copy_n(data.context.row(i), options_.context_width, out);
}

void Conditioner::check_data(const Batch& data) const {
  if (data.observed.size() != summaries_.size()) {
    throw ShapeError("there must be " + std::to_string(summaries_.size()) + " observables, not " +
                     std::to_string(data.observed.size()));
  }
  for (std::size_t k = 0; k < summaries_.size(); ++k) {
    const std::int64_t width = options_.observables[k].width;
    if (data.observed[k].values.cols == width) continue;
    throw ShapeError("data must have " + std::to_string(width) + " variables, not " +
                     std::to_string(data.observed[k].values.cols));
  }
  if (data.context.cols != options_.context_width) {
    throw ShapeError("the context must have " + std::to_string(options_.context_width) + " numbers, not " +
                     std::to_string(data.context.cols));
  }
}

void Conditioner::check_summaries(std::int64_t rows, std::int64_t data_sets) {
  if (rows != data_sets) throw ShapeError("without a summary network every data set must be one row");
}

}  // namespace amortflow
