#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "train/online_source.h"
#include "train/simulation_bank.h"

namespace amortflow {

struct ReplayOptions {
  std::int64_t bank = 1;   ///< simulations that are kept, the last ones; at least a batch of them
  std::int64_t reuse = 1;  ///< a batch brings batch_size / reuse new simulations on average
  std::int64_t batch_size = 1;
  std::uint64_t seed = 0;
};

/// Experience replay (Lin 1992): batches are drawn at random, without replacement within a batch, from a bounded bank
/// of the most recent simulations, to which every batch adds a few that push out the oldest. How many is fixed by the
/// options, not by the simulator's speed, so that batches follow from the seed; the first comes when a quarter of the
/// bank is filled.
class ReplaySource final : public BatchSource {
 public:
  /// `fresh` gives batches of added_at_once(options).
  ReplaySource(std::unique_ptr<OnlineSource> fresh, const ReplayOptions& options);

  /// Simulations by which the bank grows at a time.
  [[nodiscard]] static std::int64_t added_at_once(const ReplayOptions& options);

  [[nodiscard]] TrainingBatch next() override;
  [[nodiscard]] std::int64_t dropped() const override { return fresh_->dropped(); }
  [[nodiscard]] double waited() const override { return fresh_->waited(); }
  /// seek() simulates the bank again.
  [[nodiscard]] SourcePosition position() const override;
  void seek(const SourcePosition& position) override;

 private:
  void add();

  std::unique_ptr<OnlineSource> fresh_;
  ReplayOptions options_;
  std::int64_t at_once_;
  std::int64_t most_batches_;   // of the bank
  std::int64_t first_batches_;  // that fill a quarter
  SimulationBank bank_;
  std::deque<OnlineSource::Place> begins_;  // of the bank's batches
  std::int64_t to_rebuild_ = 0;             // batches, after seek()
  std::int64_t added_ = 0;                  // batches, in all
  std::int64_t step_ = 0;
};

}  // namespace amortflow
