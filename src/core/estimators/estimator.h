#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/batch.h"
#include "base/parameter_store.h"

namespace amortflow {

/// Simulations ready for the networks: adapted parameters [data sets, d] and their data; and, where a loss needs
/// random numbers, those of each data set (see Estimator::prepare).
struct TrainingBatch {
  Matrix<float> parameters;
  Batch data;
  Matrix<float> noise = {};

  [[nodiscard]] std::int64_t count() const { return parameters.rows; }
};

/// Data sets [begin, end) of a batch.
[[nodiscard]] TrainingBatch slice(const TrainingBatch& batch, std::int64_t begin, std::int64_t end);

/// Some data sets of a batch, which is not copied.
struct BatchRange {
  BatchRange(const TrainingBatch& all) : BatchRange(all, 0, all.count()) {}  // NOLINT: a batch is its own range
  BatchRange(const TrainingBatch& of, std::int64_t first, std::int64_t past_last)
      : batch(of), begin(first), end(past_last) {}

  [[nodiscard]] std::int64_t count() const { return end - begin; }

  const TrainingBatch& batch;
  std::int64_t begin;
  std::int64_t end;
};

/// What one shard of a batch needs for itself: a gradient buffer and the networks' workspaces. One thread uses it at a
/// time.
class TrainingShard {
 public:
  virtual ~TrainingShard() = default;
  /// Sum of the data sets' losses times `scale`; its gradient is added to `gradient()`.
  virtual double loss_and_gradient(const BatchRange& data_sets, double scale) = 0;
  /// The same number without a gradient.
  virtual double loss(const BatchRange& data_sets, double scale) = 0;
  [[nodiscard]] virtual AlignedBuffer& gradient() = 0;
};

class ReferenceLoss;

/// Networks with a loss that splits over data sets: what the training loop knows of an estimator.
class Estimator {
 public:
  virtual ~Estimator() = default;
  [[nodiscard]] virtual ParameterStore& parameters() = 0;
  [[nodiscard]] virtual const ParameterStore& parameters() const = 0;
  [[nodiscard]] virtual std::unique_ptr<TrainingShard> make_shard() = 0;
  /// To be called once for each batch before its loss: puts the parameters as the networks want them and gives the
  /// batch the random numbers that its loss needs: data set i has those of stream `first` + i.
  virtual void prepare(std::uint64_t first, TrainingBatch& batch) const {
    (void)first;
    (void)batch;
  }
  /// The same loss by the networks' reference forms, for training on a device; null where there is none. Lives as long
  /// as the estimator.
  [[nodiscard]] virtual const ReferenceLoss* reference_loss() const { return nullptr; }
};

}  // namespace amortflow
