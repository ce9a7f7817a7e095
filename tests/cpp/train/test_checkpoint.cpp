#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>

#include "base/durable_file.h"
#include "base/errors.h"
#include "nets/library_threads.h"
#include "support/catch.h"
#include "support/folder.h"
#include "support/normal_model.h"
#include "train/online_source.h"
#include "train/trainer.h"

using namespace amortflow;
using amortflow::test::Folder;
using amortflow::test::identity_adapter;
using amortflow::test::NormalModel;
using amortflow::test::small_posterior;

namespace {

bool same(const AlignedBuffer& a, const AlignedBuffer& b) {
  return a.size() == b.size() && std::equal(a.data(), a.data() + a.size(), b.data());
}

/// Interrupts the run ahead of one batch.
class Interrupting final : public BatchSource {
 public:
  Interrupting(std::unique_ptr<BatchSource> source, HostService& host, std::int64_t at)
      : source_(std::move(source)), host_(host), at_(at) {}
  [[nodiscard]] TrainingBatch next() override {
    if (batches_++ == at_) host_.interrupt();
    return source_->next();
  }
  [[nodiscard]] std::int64_t dropped() const override { return source_->dropped(); }
  [[nodiscard]] SourcePosition position() const override { return source_->position(); }
  void seek(const SourcePosition& position) override { source_->seek(position); }

 private:
  std::unique_ptr<BatchSource> source_;
  HostService& host_;
  std::int64_t at_;
  std::int64_t batches_ = 0;
};

TrainingOptions options_of(ScheduleKind schedule) {
  TrainingOptions options;
  options.epochs = 8;
  options.batches_per_epoch = 12;
  options.batch_size = 16;
  options.shards = 2;
  options.learning_rate = 3e-3;
  options.schedule = schedule;
  options.patience = 2;
  options.until_converged = schedule != ScheduleKind::kCosine;
  if (schedule == ScheduleKind::kStableDecay) options.optimizer.average_decay = 0.9;
  return options;
}

struct Run {
  TrainingResult result;
  AlignedBuffer weights;
};

constexpr std::int64_t kNever = -1;

/// One process's part of a run of a small network on fresh simulations, or on 200 ones.
Run train_part(const TrainingOptions& options,
               bool online,
               const CheckpointOptions& checkpoints,
               std::int64_t interrupt_at = kNever) {
  const SingleThreadedLibraries single_threaded;
  NormalModel model;
  model.longest = 12;
  model.broken_every = 9;
  const Adapter adapter(identity_adapter());
  PosteriorEstimator estimator(small_posterior());
  HostService host((RunContext()));
  Run run;
  host.run([&] {
    ThreadPool pool(2);
    std::int64_t dropped = 0;
    const TrainingBatch validation = adapt_simulations(model.draw(0, 300, 99), 0, adapter, dropped);
    dropped = 0;
    std::unique_ptr<BatchSource> source;
    if (online) {
      source = std::make_unique<OnlineSource>(model, adapter, options.batch_size, 7, pool, host);
    } else {
      TrainingBatch simulations = adapt_simulations(model.draw(0, 200, 1), 0, adapter, dropped);
      source = std::make_unique<OfflineSource>(std::move(simulations), dropped, options.batch_size, 7);
    }
    Interrupting interrupting(std::move(source), host, interrupt_at);
    Trainer trainer(estimator, options, pool, host);
    run.result = trainer.train(interrupting, validation, checkpoints);
  });
  run.weights = estimator.parameters().values();
  return run;
}

CheckpointOptions checkpoints_in(const Folder& folder, double seconds = 1e6) {
  CheckpointOptions checkpoints;
  checkpoints.path = folder.file("run.checkpoint");
  checkpoints.seconds = seconds;
  checkpoints.run = "this run";
  checkpoints.about = Spec::List{{"seed", 12.0}};
  return checkpoints;
}

void check_same(const Run& whole, const Run& resumed) {
  CATCH_CHECK(same(whole.weights, resumed.weights));
  CATCH_CHECK(whole.result.outcome == resumed.result.outcome);
  CATCH_CHECK(whole.result.best_epoch == resumed.result.best_epoch);
  CATCH_CHECK(whole.result.best_validation_loss == resumed.result.best_validation_loss);
  CATCH_CHECK(whole.result.dropped == resumed.result.dropped);
  CATCH_CHECK(whole.result.rates.steps == resumed.result.rates.steps);
  CATCH_CHECK(whole.result.rates.simulations == resumed.result.rates.simulations);
  CATCH_REQUIRE(whole.result.history.size() == resumed.result.history.size());
  for (std::size_t i = 0; i < whole.result.history.size(); ++i) {
    const EpochRecord& a = whole.result.history[i];
    const EpochRecord& b = resumed.result.history[i];
    CATCH_CHECK((a.epoch == b.epoch && a.loss == b.loss && a.validation_loss == b.validation_loss &&
                 a.learning_rate == b.learning_rate && a.gradient_norm == b.gradient_norm && a.skipped == b.skipped));
    if (i > 0) CATCH_CHECK(b.seconds >= resumed.result.history[i - 1].seconds);
  }
}

}  // namespace

