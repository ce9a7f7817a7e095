#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "adapt/adapter.h"
#include "adapt/noise.h"
#include "base/host_service.h"
#include "base/spec.h"
#include "base/thread_pool.h"
#include "estimators/estimator.h"
#include "simulate/generative_model.h"

namespace amortflow {

/// The data sets of `indices`, in their order.
[[nodiscard]] TrainingBatch select(const TrainingBatch& batch, const std::vector<std::int64_t>& indices);

/// `part` behind `all`, which may be empty.
void append(TrainingBatch& all, const TrainingBatch& part);

/// Adapts simulations first_index, first_index + 1, ...; those that failed, or have a number that is not finite on the
/// networks' scale, are left out. `dropped` counts them. Throws ShapeError for a failure of another simulation.
[[nodiscard]] TrainingBatch adapt_simulations(Simulations simulations,
                                              std::int64_t first_index,
                                              const Adapter& adapter,
                                              std::int64_t& dropped);

/// The same; `kept` are the numbers of those that were not left out.
[[nodiscard]] TrainingBatch adapt_simulations(Simulations simulations,
                                              std::int64_t first_index,
                                              const Adapter& adapter,
                                              std::vector<std::int64_t>& kept);

/// Where a source stands between two batches, as a checkpoint holds it: a list with the source's `kind`.
using SourcePosition = Spec;
/// Counts in a position are whole numbers that a double holds exactly.
constexpr std::int64_t kMostCounted = 9007199254740992;

/// Gives batch after batch; the same whatever the number of threads.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  [[nodiscard]] virtual TrainingBatch next() = 0;
  /// Simulations left out so far because they were not finite.
  [[nodiscard]] virtual std::int64_t dropped() const = 0;
  /// Seconds that next() has waited so far for what was not there yet, or was made by the waiting thread itself.
  [[nodiscard]] virtual double waited() const { return 0; }

  /// The place behind the last batch given.
  [[nodiscard]] virtual SourcePosition position() const = 0;
  /// Takes up a place that a source of the same kind, simulations and options had: the batches that follow, and what
  /// dropped() says from the next one on, are bit by bit what they were there. Called before next(), at most once.
  /// Throws ConfigError for a position of another kind of source or outside of this one.
  virtual void seek(const SourcePosition& position) = 0;
};

/// Existing simulations, shuffled anew for every pass.
class OfflineSource final : public BatchSource {
 public:
  OfflineSource(TrainingBatch simulations, std::int64_t dropped, std::int64_t batch_size, std::uint64_t seed);

  [[nodiscard]] TrainingBatch next() override;
  [[nodiscard]] std::int64_t dropped() const override { return dropped_; }
  [[nodiscard]] SourcePosition position() const override;
  void seek(const SourcePosition& position) override;

 private:
  void shuffle();

  TrainingBatch simulations_;
  std::int64_t dropped_;
  std::int64_t batch_size_;
  std::uint64_t seed_;
  std::uint64_t pass_ = 0;
  std::int64_t position_ = 0;
  std::vector<std::int64_t> order_;
};

/// Another source's batches with random parts of their data sets: `sizes` positions of each observable, 0 for all. The
/// parts depend on (seed, how many data sets came before).
class SubsampledSource final : public BatchSource {
 public:
  SubsampledSource(std::unique_ptr<BatchSource> source, std::vector<std::int64_t> sizes, std::uint64_t seed)
      : source_(std::move(source)), sizes_(std::move(sizes)), seed_(seed) {}

  [[nodiscard]] TrainingBatch next() override;
  [[nodiscard]] std::int64_t dropped() const override { return source_->dropped(); }
  [[nodiscard]] double waited() const override { return source_->waited(); }
  [[nodiscard]] SourcePosition position() const override;
  void seek(const SourcePosition& position) override;

 private:
  std::unique_ptr<BatchSource> source_;
  std::vector<std::int64_t> sizes_;
  std::uint64_t seed_;
  std::uint64_t served_ = 0;
};

/// Another source's batches with noise on their data, which depends on (seed, how many data sets came before).
class NoisySource final : public BatchSource {
 public:
  NoisySource(std::unique_ptr<BatchSource> source, DataNoise noise, std::uint64_t seed)
      : source_(std::move(source)), noise_(std::move(noise)), seed_(seed) {}

  [[nodiscard]] TrainingBatch next() override;
  [[nodiscard]] std::int64_t dropped() const override { return source_->dropped(); }
  [[nodiscard]] double waited() const override { return source_->waited(); }
  [[nodiscard]] SourcePosition position() const override;
  void seek(const SourcePosition& position) override;

 private:
  std::unique_ptr<BatchSource> source_;
  DataNoise noise_;
  std::uint64_t seed_;
  std::uint64_t served_ = 0;
};

}  // namespace amortflow
