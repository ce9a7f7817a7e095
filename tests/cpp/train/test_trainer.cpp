#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <thread>

#include "base/errors.h"
#include "nets/library_threads.h"
#include "support/catch.h"
#include "support/normal_model.h"
#include "train/cpu_step.h"
#include "train/fit_estimator.h"
#include "train/trainer.h"

using namespace amortflow;
using amortflow::test::identity_adapter;
using amortflow::test::NormalModel;
using amortflow::test::small_posterior;

namespace {

bool same(const AlignedBuffer& a, const AlignedBuffer& b) {
  return a.size() == b.size() && std::equal(a.data(), a.data() + a.size(), b.data());
}

TrainingOptions short_training() {
  TrainingOptions options;
  options.epochs = 6;
  options.batches_per_epoch = 40;
  options.batch_size = 32;
  options.learning_rate = 3e-3;
  return options;
}

/// As many data sets as the trainer takes at once, so that `loss_of` gives its number to the last bit.
constexpr std::int64_t kOnePiece = 64;

TrainingBatch validation_of(const NormalModel& model, std::int64_t count = kOnePiece) {
  std::int64_t dropped = 0;
  return adapt_simulations(model.draw(1000000, count, 99), 1000000, Adapter(identity_adapter()), dropped);
}

/// Mean loss as the trainer computes it for at most `kOnePiece` data sets.
double loss_of(Estimator& estimator, const TrainingBatch& batch) {
  return estimator.make_shard()->loss(batch, 1.0 / static_cast<double>(batch.count()));
}

/// Trains on fresh simulations of `model`.
TrainingResult fit(PosteriorEstimator& estimator,
                   const NormalModel& model,
                   const TrainingOptions& options,
                   int cores = 1,
                   const RunContext& context = {}) {
  FitTask task;
  task.training = options;
  task.adapter = identity_adapter();
  task.seed = 7;
  task.cores = cores;
  task.model = &model;
  task.validation = model.draw(0, 100, 99);
  HostService host(context);
  return fit_estimator(estimator, task, host);
}

/// Any source, on a thread that a host serves.
TrainingResult train(Estimator& estimator,
                     const TrainingOptions& options,
                     BatchSource& source,
                     const TrainingBatch& validation,
                     HostService& host) {
  const SingleThreadedLibraries single_threaded;
  TrainingResult result;
  host.run([&] {
    ThreadPool pool(1);
    Trainer trainer(estimator, options, pool, host);
    result = trainer.train(source, validation);
  });
  return result;
}

/// Runs `before` ahead of each batch of another source, with the number of batches so far.
class Watched final : public BatchSource {
 public:
  Watched(BatchSource& source, std::function<void(std::int64_t)> before)
      : source_(source), before_(std::move(before)) {}
  [[nodiscard]] TrainingBatch next() override {
    before_(batches_++);
    return source_.next();
  }
  [[nodiscard]] std::int64_t dropped() const override { return source_.dropped(); }
  [[nodiscard]] SourcePosition position() const override { return source_.position(); }
  void seek(const SourcePosition& position) override { source_.seek(position); }

 private:
  BatchSource& source_;
  std::function<void(std::int64_t)> before_;
  std::int64_t batches_ = 0;
};

OfflineSource few_simulations(const NormalModel& model, std::int64_t count) {
  std::int64_t dropped = 0;
  return OfflineSource(adapt_simulations(model.draw(0, count, 1), 0, Adapter(identity_adapter()), dropped), dropped, 16,
                       1);
}

/// Loss w^2 / 2 of one weight, NaN in the calls that `broken` names.
class OneWeight final : public Estimator {
 public:
  explicit OneWeight(std::function<bool(int)> broken) : broken_(std::move(broken)), store_(layout()) {
    store_.initialize(1);
  }
  [[nodiscard]] ParameterStore& parameters() override { return store_; }
  [[nodiscard]] const ParameterStore& parameters() const override { return store_; }
  [[nodiscard]] std::unique_ptr<TrainingShard> make_shard() override { return std::make_unique<Shard>(*this); }

