#include "simulate/prior_draws.h"

#include <algorithm>
#include <limits>

#include "base/errors.h"

namespace amortflow {

namespace {

constexpr std::int64_t kChunk = 256;  // draws of a prior take about 0.1 us each

}  // namespace

Matrix<double> draw_prior(const Prior& prior,
                          const PriorRun& run,
                          ThreadPool& pool,
                          const std::atomic<bool>& cancel,
                          std::vector<SimulationFailure>& failures) {
  Matrix<double> draws(run.count, prior.size());
  std::vector<std::vector<SimulationFailure>> failed(static_cast<std::size_t>((run.count + kChunk - 1) / kChunk));
  pool.run(static_cast<std::int64_t>(failed.size()), [&](std::int64_t chunk) {
    if (cancel.load(std::memory_order_relaxed)) throw Cancelled();
    for (std::int64_t i = chunk * kChunk; i < std::min(run.count, (chunk + 1) * kChunk); ++i) {
      const std::int64_t index = run.first_index + i;
      rng random = stream(run.seed, run.purpose, static_cast<std::uint64_t>(index / run.share));
      try {
        prior.draw(random, draws.row(i));
      } catch (const NumericError& error) {
        std::fill_n(draws.row(i), draws.cols, std::numeric_limits<double>::quiet_NaN());
        failed[static_cast<std::size_t>(chunk)].push_back({index, error.what(), FailureKind::kError});
      }
    }
  });
  for (const auto& part : failed) failures.insert(failures.end(), part.begin(), part.end());
  return draws;
}

}  // namespace amortflow
