#include "simulate/simulator_chunk.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "amortflow/table.hpp"
#include "base/errors.h"

namespace amortflow {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

bool all_finite(const double* values, std::int64_t count) {
  return std::all_of(values, values + count, [](double v) { return std::isfinite(v); });
}

bool has_fixed_length(const SimulatorShape::Observable& observable) { return observable.positions > 0; }

}  // namespace

SimulatedData::SimulatedData(const SimulatorShape& shape, std::int64_t count)
    : shape_(shape), count_(count), fixed_(shape.observables.size()), ragged_(shape.observables.size()) {
  for (std::size_t k = 0; k < fixed_.size(); ++k) {
    const auto& one = shape.observables[k];
    fixed_[k].resize(static_cast<std::size_t>(count * one.positions * one.variables));
  }
}

double* SimulatedData::fixed(std::size_t k, std::int64_t begin) {
  const auto& one = shape_.observables[k];
  return has_fixed_length(one) ? fixed_[k].data() + begin * one.positions * one.variables : nullptr;
}

void SimulatedData::take(const std::vector<RaggedPart>& parts) {
  for (std::size_t k = 0; k < parts.size(); ++k) {
    auto& all = ragged_[k];
    all.lengths.insert(all.lengths.end(), parts[k].lengths.begin(), parts[k].lengths.end());
    all.values.insert(all.values.end(), parts[k].values.begin(), parts[k].values.end());
  }
}

std::vector<RaggedRows<double>> SimulatedData::finish(const std::vector<bool>& flat) {
  std::vector<RaggedRows<double>> data(fixed_.size());
  for (std::size_t k = 0; k < data.size(); ++k) {
    const auto& one = shape_.observables[k];
    const bool row = has_fixed_length(one) && flat.at(k);
    data[k].segments = has_fixed_length(one) ? Segments::uniform(count_, row ? 1 : one.positions)
                                             : Segments::of_lengths(ragged_[k].lengths);
    data[k].values.rows = data[k].segments.rows();
    data[k].values.cols = row ? one.positions * one.variables : one.variables;
    data[k].values.values = std::move(has_fixed_length(one) ? fixed_[k] : ragged_[k].values);
  }
  return data;
}

SimulatorChunk::SimulatorChunk(const simulator_table& table,
                               const void* settings,
                               const SimulatorShape& shape,
                               const SimulatorRows& rows,
                               SimulatedData& data,
                               std::int64_t begin,
                               std::int64_t end)
    : table_(&table), settings_(settings), shape_(&shape), rows_(&rows), data_(&data), begin_(begin), end_(end) {}

/// Numbers that are not finite stay away from users' code, where a loop may wait for them for ever.
bool SimulatorChunk::usable(std::int64_t row) const {
  return all_finite(rows_->parameters.row(row), rows_->parameters.cols) &&
         all_finite(rows_->context.row(row), rows_->context.cols);
}

void SimulatorChunk::run(std::uint64_t seed, const std::atomic<bool>& cancel) {
  cancel_ = &cancel;
  problems_.resize(static_cast<std::size_t>(end_ - begin_));
  ragged_.resize(shape_->observables.size());
  for (std::int64_t from = begin_, to = begin_; from < end_; from = to) {
    to = from + 1;
    if (!usable(from)) {
      skip(from);
      continue;
    }
    while (to < end_ && usable(to)) ++to;
    call(from, to, seed);
  }
  list_failures();
}

void SimulatorChunk::skip(std::int64_t row) {
  problem(row).message = "its parameters or its context are not finite";
  for (std::size_t k = 0; k < ragged_.size(); ++k) {
    const auto& one = shape_->observables[k];
    if (has_fixed_length(one)) continue;
    ragged_[k].lengths.push_back(1);
    ragged_[k].values.insert(ragged_[k].values.end(), static_cast<std::size_t>(one.variables), kNaN);
  }
}

