#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "train/online_source.h"
#include "train/simulation_bank.h"

namespace amortflow {

struct RoundsOptions {
  std::int64_t bank = 1;   ///< simulations of a round; rounded up to whole batches
  std::int64_t reuse = 1;  ///< a round lasts for bank * reuse / batch_size batches
  bool accumulate = true;  ///< earlier rounds' simulations stay
  std::int64_t batch_size = 1;
  std::uint64_t seed = 0;
};

/// Simulates, gives batches of what was simulated, and repeats: each round adds new simulations to the bank, or puts
/// them in the place of the last round's. The prior stays the proposal. Passes through the bank have orders of their
/// own. While a round is given, the next one's simulations are taken as they come.
class RoundsSource final : public BatchSource {
 public:
  /// `fresh` gives batches of options.batch_size.
  RoundsSource(std::unique_ptr<OnlineSource> fresh, const RoundsOptions& options);

  [[nodiscard]] TrainingBatch next() override;
  /// Of the simulations up to those of this round.
  [[nodiscard]] std::int64_t dropped() const override { return bank_end_.dropped; }
  [[nodiscard]] double waited() const override { return fresh_->waited(); }
  /// seek() simulates the bank again: all of its rounds, or the last one where rounds do not accumulate.
  [[nodiscard]] SourcePosition position() const override;
  void seek(const SourcePosition& position) override;

 private:
  void begin_round();
  void collect();
  void rebuild();
  void shuffle(std::int64_t shuffle);

  std::unique_ptr<OnlineSource> fresh_;
  RoundsOptions options_;
  std::int64_t round_batches_;  // simulated for a round
  std::int64_t round_steps_;    // batches given of a round
  SimulationBank bank_;
  OnlineSource::Place bank_begin_;     // where the bank's simulations begin
  OnlineSource::Place bank_end_;       // and where they end
  std::int64_t to_rebuild_ = 0;        // batches of the bank, after seek()
  std::vector<TrainingBatch> coming_;  // of the next round
  std::int64_t step_;                  // in this round
  std::int64_t shuffles_ = 0;          // so far
  std::int64_t place_ = 0;             // in the order
  std::vector<std::int64_t> order_;
};

}  // namespace amortflow