CATCH_TEST_CASE("a run that was interrupted anywhere goes on to the weights that it would have had") {
  for (const auto schedule : {ScheduleKind::kCosine, ScheduleKind::kStableDecay, ScheduleKind::kPlateau}) {
    for (const bool online : {true, false}) {
      const TrainingOptions options = options_of(schedule);
      const Run whole = train_part(options, online, {});
      CATCH_REQUIRE(whole.result.history.size() >= 5);
      for (const std::int64_t at : {1, 5, 12, 30, 48, 59}) {  // after the first step, in epochs, between them
        CATCH_INFO("online " << online << ", interrupted at batch " << at);
        const Folder folder;
        const Run first = train_part(options, online, checkpoints_in(folder), at);
        CATCH_REQUIRE(first.result.outcome == Outcome::kInterrupted);
        CATCH_CHECK(first.result.checkpoint_problem.empty());
        const Run second = train_part(options, online, checkpoints_in(folder), 3);  // and once more
        CATCH_REQUIRE(second.result.outcome == Outcome::kInterrupted);
        CATCH_CHECK(second.result.rates.steps > first.result.rates.steps);
        check_same(whole, train_part(options, online, checkpoints_in(folder)));
      }
    }
  }
}

CATCH_TEST_CASE("what a killed process wrote last is where the next one goes on") {
  const TrainingOptions options = options_of(ScheduleKind::kCosine);
  const Run whole = train_part(options, true, {});
  const Folder folder;
  // A checkpoint after every step; the run comes to its end and leaves the last one, which is that of its last step.
  const Run all = train_part(options, true, checkpoints_in(folder, 0));
  check_same(whole, all);
  CATCH_REQUIRE(file_size(checkpoints_in(folder).path) > 0);
  check_same(whole, train_part(options, true, checkpoints_in(folder)));
}

CATCH_TEST_CASE("the heading of a checkpoint says whose it is; another run's is refused") {
  const Folder folder;
  const TrainingOptions options = options_of(ScheduleKind::kCosine);
  CheckpointOptions checkpoints = checkpoints_in(folder);
  CATCH_CHECK(train_part(options, true, checkpoints, 20).result.outcome == Outcome::kInterrupted);
  CATCH_CHECK(checkpoint_heading(checkpoints.path) ==
              Spec(Spec::List{{"run", "this run"}, {"about", Spec::List{{"seed", 12.0}}}}));
  checkpoints.run = "another run";
  CATCH_CHECK_THROWS_AS(train_part(options, true, checkpoints), ConfigError);
  checkpoints = checkpoints_in(folder);
  CATCH_CHECK_THROWS_AS(train_part(options, false, checkpoints), ConfigError);  // its source is of another kind
}

CATCH_TEST_CASE("a damaged checkpoint is refused, and so is what is none") {
  const Folder folder;
  const TrainingOptions options = options_of(ScheduleKind::kCosine);
  const CheckpointOptions checkpoints = checkpoints_in(folder);
  static_cast<void>(train_part(options, true, checkpoints, 20));
  const std::vector<std::uint8_t> whole = read_file(checkpoints.path);
  for (const std::size_t at : {std::size_t{3}, std::size_t{60}, whole.size() / 2, whole.size() - 1}) {
    auto bytes = whole;
    bytes[at] ^= 1U;
    write_durably(checkpoints.path, bytes);
    CATCH_CHECK_THROWS_AS(train_part(options, true, checkpoints), FormatError);
    bytes.resize(at);
    write_durably(checkpoints.path, bytes);
    CATCH_CHECK_THROWS_AS(train_part(options, true, checkpoints), FormatError);
  }
}

CATCH_TEST_CASE("a checkpoint that cannot be written costs nothing but itself") {
  const TrainingOptions options = options_of(ScheduleKind::kCosine);
  const Run whole = train_part(options, true, {});
  const Folder folder;
  CheckpointOptions checkpoints = checkpoints_in(folder, 0);
  checkpoints.path = folder.file("missing") + "/run.checkpoint";
  const Run other = train_part(options, true, checkpoints);
  check_same(whole, other);
  CATCH_CHECK_THAT(other.result.checkpoint_problem, Catch::contains_text("missing"));
  if (std::filesystem::exists("/dev/full")) {  // writes to it fail as those to a full disk
    std::filesystem::create_symlink("/dev/full", folder.file("full.tmp"));
    checkpoints = checkpoints_in(folder);
    checkpoints.path = folder.file("full");
    const Run full = train_part(options, true, checkpoints, 20);
    CATCH_CHECK(full.result.outcome == Outcome::kInterrupted);
    CATCH_CHECK_FALSE(full.result.checkpoint_problem.empty());
  }
}
