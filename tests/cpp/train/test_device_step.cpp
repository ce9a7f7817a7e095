#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "base/errors.h"
#include "base/random.h"
#include "nets/library_threads.h"
#include "nets/torch_backend.h"
#include "support/catch.h"
#include "support/normal_model.h"
#include "train/batch_source.h"
#include "train/cpu_step.h"
#include "train/device_choice.h"
#include "train/device_step.h"
#include "train/trainer.h"

using namespace amortflow;
using amortflow::test::identity_adapter;
using amortflow::test::NormalModel;
using amortflow::test::small_posterior;

// Device "cpu" runs what a CUDA device runs but for graphs, streams and pinned memory.

namespace {

constexpr double kRate = 3e-3;

DeviceStepOptions on_host(bool padding = true) {
  DeviceStepOptions options;
  options.device = "cpu";
  options.padding = padding;
  return options;
}

Spec time_series() {
  return Spec::List{{"kind", "time_series"}, {"summary_dim", 4},      {"filters", 5},        {"kernel_size", 4},
                    {"recurrent_dim", 6},    {"bidirectional", true}, {"activation", "silu"}};
}

Spec flattened(std::int64_t positions) {
  return Spec::List{{"kind", "dense"}, {"summary_dim", 4}, {"positions", positions},
                    {"width", 16},     {"depth", 2},       {"activation", "relu"}};
}

PosteriorOptions posterior_with(const Spec& summary) {
  PosteriorOptions options = small_posterior();
  options.condition.observables[0].summary = summary;
  return options;
}

/// A flow of the context alone.
PosteriorOptions flow_only() {
  PosteriorOptions options = small_posterior();
  options.condition.observables.clear();
  options.condition.context_width = 3;
  return options;
}

TrainingBatch draw(std::int64_t first, std::int64_t count, std::int64_t shortest, std::int64_t longest) {
  NormalModel model;
  model.shortest = shortest;
  model.longest = longest;
  std::int64_t dropped = 0;
  return adapt_simulations(model.draw(first, count, 5), first, Adapter(identity_adapter()), dropped);
}

/// Three numbers of context instead of data.
TrainingBatch without_data(TrainingBatch batch) {
  rng random = stream(9, Purpose::kCheck, 0);
  batch.data.observed.clear();
  batch.data.context = Matrix<float>(batch.count(), 3);
  for (float& x : batch.data.context.values) x = static_cast<float>(random.normal());
  return batch;
}

double difference(const AlignedBuffer& a, const AlignedBuffer& b) {
  double largest = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, static_cast<double>(std::abs(a.data()[i] - b.data()[i])));
  }
  return largest;
}

bool same(const AlignedBuffer& a, const AlignedBuffer& b) {
  return a.size() == b.size() && std::equal(a.data(), a.data() + a.size(), b.data());
}

StepTally tally_after(TrainingStep& step, const TrainingBatch& batch) {
  step.run(batch, kRate);
  step.finish();
  return step.collect();
}

std::vector<double> losses_of(TrainingStep& step, const TrainingBatch& batch) {
  return step.losses(batch, 64, 0.01, std::atomic<bool>(false));
}

/// Trains two copies of one network, on the cores and by reference forms, and compares every step.
void check_same_history(const PosteriorOptions& options,
                        const std::vector<TrainingBatch>& batches,
                        const OptimizerOptions& optimizer = {}) {
  PosteriorEstimator fused(options);
  PosteriorEstimator reference(options);
  const AlignedBuffer start = fused.parameters().values();
  ThreadPool pool(1);
  CpuStep cpu(fused, 2, optimizer, pool);
  const auto device = make_device_step(reference, optimizer, on_host());
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const StepTally expected = tally_after(cpu, batches[i]);
    const StepTally tally = tally_after(*device, batches[i]);
    CATCH_INFO("step " << i);
    CATCH_CHECK(tally.loss == Catch::Approx(expected.loss).epsilon(1e-4).margin(1e-4));
    CATCH_CHECK(tally.gradient_norm == Catch::Approx(expected.gradient_norm).epsilon(1e-3));
    CATCH_CHECK(tally.taken == 1);
  }
  // Rounding differs, and Adam's early steps have the size of the rate however small a gradient is.
  const double moved = difference(fused.parameters().values(), start);
  CATCH_CHECK(moved > 5 * kRate);
  CATCH_CHECK(difference(fused.parameters().values(), reference.parameters().values()) < 0.05 * moved);
  CATCH_REQUIRE(cpu.average().size() == device->average().size());
  CATCH_CHECK(difference(cpu.average(), device->average()) < 0.05 * moved);
}

