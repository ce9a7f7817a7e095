#pragma once

#include <cstdint>
#include <future>
#include <string>
#include <vector>

#include "adapt/adapter.h"
#include "simulate/store_index.h"
#include "train/batch_source.h"

namespace amortflow {

struct StoreOptions {
  std::string folder;
  std::int64_t simulations = 0;   ///< of the store, from its first on, that are used for training
  std::int64_t buffer_bytes = 0;  ///< of adapted simulations in memory, about
  std::int64_t batch_size = 1;
  std::uint64_t seed = 0;
};

/// Simulations of a store, in more passes than one and in a new order in each, of which never more than a window is in
/// memory: a window is as many shards, drawn at random, as fill half of the buffer; its simulations are mixed, while a
/// thread reads those of the next. What a window leaves over goes into the next, so no simulation is lost.
/// The order depends on the seed and the store's shards only.
class StoreSource final : public BatchSource {
 public:
  /// Throws StoreError, as next() does where a shard is missing, truncated or damaged, and ConfigError where the store
  /// has fewer simulations than `options` say.
  StoreSource(const StoreOptions& options, const Adapter& adapter);

  [[nodiscard]] TrainingBatch next() override;
  [[nodiscard]] std::int64_t dropped() const override { return dropped_; }

 private:
  struct Window {
    TrainingBatch simulations;
    std::int64_t dropped = 0;
  };
  struct Place {
    std::size_t shard = 0;
    std::int64_t simulations = 0;  // of the shard that are used: the last may be used in part
  };
  [[nodiscard]] std::vector<std::int64_t> shuffled(std::int64_t count);
  [[nodiscard]] std::vector<Place> plan_window();
  [[nodiscard]] Window read_window(const std::vector<Place>& places) const;
  void request_window();
  void refill();

  StoreOptions options_;
  const Adapter& adapter_;
  StoreIndex index_;
  std::vector<Place> places_;
  std::vector<std::int64_t> shard_order_;
  std::size_t next_shard_ = 0;
  std::uint64_t shuffles_ = 0;
  std::int64_t first_pass_left_;  // simulations that were not read yet
  std::int64_t empty_windows_ = 0;
  std::int64_t dropped_ = 0;
  TrainingBatch window_;
  std::vector<std::int64_t> order_;
  std::int64_t position_ = 0;
  std::future<Window> requested_;  // last, so that its thread ends before the rest goes
};

}  // namespace amortflow