/// Hands rows [begin, end) to the shared object.
void SimulatorChunk::call(std::int64_t begin, std::int64_t end, std::uint64_t seed) {
  called_from_ = begin;
  called_to_ = end;
  std::vector<double*> out;
  for (std::size_t k = 0; k < shape_->observables.size(); ++k) out.push_back(data_->fixed(k, begin));
  run_request request{};
  request.seed = seed;
  request.indices = rows_->indices.data() + begin;
  request.purposes = rows_->purposes.data() + begin;
  request.count = end - begin;
  request.theta = rows_->parameters.row(begin);
  request.context = rows_->context.row(begin);
  request.out = out.data();
  request.host = this;
  request.cancelled = [](const void* host) { return static_cast<const SimulatorChunk*>(host)->cancel_->load(); };
  request.failed = [](void* host, std::int64_t row, const char* message) {
    auto& chunk = *static_cast<SimulatorChunk*>(host);
    chunk.problem(chunk.called_from_ + row) = {message, FailureKind::kError};
  };
  request.take = [](void* host, std::int64_t k, const std::int64_t* lengths, const double* values) {
    static_cast<SimulatorChunk*>(host)->take(static_cast<std::size_t>(k), lengths, values);
  };
  if (table_->run(settings_, &request) < request.count) throw Cancelled();
}

void SimulatorChunk::take(std::size_t k, const std::int64_t* lengths, const double* values) {
  const std::int64_t count = called_to_ - called_from_;
  const std::int64_t numbers =
      std::accumulate(lengths, lengths + count, std::int64_t{0}) * shape_->observables[k].variables;
  ragged_[k].lengths.insert(ragged_[k].lengths.end(), lengths, lengths + count);
  ragged_[k].values.insert(ragged_[k].values.end(), values, values + numbers);
}

/// Calls `visit` with the numbers of every observable of a row; rows must come in order.
void SimulatorChunk::for_each_observable(std::int64_t row,
                                         const std::function<void(std::size_t, double*, std::int64_t)>& visit) {
  for (std::size_t k = 0; k < shape_->observables.size(); ++k) {
    const auto& one = shape_->observables[k];
    if (has_fixed_length(one)) {
      visit(k, data_->fixed(k, row), one.positions * one.variables);
      continue;
    }
    const std::int64_t numbers = ragged_[k].lengths[static_cast<std::size_t>(row - begin_)] * one.variables;
    visit(k, ragged_[k].values.data() + ragged_place_[k], numbers);
    ragged_place_[k] += static_cast<std::size_t>(numbers);
  }
}

void SimulatorChunk::list_failures() {
  ragged_place_.assign(shape_->observables.size(), 0);
  for (std::int64_t row = begin_; row < end_; ++row) {
    const auto ragged_start = ragged_place_;
    for_each_observable(row, [&](std::size_t k, double* values, std::int64_t numbers) {
      if (!problem(row).message.empty()) return;
      const double* bad = std::find_if(
          values, values + numbers, [this](double v) { return shape_->missing ? std::isinf(v) : !std::isfinite(v); });
      if (bad != values + numbers) problem(row).message = place_of(k, bad - values, *bad);
    });
    if (problem(row).message.empty()) continue;
    failures_.push_back({static_cast<std::int64_t>(rows_->indices[static_cast<std::size_t>(row)]), problem(row).message,
                         problem(row).kind});
    ragged_place_ = ragged_start;
    for_each_observable(row,
                        [](std::size_t, double* values, std::int64_t numbers) { std::fill_n(values, numbers, kNaN); });
  }
}

std::string SimulatorChunk::place_of(std::size_t k, std::int64_t number, double value) const {
  const auto& one = shape_->observables[k];
  const std::string shown = std::isnan(value) ? "NaN" : (value > 0 ? "Inf" : "-Inf");
  std::string where = "position " + std::to_string(number / one.variables + 1);
  if (one.variables > 1) where += ", variable " + std::to_string(number % one.variables + 1);
  if (!one.name.empty()) where += " of `" + one.name + "`";
  return "it gave " + shown + " at " + where;
}

}  // namespace amortflow
