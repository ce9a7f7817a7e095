#include "train/simulation_stream.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "base/ahead_queue.h"
#include "base/bounded_queue.h"
#include "base/errors.h"
#include "train/batch_source.h"

namespace amortflow {

namespace {

// A piece takes about so long: enough that handing it over costs nothing, short enough that a thread is soon back for
// the next training step, and an interrupt is soon felt.
constexpr double kPieceSeconds = 2e-3;
constexpr std::int64_t kLargestPiece = 1024;
// Memory of what is made ahead is bounded by both.
constexpr std::int64_t kSimulationsAhead = 4096;
constexpr std::size_t kPiecesAhead = 256;
// Batches that R may be ahead: enough to simulate on while training validates.
constexpr std::size_t kHostRequests = 8;
// R is entered for no fewer simulations, because each call has costs of its own.
constexpr std::int64_t kFewestForHost = 32;

using Clock = std::chrono::steady_clock;

struct Range {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// A simulator that throws is not one that gives NaN: the former is an error, the latter is left out and counted.
void check_failures(const Simulations& simulations) {
  for (const auto& failure : simulations.failures) {
    if (failure.kind != FailureKind::kError) continue;
    throw SimulatorError("simulation " + std::to_string(failure.index + 1) + " failed during training",
                         failure.message);
  }
}

StreamPiece adapted_piece(Simulations simulations, const Range& range, const Adapter& adapter) {
  check_failures(simulations);
  StreamPiece piece;
  piece.tried = range.count;
  if (!simulations.failures.empty()) piece.first_failure = simulations.failures.front().message;
  piece.simulations = adapt_simulations(std::move(simulations), range.first, adapter, piece.numbers);
  return piece;
}

std::int64_t whole_batches(std::int64_t simulations, std::int64_t batch_size) {
  return (simulations + batch_size - 1) / batch_size * batch_size;
}

/// Leaves out the simulations of `range` before number `first`.
void leave_out_before(std::int64_t first, const Range& range, StreamPiece& piece) {
  piece.tried = range.first + range.count - first;
  const auto begin = std::lower_bound(piece.numbers.begin(), piece.numbers.end(), first);
  piece.simulations = slice(piece.simulations, begin - piece.numbers.begin(), piece.simulations.count());
  piece.numbers.erase(piece.numbers.begin(), begin);
}

class PoolStream final : public SimulationStream {
 public:
  PoolStream(const GenerativeModel& model,
             const Adapter& adapter,
             const StreamOptions& options,
             ThreadPool& pool,
             HostService& host)
      : model_(model),
        adapter_(adapter),
        options_(options),
        pool_(pool),
        host_(host),
        most_ahead_(std::max(kSimulationsAhead, 2 * options.batch_size)),
        queue_(kPiecesAhead),
        next_(options.first),
        taken_(options.first),
        piece_(std::min(options.batch_size, kLargestPiece)) {
    if (pool.threads() > 1) {
      pool.start_idle_work([this] {
        return queue_.work([this] { return claim(); }, [this](const Range& range) { return make(range, stop_); });
      });
    }
  }
  ~PoolStream() override {
    stop_ = true;
    if (pool_.threads() > 1) pool_.stop_idle_work();
  }
  PoolStream(const PoolStream&) = delete;
  PoolStream& operator=(const PoolStream&) = delete;

  [[nodiscard]] StreamPiece next() override {
    StreamPiece piece =
        queue_.take([this] { return claim(); }, [this](const Range& range) { return make(range, host_.cancel_flag()); },
                    [this] { return host_.cancelled(); });
    taken_ += piece.tried;
    pool_.wake_idle();
    return piece;
  }
  [[nodiscard]] bool ready() const override { return queue_.ready(); }

 private:
  /// One thread at a time; nothing if enough is made ahead.
  std::optional<Range> claim() {
    if (next_ - taken_ >= most_ahead_) return std::nullopt;
    const std::int64_t piece = piece_;
    const Range range{next_, piece > options_.batch_size ? piece / options_.batch_size * options_.batch_size : piece};
    next_ += range.count;
    return range;
  }

