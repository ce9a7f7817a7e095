#include "train/validation.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/errors.h"

namespace amortflow {

namespace {

// Validation runs in pieces of this many data sets, so that memory stays bounded; sums do not depend on threads.
constexpr std::int64_t kPiece = 64;
// From so many pieces on their spread says something about the standard error of their mean.
constexpr std::int64_t kFewestPieces = 4;

}  // namespace

Validation validate(const TrainingBatch& data_sets, TrainingStep& step, ThreadPool& pool, const HostService& host) {
  const std::int64_t pieces = (data_sets.count() + kPiece - 1) / kPiece;
  std::vector<double> losses(static_cast<std::size_t>(pieces));
  const std::int64_t shards = step.shards();
  pool.run(std::min(shards, pieces), [&](std::int64_t s) {
    for (std::int64_t piece = s; piece < pieces; piece += shards) {
      if (host.cancelled()) throw Cancelled();
      const std::int64_t begin = piece * kPiece;
      const std::int64_t end = std::min(data_sets.count(), begin + kPiece);
      losses[static_cast<std::size_t>(piece)] = step.shard(s).loss(
          {data_sets, begin, end}, static_cast<double>(pieces) / static_cast<double>(data_sets.count()));
    }
  });
  const auto n = static_cast<double>(pieces);
  Validation result;
  result.loss = std::accumulate(losses.begin(), losses.end(), 0.0) / n;
  if (pieces < kFewestPieces) return result;
  double squares = 0;
  for (const double loss : losses) squares += (loss - result.loss) * (loss - result.loss);
  result.standard_error = std::sqrt(squares / (n * (n - 1)));
  return result;
}

}  // namespace amortflow