std::vector<TrainingBatch> batches_of(std::int64_t steps,
                                      std::int64_t count,
                                      std::int64_t shortest,
                                      std::int64_t longest) {
  std::vector<TrainingBatch> batches;
  for (std::int64_t i = 0; i < steps; ++i) batches.push_back(draw(i * count, count, shortest, longest));
  return batches;
}

}  // namespace

CATCH_TEST_CASE("the device's steps are those of the cores: a flow alone") {
  const SingleThreadedLibraries single_threaded;
  std::vector<TrainingBatch> batches;
  for (const auto& batch : batches_of(40, 24, 3, 3)) batches.push_back(without_data(batch));
  check_same_history(flow_only(), batches);
}

CATCH_TEST_CASE("the device's steps are those of the cores: deep set, with weight decay and average") {
  const SingleThreadedLibraries single_threaded;
  OptimizerOptions optimizer;
  optimizer.weight_decay = 0.1;
  optimizer.clip_norm = 0.5;
  optimizer.average_decay = 0.9;
  check_same_history(small_posterior(), batches_of(40, 24, 10, 10), optimizer);
}

CATCH_TEST_CASE("the device's steps are those of the cores: ragged data, batches of changing size") {
  const SingleThreadedLibraries single_threaded;
  std::vector<TrainingBatch> batches;
  for (std::int64_t i = 0; i < 40; ++i) batches.push_back(draw(i * 30, 30 - i % 7, 1 + i % 3, 12 + i % 5));
  CATCH_SECTION("deep set") { check_same_history(small_posterior(), batches); }
  CATCH_SECTION("time series") { check_same_history(posterior_with(time_series()), batches); }
}

CATCH_TEST_CASE("the device's steps are those of the cores: series and data side by side") {
  const SingleThreadedLibraries single_threaded;
  CATCH_SECTION("time series") { check_same_history(posterior_with(time_series()), batches_of(30, 16, 14, 14)); }
  CATCH_SECTION("dense") { check_same_history(posterior_with(flattened(9)), batches_of(30, 16, 9, 9)); }
}

CATCH_TEST_CASE("the device's steps are those of the cores: an ensemble with ragged data") {
  const SingleThreadedLibraries single_threaded;
  PosteriorOptions options = small_posterior();
  options.members = 3;
  check_same_history(options, batches_of(30, 24, 2, 9));
}

CATCH_TEST_CASE("the device's steps are those of the cores: a grid and groups of rows, fused by a head") {
  PosteriorOptions options = small_posterior();
  const Spec set = options.condition.observables[0].summary;
  options.condition.observables[0].summary = Spec::List{{"kind", "hierarchical"},
                                                        {"levels", Spec::List{{"", set}, {"", set}}},
                                                        {"group_columns", std::vector<double>{2}}};
  options.condition.observables.push_back({1, Spec::List{{"kind", "convolution"},
                                                         {"summary_dim", 4},
                                                         {"shape", std::vector<double>{3, 4}},
                                                         {"filters", std::vector<double>{4, 5}},
                                                         {"blocks", 1},
                                                         {"kernel_size", 3},
                                                         {"width", 8},
                                                         {"activation", "silu"},
                                                         {"log_size_center", 0.0}}});
  options.condition.head = flattened(1);
  std::vector<TrainingBatch> batches = batches_of(8, 24, 2, 6);
  for (auto& batch : batches) {
    RaggedRows<float> grids;
    grids.segments = Segments::uniform(batch.count(), 12);
    grids.values = Matrix<float>(batch.count() * 12, 1);
    for (std::int64_t i = 0; i < grids.values.rows; ++i) grids.values(i, 0) = batch.parameters(i / 12, i % 2);
    Matrix<float>& rows = batch.data.observed[0].values;
    for (std::int64_t i = 0; i < rows.rows; ++i) rows(i, 1) = static_cast<float>(i % 3);
    batch.data.observed.push_back(std::move(grids));
  }
  check_same_history(options, batches);
}

CATCH_TEST_CASE("padding does not change a loss") {
  const SingleThreadedLibraries single_threaded;
  for (const Spec& summary : {small_posterior().condition.observables[0].summary, time_series()}) {
    PosteriorEstimator padded(posterior_with(summary));
    PosteriorEstimator exact(posterior_with(summary));
    const auto with_padding = make_device_step(padded, {}, on_host());
    const auto without = make_device_step(exact, {}, on_host(false));
    // The first batch sets sizes that the second has to be padded to in both directions.
    for (const TrainingBatch& batch : {draw(0, 32, 20, 20), draw(100, 27, 5, 19)}) {
      CATCH_CHECK(tally_after(*with_padding, batch).loss ==
                  Catch::Approx(tally_after(*without, batch).loss).epsilon(1e-5));
    }
    CATCH_CHECK(difference(padded.parameters().values(), exact.parameters().values()) < 1e-5);
  }
}

