#pragma once

#include <cstdint>
#include <vector>

#include "estimators/estimator.h"

namespace amortflow {

/// Sizes of a batch for a device, where every size costs a graph of its own: data sets, and rows of each data set.
struct PaddedShape {
  struct Observable {
    std::int64_t length = 0;  ///< rows of every data set
    bool padded = false;      ///< some data sets are shorter
  };
  std::int64_t count = 0;  ///< data sets
  std::vector<Observable> observed;

  [[nodiscard]] bool operator<(const PaddedShape& other) const;
};

/// A few sizes for many: what `round_up` was given first stays as it is (most runs have one size), others are rounded
/// up to 1, 1.25, 1.5 or 1.75 times a power of two, but not beyond the first if that holds them.
class SizeBuckets final {
 public:
  /// At most a quarter more than `size`, which is at least 1, or the first size.
  [[nodiscard]] std::int64_t round_up(std::int64_t size);

 private:
  std::int64_t first_ = 0;
};

/// Room for `batch` and no more.
[[nodiscard]] PaddedShape exact_shape(const TrainingBatch& batch);

/// Gives batches of a run their shapes.
class PaddedShapes final {
 public:
  [[nodiscard]] PaddedShape shape_of(const TrainingBatch& batch);

 private:
  SizeBuckets counts_;
  std::vector<SizeBuckets> lengths_;
};

/// A padded batch and what else one step needs, in one stretch of floats, so that one copy takes it to a device.
/// Padding repeats numbers of the batch (a data set's last row, the first data set), so it is never the reason why a
/// loss is not finite; padded data sets have weight 0.
class PackedBatch final {
 public:
  /// Where a part begins; rows x cols floats.
  struct Part {
    std::int64_t offset = 0;
    std::int64_t rows = 0;
    std::int64_t cols = 0;
  };
  struct Observable {
    Part values;   ///< rows of all data sets
    Part lengths;  ///< [1, data sets]: rows without padding; no columns where nothing is padded
  };

  /// `like` gives the numbers of columns.
  PackedBatch(const PaddedShape& shape, const TrainingBatch& like);

  /// Writes `floats()` numbers: a learning rate, `weight` for each data set of `batch`, the batch.
  void write(const TrainingBatch& batch, double learning_rate, double weight, float* out) const;

  [[nodiscard]] std::int64_t floats() const { return floats_; }
  [[nodiscard]] const PaddedShape& shape() const { return shape_; }
  [[nodiscard]] const Part& learning_rate() const { return learning_rate_; }
  [[nodiscard]] const Part& weights() const { return weights_; }  ///< [1, data sets]
  [[nodiscard]] const Part& parameters() const { return parameters_; }
  [[nodiscard]] const Part& context() const { return context_; }
  [[nodiscard]] const Part& noise() const { return noise_; }  ///< no columns where a loss needs none
  [[nodiscard]] const std::vector<Observable>& observed() const { return observed_; }

 private:
  [[nodiscard]] Part place(std::int64_t rows, std::int64_t cols);

  PaddedShape shape_;
  std::int64_t floats_ = 0;
  Part learning_rate_;
  Part weights_;
  Part parameters_;
  Part context_;
  Part noise_;
  std::vector<Observable> observed_;
};

}  // namespace amortflow
