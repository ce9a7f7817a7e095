#include "simulate/prior_draws.h"

#include <algorithm>
#include <limits>

#include "base/errors.h"

namespace amortflow {

namespace {

constexpr std::int64_t kChunk = 256;  // draws of a prior take about 0.1 us each

}  // namespace

Matrix<double> draw_prior(const Prior& prior,
                          std::int64_t first_index,
                          std::int64_t count,
                          std::uint64_t seed,
                          ThreadPool& pool,
                          const std::atomic<bool>& cancel,
                          std::vector<SimulationFailure>& failures) {
  Matrix<double> draws(count, prior.size());
  std::vector<std::vector<SimulationFailure>> failed(static_cast<std::size_t>((count + kChunk - 1) / kChunk));
  pool.run(static_cast<std::int64_t>(failed.size()), [&](std::int64_t chunk) {
    if (cancel.load(std::memory_order_relaxed)) throw Cancelled();
    for (std::int64_t i = chunk * kChunk; i < std::min(count, (chunk + 1) * kChunk); ++i) {
      rng random = stream(seed, Purpose::kPrior, static_cast<std::uint64_t>(first_index + i));
      try {
        prior.draw(random, draws.row(i));
      } catch (const NumericError& error) {
        std::fill_n(draws.row(i), draws.cols, std::numeric_limits<double>::quiet_NaN());
        failed[static_cast<std::size_t>(chunk)].push_back({first_index + i, error.what(), FailureKind::kError});
      }
    }
  });
  for (const auto& part : failed) failures.insert(failures.end(), part.begin(), part.end());
  return draws;
}

}  // namespace amortflow