  /// Several threads at once.
  StreamPiece make(const Range& range, const std::atomic<bool>& cancel) {
    const auto start = Clock::now();
    StreamPiece piece =
        adapted_piece(model_.draw(range.first, range.count, options_.seed, pool_, cancel), range, adapter_);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const double wanted = static_cast<double>(range.count) * kPieceSeconds / std::max(seconds, 1e-9);
    piece_ = static_cast<std::int64_t>(std::clamp(wanted, 1.0, static_cast<double>(kLargestPiece)));
    return piece;
  }

  const GenerativeModel& model_;
  const Adapter& adapter_;
  StreamOptions options_;
  ThreadPool& pool_;
  HostService& host_;
  std::int64_t most_ahead_;
  AheadQueue<StreamPiece> queue_;
  std::int64_t next_;                // of claim()
  std::atomic<std::int64_t> taken_;  // simulations that left the queue
  std::atomic<std::int64_t> piece_;
  std::atomic<bool> stop_{false};
};

class HostStream final : public SimulationStream {
 public:
  HostStream(const GenerativeModel& model,
             const Adapter& adapter,
             const StreamOptions& options,
             ThreadPool& pool,
             HostService& host)
      : model_(model),
        adapter_(adapter),
        options_(options),
        pool_(pool),
        host_(host),
        drawn_(kHostRequests),
        count_(whole_batches(std::max(kFewestForHost, options.host_request), options.batch_size)),
        next_(options.first / count_ * count_) {}
  ~HostStream() override {
    stop_ = true;
    try {
      host_.wait_idle();          // for a simulation that R still runs
    } catch (const Cancelled&) {  // nothing of ours runs any more either
    }
  }
  HostStream(const HostStream&) = delete;
  HostStream& operator=(const HostStream&) = delete;

  [[nodiscard]] StreamPiece next() override {
    while (requests_ < kHostRequests) request();
    std::optional<Drawn> drawn;
    while (!drawn) {
      if (host_.cancelled()) throw Cancelled();
      drawn = drawn_.pop_for(std::chrono::milliseconds(20));
    }
    if (host_.cancelled()) throw Cancelled();
    --requests_;
    if (drawn->error) std::rethrow_exception(drawn->error);
    request();
    StreamPiece piece = adapted_piece(std::move(drawn->simulations), drawn->range, adapter_);
    if (drawn->range.first < options_.first) leave_out_before(options_.first, drawn->range, piece);
    return piece;
  }
  [[nodiscard]] bool ready() const override { return drawn_.size() > 0; }

 private:
  struct Drawn {
    Range range;
    Simulations simulations;
    std::exception_ptr error;  // thrown when its turn comes: nobody may ever need these simulations
  };

  void request() {
    const Range range{next_, count_};
    next_ += range.count;
    ++requests_;
    host_.post([this, range] {
      if (stop_) return;
      try {
        drawn_.push({range, model_.draw(range.first, range.count, options_.seed, pool_, host_.cancel_flag()), nullptr});
      } catch (const SimulatorError&) {
        drawn_.push({range, {}, std::current_exception()});
      }
    });
  }

  const GenerativeModel& model_;
  const Adapter& adapter_;
  StreamOptions options_;
  ThreadPool& pool_;
  HostService& host_;
  BoundedQueue<Drawn> drawn_;  // holds all that was asked for, so that R never waits in it
  // Always the same ranges, wherever the stream begins: what a vectorised simulator draws depends on them.
  std::int64_t count_;
  std::int64_t next_;
  std::size_t requests_ = 0;
  std::atomic<bool> stop_{false};
};

}  // namespace

std::unique_ptr<SimulationStream> make_simulation_stream(const GenerativeModel& model,
                                                         const Adapter& adapter,
                                                         const StreamOptions& options,
                                                         ThreadPool& pool,
                                                         HostService& host) {
  if (model.needs_host()) return std::make_unique<HostStream>(model, adapter, options, pool, host);
  return std::make_unique<PoolStream>(model, adapter, options, pool, host);
}

}  // namespace amortflow
