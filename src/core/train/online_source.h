#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "train/batch_source.h"
#include "train/simulation_stream.h"

namespace amortflow {

/// Fresh simulations for every batch: those of the run with `seed` that are finite, in their order. See
/// make_simulation_stream() for who simulates when.
class OnlineSource final : public BatchSource {
 public:
  OnlineSource(const GenerativeModel& model,
               const Adapter& adapter,
               std::int64_t batch_size,
               std::uint64_t seed,
               ThreadPool& pool,
               HostService& host,
               std::int64_t host_request = 0);

  [[nodiscard]] TrainingBatch next() override;
  /// Of those before the last simulation given.
  [[nodiscard]] std::int64_t dropped() const override { return given_.dropped; }
  [[nodiscard]] double waited() const override { return waited_; }
  [[nodiscard]] SourcePosition position() const override;
  void seek(const SourcePosition& position) override;

  /// Takes in what was simulated ahead; true if the next batch is among it, so that next() does not wait.
  [[nodiscard]] bool ready();

  /// The same place as position(), for sources that keep this one's batches.
  struct Place {
    std::int64_t simulated = 0;  ///< the number of the simulation behind the last one given
    std::int64_t dropped = 0;    ///< before that one
  };
  [[nodiscard]] const Place& place() const { return given_; }
  void seek(const Place& place);

 private:
  [[nodiscard]] std::int64_t left() const { return static_cast<std::int64_t>(numbers_.size()) - row_; }
  void start();
  [[nodiscard]] StreamPiece next_piece();
  void extend();

  const GenerativeModel& model_;
  const Adapter& adapter_;
  StreamOptions options_;
  ThreadPool& pool_;
  HostService& host_;
  Place given_;
  std::int64_t tried_in_vain_ = 0;  // in a row
  double waited_ = 0;
  TrainingBatch rows_;
  std::vector<std::int64_t> numbers_;  // of the simulations in rows_
  std::int64_t row_ = 0;               // that is given next
  std::unique_ptr<SimulationStream> stream_;
};

}  // namespace amortflow