 private:
  class Shard final : public TrainingShard {
   public:
    explicit Shard(OneWeight& owner) : owner_(owner), gradient_(owner.store_.layout().floats()) {}
    double loss_and_gradient(const BatchRange& data_sets, double scale) override {
      const bool broken = owner_.broken_(owner_.calls_++);
      gradient_.data()[0] = broken ? std::numeric_limits<float>::quiet_NaN() : owner_.store_.values().data()[0];
      return loss(data_sets, scale);
    }
    double loss(const BatchRange&, double) override {
      const double w = static_cast<double>(owner_.store_.values().data()[0]);
      return 0.5 * w * w;
    }
    [[nodiscard]] AlignedBuffer& gradient() override { return gradient_; }

   private:
    OneWeight& owner_;
    AlignedBuffer gradient_;
  };
  static ParameterLayout layout() {
    ParameterLayout one;
    one.add("w", 1, 1, {Initializer::Kind::kConstant, 1.0}, false);
    return one;
  }
  std::function<bool(int)> broken_;
  int calls_ = 0;
  ParameterStore store_;
};

}  // namespace

CATCH_TEST_CASE("training comes near the exact posterior of a conjugate model") {
  NormalModel model;
  PosteriorEstimator estimator(small_posterior());
  TrainingOptions options = short_training();
  options.epochs = 15;
  options.batches_per_epoch = 60;
  const TrainingResult result = fit(estimator, model, options);
  // The best possible loss on the validation set, from the exact posterior of each data set.
  const Simulations validation = model.draw(0, 100, 99);
  double best = 0;
  for (std::int64_t i = 0; i < 100; ++i) {
    for (std::int64_t j = 0; j < 2; ++j) {
      double sum = 0;
      for (std::int64_t row = 10 * i; row < 10 * i + 10; ++row) sum += validation.data[0].values(row, j);
      const double z = (validation.parameters(i, j) - sum / 11) * std::sqrt(11.0);
      best += (0.5 * z * z + 0.5 * std::log(2 * 3.14159265358979323846 / 11)) / 100;
    }
  }
  CATCH_INFO("loss " << result.best_validation_loss << ", of the exact posterior " << best);
  CATCH_CHECK(result.history.size() == 15);
  CATCH_CHECK(result.best_validation_loss < best + 0.15);  // an untrained network is 2.4 worse
  CATCH_CHECK(result.best_validation_loss > best - 0.15);
  CATCH_CHECK(result.history.back().loss < result.history.front().loss);
  CATCH_CHECK(result.history.back().skipped == 0);
  CATCH_CHECK(result.dropped == 0);
}

CATCH_TEST_CASE("weights are the same bit by bit for one thread and two, and depend on the shards") {
  NormalModel model;
  model.longest = 14;
  TrainingOptions options = short_training();
  options.epochs = 2;
  options.shards = 3;
  PosteriorEstimator one(small_posterior());
  PosteriorEstimator two(small_posterior());
  const TrainingResult first = fit(one, model, options, 1);
  const TrainingResult second = fit(two, model, options, 2);
  CATCH_CHECK(same(one.parameters().values(), two.parameters().values()));
  CATCH_CHECK(first.history.back().loss == second.history.back().loss);
  CATCH_CHECK(first.best_validation_loss == second.best_validation_loss);
  options.shards = 1;
  PosteriorEstimator whole(small_posterior());
  const TrainingResult third = fit(whole, model, options, 1);
  CATCH_CHECK_FALSE(same(one.parameters().values(), whole.parameters().values()));
  CATCH_CHECK(third.best_validation_loss == Catch::Approx(first.best_validation_loss).epsilon(0.01));
}

CATCH_TEST_CASE("early stopping puts the best weights back") {
  NormalModel model;
  PosteriorEstimator estimator(small_posterior());
  OfflineSource source = few_simulations(model, 32);  // so few that training soon only learns them by heart
  const TrainingBatch validation = validation_of(model);
  TrainingOptions options = short_training();
  options.epochs = 200;
  options.batches_per_epoch = 4;
  options.patience = 2;
  HostService host((RunContext()));
  const TrainingResult result = train(estimator, options, source, validation, host);
  CATCH_CHECK(result.outcome == Outcome::kStoppedEarly);
  CATCH_CHECK(result.history.size() < 200);
  CATCH_CHECK(static_cast<std::int64_t>(result.history.size()) == result.best_epoch + 2);
  CATCH_CHECK(result.best_epoch > 0);
  CATCH_CHECK(loss_of(estimator, validation) == result.best_validation_loss);
  CATCH_CHECK(result.best_validation_loss < result.history.back().validation_loss);
}

