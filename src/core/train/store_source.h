#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "adapt/adapter.h"
#include "base/bounded_queue.h"
#include "base/spec.h"
#include "simulate/store_index.h"
#include "train/batch_source.h"

namespace amortflow {

struct StoreOptions {
  std::string folder;
  std::int64_t simulations = 0;   ///< of the store, from its first on, that are used for training
  std::int64_t buffer_bytes = 0;  ///< of adapted simulations in memory, about
  std::int64_t batch_size = 1;
  std::uint64_t seed = 0;
  const std::atomic<bool>* cancel = nullptr;  ///< next() throws Cancelled soon after it was set; may be null
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
  ~StoreSource() override;
  StoreSource(const StoreSource&) = delete;
  StoreSource& operator=(const StoreSource&) = delete;

  [[nodiscard]] TrainingBatch next() override;
  [[nodiscard]] std::int64_t dropped() const override { return dropped_; }
  [[nodiscard]] double waited() const override { return waited_; }
  [[nodiscard]] SourcePosition position() const override;
  void seek(const SourcePosition& position) override;

 private:
  /// Where a simulation comes from: a place, and a row of those of its simulations that are usable.
  struct Origin {
    std::int64_t place = 0;
    std::int64_t row = 0;
  };
  struct Window {
    TrainingBatch simulations;
    std::vector<Origin> origins;
    std::int64_t dropped = 0;
  };
  struct Place {
    std::size_t shard = 0;
    std::int64_t simulations = 0;  // of the shard that are used: the last may be used in part
  };
  using PlaceNumbers = std::vector<std::int64_t>;
  [[nodiscard]] std::vector<std::int64_t> shuffled(std::int64_t count, std::int64_t shuffle) const;
  [[nodiscard]] PlaceNumbers plan_window();
  [[nodiscard]] TrainingBatch read_place(std::int64_t number, std::int64_t& dropped) const;
  [[nodiscard]] Window read_window(const PlaceNumbers& places) const;
  void read_windows() noexcept;
  void ask_for_window();
  [[nodiscard]] Window wait_for_window();
  void refill();
  void use_window(Window window, const TrainingBatch& left, std::vector<Origin> origins);
  [[nodiscard]] TrainingBatch read_rows(const std::vector<Origin>& origins) const;
  [[nodiscard]] PlaceNumbers read_places(SpecReader& reader, const std::string& key) const;
  [[nodiscard]] std::vector<Origin> read_origins(SpecReader& reader) const;

  StoreOptions options_;
  const Adapter& adapter_;
  StoreIndex index_;
  std::vector<Place> places_;
  std::vector<std::int64_t> shard_order_;
  std::int64_t shard_shuffle_ = -1;  // which shuffle made shard_order_; -1: none yet
  std::size_t next_shard_ = 0;
  std::int64_t shuffles_ = 0;
  std::int64_t first_pass_left_;  // simulations that were not read yet
  std::int64_t empty_windows_ = 0;
  std::int64_t dropped_ = 0;
  Window window_;
  PlaceNumbers window_places_;
  std::vector<Origin> left_over_;  // by the window before: the last simulations of this one
  std::vector<std::int64_t> order_;
  std::int64_t order_shuffle_ = -1;  // which shuffle made order_; -1: none yet
  std::int64_t position_ = 0;
  PlaceNumbers requested_places_;
  bool asked_ = false;  // for the requested window
  double waited_ = 0;

  BoundedQueue<PlaceNumbers> wanted_{1};  // what the reading thread is to read
  BoundedQueue<Window> windows_{1};       // and what it has read
  std::atomic<bool> stop_{false};
  std::thread reader_;
};

}  // namespace amortflow
