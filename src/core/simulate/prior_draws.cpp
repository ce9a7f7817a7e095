#include "simulate/prior_draws.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/errors.h"

namespace amortflow {

namespace {

constexpr std::int64_t kChunk = 256;  // draws of a prior take about 0.1 us each
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

PriorDraws make_room(const Prior& prior, const PriorContext& context, std::int64_t count) {
  PriorDraws draws;
  draws.shared = Matrix<double>(count, prior.size());
  draws.local.segments = Segments::of_lengths(context.groups);
  draws.local.values = Matrix<double>(draws.local.segments.rows(), prior.local_size());
  return draws;
}

void draw_one(const Prior& prior, const double* given, std::int64_t i, rng& random, PriorDraws& draws) {
  prior.draw(random, given, draws.shared.row(i));
  if (draws.local.count() == 0) return;
  const auto& offsets = draws.local.segments.offsets;
  for (auto group = offsets[static_cast<std::size_t>(i)]; group < offsets[static_cast<std::size_t>(i + 1)]; ++group) {
    prior.draw_local(random, given, draws.shared.row(i), draws.local.values.row(group));
  }
}

void forget(std::int64_t i, PriorDraws& draws) {
  std::fill_n(draws.shared.row(i), draws.shared.cols, kMissing);
  if (draws.local.count() == 0) return;
  const auto first = draws.local.segments.offsets[static_cast<std::size_t>(i)];
  std::fill_n(draws.local.values.row(first), draws.local.segments.length(i) * draws.local.values.cols, kMissing);
}

}  // namespace

void check_given(const Prior& prior, const Matrix<double>& given, std::int64_t count) {
  const bool rows_fit = given.rows == 1 || given.rows == count;
  if (prior.given_size() == 0 || (rows_fit && given.cols == prior.given_size())) return;
  throw ShapeError("The prior needs " + std::to_string(prior.given_size()) + " given numbers for each draw, not " +
                   std::to_string(given.rows) + " rows of " + std::to_string(given.cols) + " for " +
                   std::to_string(count) + " draws.");
}

const double* given_row(const Matrix<double>& given, std::int64_t i) {
  return given.rows == 0 ? nullptr : given.row(given.rows == 1 ? 0 : i);
}

PriorDraws draw_prior(const Prior& prior,
                      const PriorContext& context,
                      const PriorRun& run,
                      ThreadPool& pool,
                      const std::atomic<bool>& cancel,
                      std::vector<SimulationFailure>& failures) {
  const std::int64_t count = run.count;
  check_given(prior, context.given, count);
  if (!context.groups.empty() && static_cast<std::int64_t>(context.groups.size()) != count) {
    throw ShapeError("There must be " + std::to_string(count) + " numbers of groups, one per draw, not " +
                     std::to_string(context.groups.size()) + ".");
  }
  PriorDraws draws = make_room(prior, context, count);
  std::vector<std::vector<SimulationFailure>> failed(static_cast<std::size_t>((count + kChunk - 1) / kChunk));
  pool.run(static_cast<std::int64_t>(failed.size()), [&](std::int64_t chunk) {
    if (cancel.load(std::memory_order_relaxed)) throw Cancelled();
    for (std::int64_t i = chunk * kChunk; i < std::min(run.count, (chunk + 1) * kChunk); ++i) {
      const std::int64_t index = run.first_index + i;
      rng random = stream(run.seed, run.purpose, static_cast<std::uint64_t>(index / run.share));
      try {
        draw_one(prior, given_row(context.given, i), i, random, draws);
      } catch (const NumericError& error) {
        forget(i, draws);
        failed[static_cast<std::size_t>(chunk)].push_back({index, error.what(), FailureKind::kError});
      }
    }
  });
  for (const auto& part : failed) failures.insert(failures.end(), part.begin(), part.end());
  return draws;
}

Matrix<double> draw_prior(const Prior& prior,
                          const PriorRun& run,
                          ThreadPool& pool,
                          const std::atomic<bool>& cancel,
                          std::vector<SimulationFailure>& failures) {
  return draw_prior(prior, PriorContext(), run, pool, cancel, failures).shared;
}

}  // namespace amortflow