CATCH_TEST_CASE("only epochs worse than the best by more than its standard error count against patience") {
  NormalModel model;
  PosteriorEstimator estimator(small_posterior());
  OfflineSource source = few_simulations(model, 90);
  constexpr std::int64_t kPieces = 5;
  const TrainingBatch validation = validation_of(model, kPieces * kOnePiece);
  TrainingOptions options = short_training();
  options.epochs = 400;
  options.batches_per_epoch = 10;
  options.learning_rate = 1e-3;
  options.patience = 3;
  HostService host((RunContext()));
  const TrainingResult result = train(estimator, options, source, validation, host);
  CATCH_REQUIRE(result.outcome == Outcome::kStoppedEarly);
  // From the best weights, which are back in place.
  std::vector<double> losses;
  double mean = 0;
  for (std::int64_t i = 0; i < kPieces; ++i) {
    losses.push_back(loss_of(estimator, slice(validation, i * kOnePiece, (i + 1) * kOnePiece)));
    mean += losses.back() / kPieces;
  }
  CATCH_CHECK(mean == Catch::Approx(result.best_validation_loss).epsilon(1e-6));
  double squares = 0;
  for (const double loss : losses) squares += (loss - mean) * (loss - mean);
  const double standard_error = std::sqrt(squares / (kPieces * (kPieces - 1)));
  CATCH_CHECK(standard_error > 0);
  std::int64_t worse = 0;
  std::int64_t stops_at = 0;
  for (const auto& epoch : result.history) {
    if (epoch.epoch < result.best_epoch) continue;
    worse = epoch.validation_loss > mean + standard_error ? worse + 1 : 0;
    if (worse == options.patience && stops_at == 0) stops_at = epoch.epoch;
  }
  CATCH_INFO("best " << result.best_epoch << ", stopped " << result.history.size() << ", standard error "
                     << standard_error);
  CATCH_CHECK(stops_at == static_cast<std::int64_t>(result.history.size()));
  CATCH_CHECK(stops_at > result.best_epoch + options.patience);
}

CATCH_TEST_CASE("a learning rate far too large ends as diverged, with the best weights") {
  NormalModel model;
  PosteriorEstimator estimator(small_posterior());
  const AlignedBuffer start = estimator.parameters().values();
  TrainingOptions options = short_training();
  options.learning_rate = 1e4;
  options.warmup = 0;
  const TrainingResult result = fit(estimator, model, options);
  CATCH_CHECK(result.outcome == Outcome::kDiverged);
  CATCH_CHECK(result.best_epoch == 0);
  CATCH_CHECK(same(estimator.parameters().values(), start));
}

CATCH_TEST_CASE("data that say nothing do not end as diverged") {
  // Parameters and data are independent, so no network beats an untrained one, whose loss is the optimum already.
  TrainingBatch independent;
  rng random = stream(4, Purpose::kCheck, 0);
  independent.parameters = Matrix<float>(400, 2);
  for (float& x : independent.parameters.values) x = static_cast<float>(random.normal());
  independent.data.observed.resize(1);
  independent.data.observed[0].values = Matrix<float>(800, 2);
  for (float& x : independent.data.observed[0].values.values) x = static_cast<float>(random.normal());
  independent.data.observed[0].segments = Segments::uniform(400, 2);
  independent.data.context = Matrix<float>(400, 0);
  OfflineSource source(slice(independent, 0, 300), 0, 32, 3);
  PosteriorEstimator estimator(small_posterior());
  TrainingOptions options = short_training();
  options.epochs = 8;
  HostService host((RunContext()));
  const TrainingResult result = train(estimator, options, source, slice(independent, 300, 400), host);
  CATCH_CHECK(result.outcome != Outcome::kDiverged);
}

