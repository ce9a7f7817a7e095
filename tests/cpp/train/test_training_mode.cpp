#include <algorithm>
#include <vector>

#include "base/errors.h"
#include "support/batches.h"
#include "support/catch.h"
#include "support/normal_model.h"
#include "train/fit_estimator.h"
#include "train/training_mode.h"

using namespace amortflow;
using amortflow::test::identity_adapter;
using amortflow::test::NormalModel;
using amortflow::test::small_posterior;

namespace {

/// Weights of a short run.
AlignedBuffer trained(const TrainingMode& mode, const NormalModel& model, int cores) {
  FitTask task;
  task.training.epochs = 2;
  task.training.batches_per_epoch = 15;
  task.training.batch_size = 32;
  task.training.shards = 2;
  task.adapter = identity_adapter();
  task.seed = 7;
  task.cores = cores;
  task.mode = mode;
  task.model = &model;
  task.validation = NormalModel().draw(0, 50, 99);
  PosteriorEstimator estimator(small_posterior());
  HostService host((RunContext()));
  const TrainingResult result = fit_estimator(estimator, task, host);
  CATCH_REQUIRE(result.history.size() == 2);
  return estimator.parameters().values();
}

bool equal(const AlignedBuffer& a, const AlignedBuffer& b) {
  return a.size() == b.size() && std::equal(a.data(), a.data() + a.size(), b.data());
}

TrainingMode mode_of(TrainingMode::Kind kind) {
  TrainingMode mode;
  mode.kind = kind;
  mode.bank = 128;
  mode.reuse = 4;
  return mode;
}

}  // namespace

CATCH_TEST_CASE("every mode trains the same weights for any number of threads, on the host or not") {
  std::vector<AlignedBuffer> all;
  for (const auto kind : {TrainingMode::Kind::kOnline, TrainingMode::Kind::kRounds, TrainingMode::Kind::kReplay}) {
    NormalModel model;
    model.broken_every = 9;
    const AlignedBuffer one = trained(mode_of(kind), model, 1);
    CATCH_CHECK(equal(trained(mode_of(kind), model, 2), one));
    CATCH_CHECK(equal(trained(mode_of(kind), model, 4), one));
    model.enters_host = true;
    CATCH_CHECK(equal(trained(mode_of(kind), model, 2), one));
    for (const auto& other : all) CATCH_CHECK_FALSE(equal(other, one));
    all.push_back(one);
  }
}

CATCH_TEST_CASE("modes are read from specs, and know their keys") {
  const auto rounds =
      TrainingMode::from_spec(Spec::List{{"kind", "rounds"}, {"bank", 100}, {"reuse", 3}, {"accumulate", false}});
  CATCH_CHECK(rounds.kind == TrainingMode::Kind::kRounds);
  CATCH_CHECK(rounds.bank == 100);
  CATCH_CHECK(rounds.reuse == 3);
  CATCH_CHECK_FALSE(rounds.accumulate);
  const auto replay = TrainingMode::from_spec(Spec::List{{"kind", "replay"}, {"bank", 50}, {"reuse", 2}});
  CATCH_CHECK(replay.kind == TrainingMode::Kind::kReplay);
  CATCH_CHECK(TrainingMode::from_spec(Spec::List{{"kind", "online"}}).kind == TrainingMode::Kind::kOnline);
  CATCH_CHECK_THROWS_AS(TrainingMode::from_spec(Spec::List{{"kind", "online"}, {"bank", 5}}), ConfigError);
  CATCH_CHECK_THROWS_AS(TrainingMode::from_spec(Spec::List{{"kind", "replay"}, {"bank", 0}, {"reuse", 2}}),
                        ConfigError);
  CATCH_CHECK_THROWS_AS(TrainingMode::from_spec(Spec::List{{"kind", "sometimes"}}), ConfigError);
}
