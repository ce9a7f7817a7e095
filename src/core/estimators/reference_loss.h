#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include "estimators/estimator.h"
#include "nets/parameter_views.h"

namespace amortflow {

/// A training batch as tensors on any device. Each observable's data sets all have `length` rows.
struct ReferenceBatch {
  struct Observable {
    at::Tensor values;        ///< [data sets * length, width]
    at::Tensor lengths;       ///< [data sets]: rows without padding; undefined where nothing is padded
    std::int64_t length = 0;  ///< rows of every data set, padding included
  };
  at::Tensor parameters;  ///< [data sets, d]
  at::Tensor noise;       ///< [data sets, random numbers of each]; undefined where there are none
  at::Tensor context;     ///< [data sets, numbers that go past the summary networks]
  std::vector<Observable> observed;
};

/// An estimator's loss in LibTorch operations. On a device `losses` neither makes the host wait nor copies from it.
class ReferenceLoss {
 public:
  virtual ~ReferenceLoss() = default;
  /// Throws ShapeError where a batch does not have the shape that the networks were made for.
  virtual void check(const TrainingBatch& batch) const = 0;
  /// [data sets]: the loss of each.
  [[nodiscard]] virtual at::Tensor losses(const ReferenceBatch& batch, const ParameterViews& parameters) const = 0;
};

}  // namespace amortflow