CATCH_TEST_CASE("a step that is not finite is left out; three in a row end training") {
  NormalModel model;
  OfflineSource source = few_simulations(model, 32);
  const TrainingBatch validation = validation_of(model, 2);
  TrainingOptions options = short_training();
  options.epochs = 4;
  options.batches_per_epoch = 10;
  HostService host((RunContext()));
  OneWeight now_and_then([](int call) { return call % 10 == 3 || call % 10 == 4; });
  const TrainingResult fine = train(now_and_then, options, source, validation, host);
  CATCH_CHECK(fine.outcome != Outcome::kDiverged);
  CATCH_REQUIRE(fine.history.size() == 4);
  for (const auto& epoch : fine.history) {
    CATCH_CHECK(epoch.skipped == 2);
    CATCH_CHECK(std::isfinite(epoch.loss));
    CATCH_CHECK(std::isfinite(epoch.gradient_norm));
  }
  CATCH_CHECK(std::isfinite(now_and_then.parameters().values().data()[0]));

  OneWeight for_good([](int call) { return call >= 25; });
  const TrainingResult broken = train(for_good, options, source, validation, host);
  CATCH_CHECK(broken.outcome == Outcome::kDiverged);
  CATCH_CHECK(broken.history.size() == 3);
  CATCH_CHECK(broken.history.back().skipped == 3);
  CATCH_CHECK(loss_of(for_good, validation) == broken.best_validation_loss);
}

CATCH_TEST_CASE("an interrupt ends training with the best weights so far") {
  NormalModel model;
  PosteriorEstimator estimator(small_posterior());
  const TrainingBatch validation = validation_of(model);
  const TrainingOptions options = short_training();
  HostService host((RunContext()));
  OfflineSource simulations = few_simulations(model, 2000);
  Watched source(simulations, [&](std::int64_t batch) {
    if (batch == 100) host.interrupt();  // in the third epoch of 40 batches
  });
  const TrainingResult result = train(estimator, options, source, validation, host);
  CATCH_CHECK(result.outcome == Outcome::kInterrupted);
  CATCH_CHECK(result.history.size() == 2);
  CATCH_CHECK(result.best_epoch == 2);
  CATCH_CHECK(loss_of(estimator, validation) == result.best_validation_loss);
}

CATCH_TEST_CASE("an average of the weights is what is validated and kept") {
  NormalModel model;
  const TrainingBatch validation = validation_of(model);
  TrainingOptions options = short_training();
  options.epochs = 3;
  options.schedule = ScheduleKind::kConstant;
  options.warmup = 0;
  PosteriorEstimator plain(small_posterior());
  PosteriorEstimator averaged(small_posterior());
  HostService host((RunContext()));
  OfflineSource first = few_simulations(model, 2000);
  const TrainingResult without = train(plain, options, first, validation, host);
  options.optimizer.average_decay = 0.99;
  OfflineSource second = few_simulations(model, 2000);
  const TrainingResult with = train(averaged, options, second, validation, host);
  for (std::size_t i = 0; i < 3; ++i) {
    CATCH_CHECK(with.history[i].loss == without.history[i].loss);  // the same path through the weights
    CATCH_CHECK(with.history[i].validation_loss != without.history[i].validation_loss);
  }
  CATCH_CHECK(loss_of(averaged, validation) == with.best_validation_loss);
  CATCH_CHECK_FALSE(same(plain.parameters().values(), averaged.parameters().values()));
}

CATCH_TEST_CASE("validation obeys an interrupt") {
  NormalModel model;
  const TrainingBatch validation = validation_of(model, 4000);
  PosteriorEstimator estimator(small_posterior());
  HostService host((RunContext()));
  OfflineSource simulations = few_simulations(model, 2000);
  const SingleThreadedLibraries single_threaded;
  host.run([&] {
    ThreadPool pool(2);
    CpuStep step(estimator, 2, OptimizerOptions(), pool);
    CATCH_CHECK(validate(validation, step, host).loss > 0);
    host.interrupt();
    CATCH_CHECK_THROWS_AS(validate(validation, step, host), Cancelled);
  });
}

CATCH_TEST_CASE("a run tells how fast it was, and how long it waited") {
  NormalModel model;
  PosteriorEstimator estimator(small_posterior());
  TrainingOptions options = short_training();
  options.epochs = 2;
  OfflineSource simulations = few_simulations(model, 2000);
  Watched source(simulations, [&](std::int64_t batch) {
    if (batch % 20 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(30));
  });
  HostService host((RunContext()));
  const TrainingResult result = train(estimator, options, source, validation_of(model), host);
  CATCH_CHECK(result.rates.steps == 80);
  CATCH_CHECK(result.rates.simulations == 80 * 16);
  CATCH_CHECK(result.rates.threads == 1);
  CATCH_CHECK(result.rates.waiting >= 4 * 0.03);
  CATCH_CHECK(result.rates.seconds >= result.rates.waiting);
  CATCH_CHECK(result.rates.seconds >= result.history.back().seconds);
}

