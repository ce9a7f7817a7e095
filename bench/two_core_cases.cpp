#include "cases.h"
#include "interleaved.h"
#include "line.h"
#include "train/cpu_step.h"
#include "workload.h"

namespace amortflow::bench {

namespace {

constexpr double kLearningRate = 1e-4;

void time_cores(std::int64_t width, std::int64_t batch, std::int64_t shards, const std::string& name, int rounds) {
  const Workload work = flow_workload(width, batch);
  PosteriorEstimator of_one = make_estimator(work);
  PosteriorEstimator of_two = make_estimator(work);
  ThreadPool one(1);
  ThreadPool two(2);
  CpuStep step_of_one(of_one, shards, OptimizerOptions{}, one);
  CpuStep step_of_two(of_two, shards, OptimizerOptions{}, two);
  const auto timings = time_interleaved({[&] { (void)step_of_two.run(work.batch, kLearningRate); },
                                         [&] { (void)step_of_one.run(work.batch, kLearningRate); }},
                                        rounds, Clock::kWall);
  Line line;
  line.name = name;
  line.ours = 1e3 * timings[0].median;
  line.baseline = 1e3 * timings[1].median;
  line.ratio = line.baseline / line.ours;
  line.unit = "ms";
  line.what = "training step on two threads, " + std::to_string(shards) + (shards == 1 ? " shard" : " shards") +
              "; baseline: ours on one thread; wall clock";
  print(line);
}

Case two_core_case(std::int64_t width, std::int64_t batch, std::int64_t shards) {
  const std::string name =
      "two_cores/flow_h" + std::to_string(width) + "_b" + std::to_string(batch) + "_s" + std::to_string(shards);
  return {name, false, false,
          [=](const Settings& settings) { time_cores(width, batch, shards, name, settings.rounds); }};
}

}  // namespace

std::vector<Case> two_core_cases() {
  return {two_core_case(128, 128, default_shards(128)), two_core_case(128, 32, default_shards(32)),
          two_core_case(128, 32, 2)};
}

}  // namespace amortflow::bench
