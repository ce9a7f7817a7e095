#include <cmath>
#include <cstdio>
#include <utility>

#include "base/errors.h"
#include "cases.h"
#include "eager_posterior.h"
#include "interleaved.h"
#include "line.h"
#include "product_rate.h"
#include "train/cpu_step.h"

namespace amortflow::bench {

namespace {

constexpr double kLearningRate = 3e-5;  // small steps: splines have kinks, where rounding decides on a bin
constexpr int kStepsChecked = 10;

void require_same(double ours, double eager, double tolerance, const std::string& when) {
  if (std::abs(ours - eager) <= tolerance * (1 + std::abs(eager))) return;
  char numbers[64];
  std::snprintf(numbers, sizeof numbers, "%.6g and %.6g", ours, eager);
  throw Error("Ours and eager must have the same loss " + when + ", not " + numbers + ".");
}

/// Both compute the same function, and the same gradients: ten steps later their losses are the same still.
void check_same_work(CpuStep& step, const TrainingBatch& batch, EagerPosterior& eager) {
  const double before = eager.loss();
  const auto ours = [&] { return step.shard(0).loss(batch, 1.0 / static_cast<double>(batch.count())); };
  require_same(ours(), before, 1e-4, "for the same weights");
  for (int i = 0; i < kStepsChecked; ++i) {
    (void)step.run(batch, kLearningRate);
    eager.step();
  }
  require_same(ours(), eager.loss(), 1e-3, "after ten steps");
  if (eager.loss() == before) throw Error("Ten steps must change the loss.");
}

void time_steps(const Workload& work, std::int64_t shards, const std::string& name, const Settings& settings) {
  PosteriorEstimator estimator = make_estimator(work);
  EagerPosterior eager(work, estimator.parameters(), kLearningRate);
  ThreadPool pool(1);
  CpuStep step(estimator, shards, OptimizerOptions{}, pool);
  check_same_work(step, work.batch, eager);
  ProductRate products;
  const auto timings = time_interleaved(
      {[&] { (void)step.run(work.batch, kLearningRate); }, [&] { eager.step(); }, [&] { products.run(); }},
      settings.rounds, settings.clock);
  const double best_rate = ProductRate::flops() / timings[2].best;
  Line line;
  line.name = name;
  line.ours = 1e3 * timings[0].median;
  line.baseline = 1e3 * timings[1].median;
  line.ratio = line.baseline / line.ours;
  line.share = flops_of_step(work, estimator.parameters()) / timings[0].median / best_rate;
  line.unit = "ms";
  line.what = "training step on one core, " + std::to_string(shards) + (shards == 1 ? " shard" : " shards") +
              "; baseline: eager LibTorch";
  print(line);
}

/// With the shards that a fit takes and, where those are several, with one.
Case training_case(const std::function<Workload()>& make) {
  const std::string name = "training/" + make().name;
  return {name, true, false, [make, name](const Settings& settings) {
            const Workload work = make();
            const std::int64_t shards = default_shards(work.batch.count());
            time_steps(work, shards, name, settings);
            if (shards > 1) time_steps(work, 1, name + "/one_shard", settings);
          }};
}

}  // namespace

std::vector<Case> training_cases() {
  constexpr std::int64_t kShortSeries = 14;
  constexpr std::int64_t kLongSeries = 160;
  std::vector<Case> cases;
  for (const auto& [width, batch] : {std::pair{64, 32}, std::pair{128, 64}, std::pair{256, 256}}) {
    cases.push_back(training_case([width = width, batch = batch] { return flow_workload(width, batch); }));
  }
  cases.push_back(training_case([] { return spline_workload(128, 64); }));
  for (const int width : {64, 128}) {
    cases.push_back(training_case([width] { return deep_set_workload(width, 32); }));
    cases.push_back(training_case([width] { return set_transformer_workload(width, 32); }));
    for (const auto positions : {kShortSeries, kLongSeries}) {
      cases.push_back(training_case([=] { return time_series_workload(positions, width, 32); }));
    }
  }
  return cases;
}

}  // namespace amortflow::bench
