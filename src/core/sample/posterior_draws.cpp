#include "sample/posterior_draws.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "adapt/subsample.h"
#include "base/errors.h"
#include "base/random.h"
#include "nets/library_threads.h"

namespace amortflow {

namespace {

// Draws of one data set come in blocks with a stream each, so that any block can be drawn first.
constexpr std::int64_t kBlockDraws = 1024;
// Rows that pass the flow together: enough to keep the matrix products busy, few enough for the cache.
constexpr std::int64_t kRowsAtOnce = 2048;
// Data sets that pass the summary network together, by rows.
constexpr std::int64_t kDataRowsAtOnce = 4096;

/// Some draws of one data set.
struct Block {
  std::int64_t data_set = 0;
  std::int64_t first_draw = 0;
  std::int64_t draws = 0;
};

std::vector<std::vector<Block>> group_blocks(std::int64_t data_sets, std::int64_t draws) {
  std::vector<std::vector<Block>> groups(1);
  std::int64_t rows = 0;
  for (std::int64_t i = 0; i < data_sets; ++i) {
    for (std::int64_t first = 0; first < draws; first += kBlockDraws) {
      const Block block{i, first, std::min(kBlockDraws, draws - first)};
      if (rows > 0 && rows + block.draws > kRowsAtOnce) {
        groups.emplace_back();
        rows = 0;
      }
      groups.back().push_back(block);
      rows += block.draws;
    }
  }
  return groups;
}

/// Base draws of a group's blocks and the data set of each row.
Matrix<float> group_noise(const std::vector<Block>& blocks,
                          const PosteriorEstimator& estimator,
                          std::uint64_t seed,
                          std::int64_t member,
                          std::vector<std::int64_t>& data_set) {
  data_set.clear();
  for (const auto& block : blocks)
    data_set.insert(data_set.end(), static_cast<std::size_t>(block.draws), block.data_set);
  Matrix<float> noise(static_cast<std::int64_t>(data_set.size()), estimator.draw_noise_width());
  std::int64_t row = 0;
  for (const auto& block : blocks) {
    const auto index = (static_cast<std::uint64_t>(block.data_set) << 32U) |
                       static_cast<std::uint64_t>(block.first_draw / kBlockDraws);
    rng random = stream(seed, Purpose::kPosteriorDraw, index);
    for (std::int64_t j = 0; j < block.draws; ++j) estimator.fill_draw_noise(random, noise.row(row++), member);
  }
  return noise;
}

/// Data sets [begin, end) whose rows pass the summary networks together.
std::vector<std::int64_t> piece_bounds(const Batch& batch) {
  const auto rows_before = [&](std::int64_t i) {
    std::int64_t rows = 0;
    for (const auto& observed : batch.observed) rows += observed.segments.offsets[static_cast<std::size_t>(i)];
    return rows;
  };
  std::vector<std::int64_t> bounds{0};
  for (std::int64_t i = 0; i < batch.count(); ++i) {
    if (i > bounds.back() && rows_before(i + 1) - rows_before(bounds.back()) > kDataRowsAtOnce) bounds.push_back(i);
  }
  bounds.push_back(batch.count());
  return bounds;
}

[[noreturn]] void refuse_overflow(const std::string& which) {
  throw NumericError(which + " so far from the simulations that the networks overflow",
                     "Compare with simulate(): is newdata on the scale of the simulator's output?");
}

/// Data far beyond all that was seen in training overflow in the networks.
void check_finite(const Matrix<float>& conditions, std::int64_t first_data_set) {
  for (std::int64_t i = 0; i < conditions.rows; ++i) {
    const float* row = conditions.row(i);
    if (std::all_of(row, row + conditions.cols, [](float x) { return std::isfinite(x); })) continue;
    refuse_overflow("data set " + std::to_string(first_data_set + i + 1) + " is");
  }
}

void check_number(double value) {
  if (std::isnan(value)) refuse_overflow("the data are");
}

}  // namespace

Matrix<float> posterior_conditions(const PosteriorEstimator& estimator,
                                   const Adapter& adapter,
                                   ObservedData data,
                                   ThreadPool& pool,
                                   const std::atomic<bool>& cancelled) {
  Batch batch = adapter.adapt(std::move(data.data), std::move(data.context));
  subsample_by_length(batch, adapter.subsample_sizes());
  Matrix<float> conditions(batch.count(), estimator.condition_width());
  const std::vector<std::int64_t> bounds = piece_bounds(batch);
  pool.run(static_cast<std::int64_t>(bounds.size()) - 1, [&](std::int64_t i) {
    if (cancelled) throw Cancelled();
    const std::int64_t begin = bounds[static_cast<std::size_t>(i)];
    const Matrix<float> rows = estimator.conditions(slice(batch, begin, bounds[static_cast<std::size_t>(i + 1)]));
    check_finite(rows, begin);
    std::copy(rows.values.begin(), rows.values.end(), conditions.row(begin));
  });
  return conditions;
}

Matrix<float> posterior_conditions(const PosteriorEstimator& estimator,
                                   const Adapter& adapter,
                                   ObservedData data,
                                   int cores,
                                   HostService& host) {
  const SingleThreadedLibraries single_threaded;
  Matrix<float> conditions;
  host.run([&] {
    ThreadPool pool(cores);
    conditions = posterior_conditions(estimator, adapter, std::move(data), pool, host.cancel_flag());
  });
  return conditions;
}

void sample_posterior(const PosteriorEstimator& estimator,
                      const Adapter& adapter,
                      ObservedData data,
                      std::int64_t draws,
                      std::uint64_t seed,
                      int cores,
                      HostService& host,
                      double* out,
                      std::int64_t member) {
  const SingleThreadedLibraries single_threaded;
  const std::int64_t data_sets = data.count();
  const std::int64_t variables = adapter.parameter_count(estimator.parameter_count());
  const auto groups = group_blocks(data_sets, draws);
  host.run([&] {
    ThreadPool pool(cores);
    const Matrix<float> conditions =
        posterior_conditions(estimator, adapter, std::move(data), pool, host.cancel_flag());
    pool.run(static_cast<std::int64_t>(groups.size()), [&](std::int64_t g) {
      if (host.cancelled()) throw Cancelled();
      const auto& blocks = groups[static_cast<std::size_t>(g)];
      std::vector<std::int64_t> data_set;
      const Matrix<float> noise = group_noise(blocks, estimator, seed, member, data_set);
      Matrix<double> parameters = matrix_cast<double>(estimator.draw(conditions, data_set, noise));
      adapter.inverse_parameters(parameters);
      for (const double x : parameters.values) check_number(x);
      const double* value = parameters.values.data();
      for (const auto& block : blocks) {
        double* first = out + block.first_draw + draws * block.data_set;
        for (std::int64_t s = 0; s < block.draws; ++s) {
          for (std::int64_t v = 0; v < variables; ++v) first[s + draws * data_sets * v] = *value++;
        }
      }
    });
  });
}

std::vector<double> posterior_log_density(const PosteriorEstimator& estimator,
                                          const Adapter& adapter,
                                          ObservedData data,
                                          Matrix<double> parameters,
                                          const std::vector<std::int64_t>& data_set,
                                          int cores,
                                          HostService& host,
                                          std::int64_t member) {
  const SingleThreadedLibraries single_threaded;
  std::vector<double> log_density(data_set.size());
  const std::int64_t pieces = (parameters.rows + kRowsAtOnce - 1) / kRowsAtOnce;
  host.run([&] {
    ThreadPool pool(cores);
    const Matrix<float> conditions =
        posterior_conditions(estimator, adapter, std::move(data), pool, host.cancel_flag());
    pool.run(pieces, [&](std::int64_t i) {
      if (host.cancelled()) throw Cancelled();
      const std::int64_t begin = i * kRowsAtOnce;
      const std::int64_t end = std::min(parameters.rows, begin + kRowsAtOnce);
      Matrix<double> part(end - begin, parameters.cols);
      part.values.assign(parameters.row(begin), parameters.row(end));
      std::vector<double> log_det(static_cast<std::size_t>(part.rows));
      adapter.forward_parameters(part, log_det.data());
      double* out = log_density.data() + begin;
      estimator.log_density(conditions, {data_set.begin() + begin, data_set.begin() + end}, matrix_cast<float>(part),
                            out, member);
      for (std::size_t j = 0; j < log_det.size(); ++j) {
        out[j] = std::isfinite(log_det[j]) ? out[j] + log_det[j] : -std::numeric_limits<double>::infinity();
        check_number(out[j]);
      }
    });
  });
  return log_density;
}

}  // namespace amortflow
