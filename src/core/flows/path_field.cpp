#include "flows/path_field.h"

#include <algorithm>
#include <cstring>

#include "base/constants.h"
#include "base/random.h"
#include "kernels/dispatch.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kCondition, kPoints, kCoordinates, kProbe, kSigns };
// Of the scratch of a density or a draw. Those before belong to the loss, which may run in the same scratch.
enum Child : std::size_t { kSolver = 4, kField = 5 };
enum OwnSlot : std::size_t { kStates = 4, kDensity = 5 };
constexpr double kDensityPrecision = 0.1;  // of the solver's tolerance

/// Different for different rows of numbers: FNV-1a over their bits.
std::uint64_t hash_of(const float* values, std::int64_t count) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (std::int64_t j = 0; j < count; ++j) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, values + j, sizeof bits);
    for (unsigned shift = 0; shift < 32; shift += 8) hash = (hash ^ ((bits >> shift) & 255U)) * 1099511628211ULL;
  }
  return hash;
}

}  // namespace

Panel PathField::field(Pass& pass,
                       const std::int64_t* rows,
                       const double* times,
                       const Panel& states,
                       std::int64_t dimension) {
  const std::int64_t width = pass_.condition.cols;
  if (width > 0) {
    pass.condition = scratch_.panel(kCondition, states.rows, width);
    for (std::int64_t i = 0; i < states.rows; ++i) {
      std::copy_n(pass_.condition.values + rows[i] * pass_.condition.stride, width,
                  pass.condition.values + i * pass.condition.stride);
    }
  }
  const Panel coordinates = scratch_.panel(kCoordinates, states.rows, kTimeCoordinates);
  for (std::int64_t i = 0; i < states.rows; ++i) {
    time_coordinates(loss_.path(), times[i], coordinates.values + i * coordinates.stride);
  }
  Panel points = states;
  if (states.cols > dimension) {
    points = scratch_.panel(kPoints, states.rows, dimension);
    kernels().copy(states.columns(0, dimension), points.view(), false);
  }
  return loss_.field().forward(pass, points, coordinates, scratch_.child(0));
}

void PathField::evaluate(const std::int64_t* rows, const double* times, const Panel& states, const Panel& rates) {
  Pass pass = pass_;
  kernels().copy(field(pass, rows, times, states, states.cols).view(), rates.view(), false);
}

PathTraceField::PathTraceField(const FieldLoss& loss,
                               const Pass& pass,
                               const Panel& values,
                               const TraceOptions& options,
                               Scratch& scratch)
    : PathField(loss, pass, scratch), options_(options), dimension_(values.cols) {
  pass_.keeps = true;
  pass_.gradient = nullptr;
  pass_.condition_gradient = Panel{};
  if (!options_.exact) draw_signs(values);
}

void PathTraceField::draw_signs(const Panel& values) {
  signs_ = scratch_.panel(kSigns, values.rows, options_.probes * dimension_);
  for (std::int64_t i = 0; i < values.rows; ++i) {
    rng random = stream(options_.seed, Purpose::kTraceProbe, hash_of(values.values + i * values.stride, dimension_));
    float* to = signs_.values + i * signs_.stride;
    for (std::int64_t j = 0; j < signs_.cols; ++j) to[j] = random.uniform() < 0.5 ? -1.0F : 1.0F;
  }
}

void PathTraceField::evaluate(const std::int64_t* rows, const double* times, const Panel& states, const Panel& rates) {
  Pass pass = pass_;
  const Panel at = field(pass, rows, times, states, dimension_);
  kernels().copy(at.view(), rates.columns(0, dimension_), false);
  for (std::int64_t i = 0; i < rates.rows; ++i) rates.values[i * rates.stride + dimension_] = 0;
  if (options_.exact) {
    add_exact_trace(pass, rates);
  } else {
    add_estimated_trace(pass, rows, rates);
  }
}

void PathTraceField::add_exact_trace(const Pass& pass, const Panel& rates) {
  const Panel probe = scratch_.panel(kProbe, rates.rows, dimension_);
  for (std::int64_t j = 0; j < dimension_; ++j) {
    for (std::int64_t i = 0; i < probe.rows; ++i) {
      float* row = probe.values + i * probe.stride;
      std::fill_n(row, dimension_, 0.0F);
      row[j] = 1;
    }
    const Panel product = loss_.field().backward(pass, probe, true, scratch_.child(0));
    for (std::int64_t i = 0; i < probe.rows; ++i) {
      rates.values[i * rates.stride + dimension_] += product.values[i * product.stride + j];
    }
  }
}

void PathTraceField::add_estimated_trace(const Pass& pass, const std::int64_t* rows, const Panel& rates) {
  const Panel probe = scratch_.panel(kProbe, rates.rows, dimension_);
  const float share = 1.0F / static_cast<float>(options_.probes);
  for (std::int64_t p = 0; p < options_.probes; ++p) {
    const auto signs = [&](std::int64_t i) { return signs_.values + rows[i] * signs_.stride + p * dimension_; };
    for (std::int64_t i = 0; i < probe.rows; ++i) {
      std::copy_n(signs(i), dimension_, probe.values + i * probe.stride);
    }
    const Panel product = loss_.field().backward(pass, probe, true, scratch_.child(0));
    for (std::int64_t i = 0; i < probe.rows; ++i) {
      float sum = 0;
      for (std::int64_t j = 0; j < dimension_; ++j) sum += signs(i)[j] * product.values[i * product.stride + j];
      rates.values[i * rates.stride + dimension_] += share * sum;
    }
  }
}

Panel path_negative_log_density(const FieldLoss& loss,
                                const Pass& pass,
                                const Panel& values,
                                double begin,
                                double end,
                                const OdeOptions& solver,
                                const TraceOptions& trace,
                                Scratch& scratch) {
  const std::int64_t dimension = values.cols;
  const Panel states = scratch.panel(kStates, values.rows, dimension + 1);
  kernels().copy(values.view(), states.columns(0, dimension), false);
  for (std::int64_t i = 0; i < states.rows; ++i) states.values[i * states.stride + dimension] = 0;
  PathTraceField field(loss, pass, values, trace, scratch.child(kField));
  OdeOptions finer = solver;
  finer.tolerance = std::max(kDensityPrecision * solver.tolerance, 1e-6);
  solve_ode(field, states, begin, end, finer, scratch.child(kSolver));
  const Panel out = scratch.panel(kDensity, values.rows, 1);
  for (std::int64_t i = 0; i < states.rows; ++i) {
    const float* state = states.values + i * states.stride;
    double sum = static_cast<double>(dimension) * kLogSqrt2Pi - static_cast<double>(state[dimension]);
    for (std::int64_t j = 0; j < dimension; ++j)
      sum += 0.5 * static_cast<double>(state[j]) * static_cast<double>(state[j]);
    out.values[i * out.stride] = static_cast<float>(sum);
  }
  return out;
}

Panel path_draw(const FieldLoss& loss,
                const Pass& pass,
                const Panel& noise,
                double begin,
                double end,
                const OdeOptions& solver,
                Scratch& scratch) {
  const Panel states = scratch.panel(kStates, noise.rows, noise.cols);
  kernels().copy(noise.view(), states.view(), false);
  PathField field(loss, pass, scratch.child(kField));
  solve_ode(field, states, begin, end, solver, scratch.child(kSolver));
  return states;
}

}  // namespace amortflow
