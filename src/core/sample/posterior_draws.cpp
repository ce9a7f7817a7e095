#include "sample/posterior_draws.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/errors.h"
#include "base/random.h"
#include "nets/library_threads.h"

namespace amortflow {

namespace {

// Draws of one data set come in blocks with a stream each, so that any block can be drawn first.
constexpr std::int64_t kBlockDraws = 1024;
// Rows that pass the flow together: enough to keep the matrix products busy, few enough for the cache.
constexpr std::int64_t kRowsAtOnce = 2048;

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

void check_number(double value) {
  if (std::isnan(value)) refuse_overflow("the data are");
}

}  // namespace

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
    const Matrix<float> conditions = conditions_of(estimator, adapter, std::move(data), pool, host.cancel_flag());
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
    const Matrix<float> conditions = conditions_of(estimator, adapter, std::move(data), pool, host.cancel_flag());
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
