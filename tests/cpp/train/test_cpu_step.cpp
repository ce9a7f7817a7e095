#include <cmath>
#include <vector>

#include "adapt/adapter.h"
#include "estimators/posterior_estimator.h"
#include "support/allocations.h"
#include "support/catch.h"
#include "support/normal_model.h"
#include "train/batch_source.h"
#include "train/cpu_step.h"

using namespace amortflow;
using amortflow::test::allocations;
using amortflow::test::identity_adapter;
using amortflow::test::NormalModel;
using amortflow::test::small_posterior;

namespace {

constexpr double kRate = 1e-3;

/// Data sets of 4 to 9 rows, or of 5 each for a network that reads them side by side.
TrainingBatch batch_of(std::int64_t count, bool one_length) {
  NormalModel model;
  model.shortest = one_length ? 5 : 4;
  model.longest = one_length ? 5 : 9;
  std::int64_t dropped = 0;
  return adapt_simulations(model.draw(0, count, 5), 0, Adapter(identity_adapter()), dropped);
}

struct Case {
  std::string name;
  Spec summary;
  bool one_length = false;
};

Spec convolution() {
  return Spec::List{{"kind", "convolution"}, {"summary_dim", 5},      {"filters", std::vector<double>{6, 7}},
                    {"blocks", 1},           {"kernel_size", 3},      {"width", 8},
                    {"activation", "silu"},  {"log_size_center", 1.5}};
}

Spec on_grid(Spec spec, const std::vector<double>& shape) {
  spec.set("shape", shape);
  return spec;
}

std::vector<Case> cases() {
  return {{"deep set", small_posterior().condition.observables[0].summary, false},
          {"time series",
           Spec::List{{"kind", "time_series"},
                      {"summary_dim", 5},
                      {"filters", 6},
                      {"kernel_size", 3},
                      {"recurrent_dim", 7},
                      {"bidirectional", true},
                      {"activation", "silu"}},
           false},
          {"dense",
           Spec::List{{"kind", "dense"},
                      {"summary_dim", 5},
                      {"positions", 5},
                      {"width", 18},
                      {"depth", 2},
                      {"activation", "silu"}},
           true},
          {"convolution over series", convolution(), false},
          {"convolution over a grid", on_grid(convolution(), {5, 1}), true},
          {"nested sets",
           Spec::List{{"kind", "hierarchical"},
                      {"levels", Spec::List{{"", small_posterior().condition.observables[0].summary},
                                            {"", small_posterior().condition.observables[0].summary}}},
                      {"group_columns", std::vector<double>{2}}},
           false}};
}

PosteriorEstimator estimator_of(const Case& row) {
  PosteriorOptions options = small_posterior();
  options.condition.observables[0].summary = row.summary;
  return PosteriorEstimator(options);
}

OptimizerOptions averaged() {
  OptimizerOptions options;
  options.average_decay = 0.9;
  options.weight_decay = 0.01;
  return options;
}

}  // namespace

CATCH_TEST_CASE("steps on the cores give the same weights and averages whatever the threads, bit by bit") {
  for (const Case& row : cases()) {
    CATCH_INFO(row.name);
    const TrainingBatch batch = batch_of(37, row.one_length);
    PosteriorEstimator one = estimator_of(row);
    PosteriorEstimator three = estimator_of(row);
    ThreadPool single(1);
    ThreadPool triple(3);
    CpuStep step_of_one(one, 4, averaged(), single);
    CpuStep step_of_three(three, 4, averaged(), triple);
    for (int i = 0; i < 20; ++i) {
      step_of_one.run(batch, kRate);
      step_of_three.run(batch, kRate);
    }
    const StepTally tally = step_of_one.collect();
    CATCH_CHECK(tally.taken == 20);
    CATCH_CHECK(tally.loss == step_of_three.collect().loss);
    const auto same = [](const AlignedBuffer& a, const AlignedBuffer& b) {
      return a.size() == b.size() && std::equal(a.data(), a.data() + a.size(), b.data());
    };
    CATCH_CHECK(same(one.parameters().values(), three.parameters().values()));
    CATCH_CHECK(same(step_of_one.average(), step_of_three.average()));
  }
}

CATCH_TEST_CASE("a step takes no memory once it has seen batches as large") {
  for (const Case& row : cases()) {
    for (const int threads : {1, 2}) {
      CATCH_INFO(row.name << ", " << threads << " threads");
      const TrainingBatch large = batch_of(33, row.one_length);
      const TrainingBatch small = batch_of(20, row.one_length);
      PosteriorEstimator estimator = estimator_of(row);
      ThreadPool pool(threads);
      CpuStep step(estimator, 2, averaged(), pool);
      // Any thread may take any shard, but what is kept belongs to the shard.
      for (int i = 0; i < 3; ++i) {
        step.run(large, kRate);
        step.run(small, kRate);
      }
      const std::int64_t before = allocations();
      for (int i = 0; i < 10; ++i) {
        step.run(large, kRate);
        step.run(small, kRate);
      }
      CATCH_CHECK(allocations() == before);
    }
  }
}

CATCH_TEST_CASE("weights set by someone else are those of the next step, also on the way back") {
  const Case row = cases().front();
  const TrainingBatch batch = batch_of(16, false);
  PosteriorEstimator moved = estimator_of(row);
  PosteriorEstimator fresh = estimator_of(row);
  ThreadPool pool(1);
  CpuStep step_of_moved(moved, 1, {}, pool);
  step_of_moved.run(batch, kRate);
  moved.parameters().values() = fresh.parameters().values();
  CpuStep again(moved, 1, {}, pool);
  CpuStep step_of_fresh(fresh, 1, {}, pool);
  again.run(batch, kRate);
  step_of_fresh.run(batch, kRate);
  const AlignedBuffer& a = moved.parameters().values();
  const AlignedBuffer& b = fresh.parameters().values();
  CATCH_CHECK(std::equal(a.data(), a.data() + a.size(), b.data()));
}
