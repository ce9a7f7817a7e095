#pragma once

#include "base/host_service.h"
#include "estimators/estimator.h"
#include "train/training_step.h"

namespace amortflow {

/// Mean loss over data sets that are not trained on.
struct Validation {
  double loss = 0;
  double standard_error = 0;  ///< of the loss; 0 where there are too few data sets to tell
};

/// With the weights that the estimator's store holds; the same numbers for any number of threads. Throws Cancelled once
/// `host` is.
[[nodiscard]] Validation validate(const TrainingBatch& data_sets, TrainingStep& step, const HostService& host);

}  // namespace amortflow