CATCH_TEST_CASE("losses are those of the cores, with the weights that the store holds") {
  const SingleThreadedLibraries single_threaded;
  PosteriorEstimator fused(small_posterior());
  PosteriorEstimator reference(small_posterior());
  ThreadPool pool(1);
  CpuStep cpu(fused, 2, {}, pool);
  const auto device = make_device_step(reference, {}, on_host());
  for (int i = 0; i < 3; ++i) device->run(draw(i * 32, 32, 4, 12), kRate);
  device->finish();
  fused.parameters().values() = reference.parameters().values();
  const TrainingBatch validation = draw(5000, 150, 4, 12);
  const auto expected = losses_of(cpu, validation);
  const auto losses = losses_of(*device, validation);
  CATCH_REQUIRE(losses.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CATCH_CHECK(losses[i] == Catch::Approx(expected[i]).epsilon(1e-4));
  // Neither other weights in the store nor validation has a part in the steps that follow, until it is said so.
  const AlignedBuffer own = reference.parameters().values();
  reference.parameters().values().zero();
  CATCH_CHECK(losses_of(*device, validation)[0] != Catch::Approx(expected[0]).epsilon(1e-4));
  device->run(draw(200, 32, 4, 12), 0);
  device->finish();
  CATCH_CHECK(same(reference.parameters().values(), own));
  reference.parameters().values().zero();
  device->weights_changed();
  device->run(draw(200, 32, 4, 12), 0);
  device->finish();
  CATCH_CHECK(difference(reference.parameters().values(), AlignedBuffer(own.size())) == 0);
}

CATCH_TEST_CASE("on a device too, a step that is not finite changes nothing and three in a row end training") {
  const SingleThreadedLibraries single_threaded;
  PosteriorEstimator estimator(small_posterior());
  PosteriorEstimator undisturbed(small_posterior());
  const auto step = make_device_step(estimator, {}, on_host());
  const auto other = make_device_step(undisturbed, {}, on_host());
  const TrainingBatch good = draw(0, 32, 10, 10);
  TrainingBatch broken = good;
  broken.data.observed[0].values(7, 1) = std::numeric_limits<float>::quiet_NaN();
  TrainingBatch huge = good;
  huge.parameters(3, 0) = 1e30F;  // its square is infinite
  for (const TrainingBatch& batch : {good, broken, huge, good, broken}) step->run(batch, kRate);
  step->finish();
  const StepTally tally = step->collect();
  CATCH_CHECK(tally.taken == 2);
  CATCH_CHECK(tally.skipped == 3);
  CATCH_CHECK(tally.skipped_in_a_row == 1);
  CATCH_CHECK(std::isfinite(tally.loss));
  CATCH_CHECK(std::isfinite(tally.gradient_norm));
  for (int i = 0; i < 2; ++i) (void)tally_after(*other, good);
  // Moments and the number of steps are those of two steps, or the third would differ.
  CATCH_CHECK(tally_after(*step, good).loss == tally_after(*other, good).loss);
  CATCH_CHECK(same(estimator.parameters().values(), undisturbed.parameters().values()));
  CATCH_CHECK(step->collect().taken == 0);

  const AlignedBuffer before = estimator.parameters().values();
  for (int i = 0; i < 3; ++i) step->run(broken, kRate);
  for (int i = 0; i < 2; ++i) step->run(good, kRate);
  step->finish();
  const StepTally last = step->collect();
  CATCH_CHECK(last.taken == 0);
  CATCH_CHECK(last.skipped == kMostSkippedInARow);
  CATCH_CHECK(same(estimator.parameters().values(), before));
}

CATCH_TEST_CASE("a device goes on from an optimizer's state as if there had been no break") {
  const SingleThreadedLibraries single_threaded;
  OptimizerOptions optimizer;
  optimizer.average_decay = 0.95;
  PosteriorEstimator whole(small_posterior());
  PosteriorEstimator resumed(small_posterior());
  const auto batches = batches_of(8, 16, 3, 9);
  const auto unbroken = make_device_step(whole, optimizer, on_host());
  for (std::size_t i = 0; i < 5; ++i) unbroken->run(batches[i], kRate);
  unbroken->finish();
  resumed.parameters().values() = whole.parameters().values();
  const auto second = make_device_step(resumed, optimizer, on_host());
  second->restore(unbroken->optimizer_state());
  CATCH_CHECK(same(second->average(), unbroken->average()));
  for (std::size_t i = 5; i < 8; ++i) {
    unbroken->run(batches[i], kRate);
    second->run(batches[i], kRate);
  }
  unbroken->finish();
  second->finish();
  CATCH_CHECK(same(whole.parameters().values(), resumed.parameters().values()));
  CATCH_CHECK(same(second->average(), unbroken->average()));
  CATCH_CHECK_THROWS_AS(second->restore(Optimizer::State()), ShapeError);
}

CATCH_TEST_CASE("the training loop is the same on a device") {
  const SingleThreadedLibraries single_threaded;
  const TrainingBatch validation = draw(100000, 128, 8, 12);
  TrainingOptions options;
  options.epochs = 4;
  options.batches_per_epoch = 20;
  options.batch_size = 32;
  options.learning_rate = kRate;
  const auto train = [&](const std::string& device, PosteriorEstimator& estimator) {
    TrainingResult result;
    HostService host((RunContext()));
    host.run([&] {
      ThreadPool pool(1);
      OfflineSource source(draw(0, 500, 8, 12), 0, options.batch_size, 3);
      auto step = device == "host" ? make_device_step(estimator, options.optimizer, on_host())
                                   : make_training_step(device, estimator, 1, options.optimizer, pool, validation);
      result = Trainer(estimator, options, std::move(step), pool, host).train(source, validation);
    });
    return result;
  };
  PosteriorEstimator fused(small_posterior());
  PosteriorEstimator reference(small_posterior());
  const TrainingResult expected = train("cpu", fused);
  const TrainingResult result = train("host", reference);
  CATCH_CHECK(expected.device == "cpu");
  CATCH_REQUIRE(result.history.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CATCH_CHECK(result.history[i].loss == Catch::Approx(expected.history[i].loss).epsilon(1e-3));
    CATCH_CHECK(result.history[i].validation_loss == Catch::Approx(expected.history[i].validation_loss).epsilon(1e-3));
    CATCH_CHECK(result.history[i].learning_rate == expected.history[i].learning_rate);
  }
  CATCH_CHECK(result.best_epoch == expected.best_epoch);
  // The best weights are back in the store, where sampling and files find them.
  const double loss = reference.make_shard()->loss(validation, 1.0 / static_cast<double>(validation.count()));
  CATCH_CHECK(loss == Catch::Approx(result.best_validation_loss).epsilon(1e-4));
}

CATCH_TEST_CASE("a device refuses what it cannot train, and says what is missing") {
  PosteriorEstimator estimator(small_posterior());
  const auto step = make_device_step(estimator, {}, on_host());
  TrainingBatch narrow = draw(0, 8, 3, 3);
  narrow.parameters = Matrix<float>(8, 1);
  CATCH_CHECK_THROWS_AS(step->run(narrow, kRate), ShapeError);
  PosteriorEstimator dense(posterior_with(flattened(5)));
  CATCH_CHECK_THROWS_AS(make_device_step(dense, {}, on_host())->run(draw(0, 8, 4, 4), kRate), ShapeError);
  DeviceStepOptions unknown;
  unknown.device = "tpu";
  CATCH_CHECK_THROWS_AS(make_device_step(estimator, {}, unknown), ConfigError);
  if (torch_backend().cuda_available) return;
  try {
    (void)make_device_step(estimator, {}, {});
    CATCH_FAIL("there is no CUDA device");
  } catch (const DeviceError& error) {
    CATCH_CHECK_THAT(error.what(), Catch::contains_text("needs a CUDA device"));
    CATCH_CHECK_THAT(error.what(), Catch::contains_text(torch_backend().library));
    CATCH_CHECK_THAT(error.hint(), Catch::contains_text("\"cpu\""));
    CATCH_CHECK(std::string(error.topic()) == "device");
  }
}

CATCH_TEST_CASE("\"auto\" is the CPU without CUDA; measuring leaves weights as they were") {
  const SingleThreadedLibraries single_threaded;
  PosteriorEstimator estimator(small_posterior());
  const AlignedBuffer start = estimator.parameters().values();
  ThreadPool pool(1);
  const TrainingBatch sample = draw(0, 16, 5, 9);
  const auto chosen = make_training_step("auto", estimator, 2, {}, pool, sample);
  if (!torch_backend().cuda_available) CATCH_CHECK(chosen->device() == "cpu");
  const auto device = make_device_step(estimator, {}, on_host());
  CATCH_CHECK(measured_seconds(*chosen, sample) > 0);
  CATCH_CHECK(measured_seconds(*device, sample) > 0);
  CATCH_CHECK(same(estimator.parameters().values(), start));
  CATCH_CHECK_THROWS_AS(make_training_step("gpu", estimator, 2, {}, pool, sample), ConfigError);
}
