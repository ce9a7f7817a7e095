#include "train/training_step.h"

namespace amortflow {

void StepTally::add(const StepTally& later) {
  skipped_in_a_row = later.taken > 0 ? later.skipped_in_a_row : skipped_in_a_row + later.skipped;
  skipped += later.skipped;
  if (later.taken == 0) return;
  taken += later.taken;
  const auto count = static_cast<double>(later.taken);
  loss += (later.loss - loss) * count / static_cast<double>(taken);
  gradient_norm += (later.gradient_norm - gradient_norm) * count / static_cast<double>(taken);
}

}  // namespace amortflow