CATCH_TEST_CASE("the host hears of progress, and its interrupt is obeyed") {
  NormalModel model;
  PosteriorEstimator estimator(small_posterior());
  TrainingOptions options = short_training();
  options.epochs = 1000000;
  options.patience = 1000000;
  Progress last;
  RunContext context;
  context.progress = [&](const Progress& progress) { last = progress; };
  context.interrupted = [&] { return last.done > 50; };
  const TrainingResult result = fit(estimator, model, options, 2, context);
  CATCH_CHECK(result.outcome == Outcome::kInterrupted);
  CATCH_CHECK(last.done > 50);
  CATCH_CHECK(last.total == 40000000);
  CATCH_CHECK(last.epoch >= 1);
  CATCH_CHECK(std::isfinite(last.loss));
}

CATCH_TEST_CASE("training goes on without simulations that are not finite; without any it says what failed") {
  NormalModel model;
  model.broken_every = 4;
  TrainingOptions options = short_training();
  options.epochs = 2;
  PosteriorEstimator estimator(small_posterior());
  const TrainingResult result = fit(estimator, model, options);
  CATCH_CHECK((result.outcome == Outcome::kMaxEpochs || result.outcome == Outcome::kConverged));
  CATCH_CHECK(result.dropped == 80 * 32 / 3);  // every fourth is left out of 80 batches of 32
  CATCH_CHECK(result.history.back().skipped == 0);

  model.broken_every = 1;
  FitTask task;
  task.training = options;
  task.adapter = identity_adapter();
  task.model = &model;
  task.validation = NormalModel().draw(0, 50, 1);
  HostService host((RunContext()));
  const TrainingResult failed = fit_estimator(estimator, task, host);
  CATCH_CHECK(failed.outcome == Outcome::kSimulatorFailed);
  CATCH_CHECK_THAT(failed.message, Catch::contains_text("finite"));
}

CATCH_TEST_CASE("a task is refused where nothing can be learned or validated") {
  NormalModel model;
  PosteriorEstimator estimator(small_posterior());
  FitTask task;
  task.training = short_training();
  task.adapter = identity_adapter();
  task.simulations = model.draw(0, 1, 1);
  task.validation = model.draw(0, 10, 2);
  HostService host((RunContext()));
  CATCH_CHECK_THROWS_AS(fit_estimator(estimator, task, host), ConfigError);
  model.broken_every = 1;
  task.simulations = NormalModel().draw(0, 40, 1);
  task.validation = model.draw(0, 10, 2);
  CATCH_CHECK_THROWS_AS(fit_estimator(estimator, task, host), ConfigError);
}

CATCH_TEST_CASE("training options know their keys") {
  Spec spec = Spec::List{{"kind", "training"},     {"epochs", 3},           {"batches_per_epoch", 5},
                         {"batch_size", 8},        {"shards", 2},           {"patience", 4},
                         {"learning_rate", 1e-3},  {"warmup", 0.1},         {"weight_decay", 0.0},
                         {"clip_norm", 1.0},       {"schedule", "plateau"}, {"average", 0.99},
                         {"until_converged", true}};
  const TrainingOptions options = TrainingOptions::from_spec(spec);
  CATCH_CHECK(options.shards == 2);
  CATCH_CHECK(options.warmup == 0.1);
  CATCH_CHECK(options.schedule == ScheduleKind::kPlateau);
  CATCH_CHECK(options.until_converged);
  CATCH_CHECK(options.optimizer.average_decay == 0.99);
  CATCH_CHECK(options.converged_gain == 0.01);
  spec.set("converged_gain", 0.001);
  CATCH_CHECK(TrainingOptions::from_spec(spec).converged_gain == 0.001);
  spec.set("epoch", 3);
  CATCH_CHECK_THROWS_AS(TrainingOptions::from_spec(spec), ConfigError);
  CATCH_CHECK(std::string(outcome_name(Outcome::kStoppedEarly)) == "stopped_early");
}
