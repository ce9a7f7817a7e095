#include "train/validation.h"

#include <cmath>
#include <numeric>
#include <vector>

namespace amortflow {

namespace {

// Validation runs in pieces of this many data sets, so that memory stays bounded; sums do not depend on threads.
constexpr std::int64_t kPiece = 64;
// From so many pieces on their spread says something about the standard error of their mean.
constexpr std::int64_t kFewestPieces = 4;

}  // namespace

Validation validate(const TrainingBatch& data_sets, TrainingStep& step, const HostService& host) {
  const std::int64_t pieces = (data_sets.count() + kPiece - 1) / kPiece;
  const auto n = static_cast<double>(pieces);
  const std::vector<double> losses =
      step.losses(data_sets, kPiece, n / static_cast<double>(data_sets.count()), host.cancel_flag());
  Validation result;
  result.loss = std::accumulate(losses.begin(), losses.end(), 0.0) / n;
  if (pieces < kFewestPieces) return result;
  double squares = 0;
  for (const double loss : losses) squares += (loss - result.loss) * (loss - result.loss);
  result.standard_error = std::sqrt(squares / (n * (n - 1)));
  return result;
}

}  // namespace amortflow
