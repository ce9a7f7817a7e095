#include <cstdio>
#include <utility>

#include "cases.h"
#include "interleaved.h"
#include "line.h"
#include "nets/torch_backend.h"
#include "train/cpu_step.h"
#include "train/device_step.h"
#include "workload.h"

namespace amortflow::bench {

namespace {

constexpr double kLearningRate = 1e-4;
// A device works on while the host goes ahead, so steps are timed in stretches that end with a wait.
constexpr int kStepsPerStretch = 20;

std::function<void()> stretch(TrainingStep& step, const TrainingBatch& batch) {
  return [&step, &batch] {
    for (int i = 0; i < kStepsPerStretch; ++i) step.run(batch, kLearningRate);
    step.finish();
  };
}

Line line_of(const std::string& name, const Timing& ours, const Timing& baseline, const std::string& what) {
  Line line;
  line.name = name;
  line.ours = 1e3 * ours.median / kStepsPerStretch;
  line.baseline = 1e3 * baseline.median / kStepsPerStretch;
  line.ratio = line.baseline / line.ours;
  line.unit = "ms";
  line.what = what;
  return line;
}

void time_device(const Workload& work, const std::string& name, int rounds) {
  if (!torch_backend().cuda_available) {
    std::fprintf(stderr, "bench: %s is left out, there is no CUDA device\n", name.c_str());
    return;
  }
  PosteriorEstimator replayed_one = make_estimator(work);
  PosteriorEstimator uncaptured_one = make_estimator(work);
  PosteriorEstimator cpu_one = make_estimator(work);
  const auto replayed = make_device_step(replayed_one, OptimizerOptions{}, DeviceStepOptions{});
  DeviceStepOptions without_graphs;
  without_graphs.graphs = false;
  const auto uncaptured = make_device_step(uncaptured_one, OptimizerOptions{}, without_graphs);
  ThreadPool pool(1);
  CpuStep cpu(cpu_one, default_shards(work.batch.count()), OptimizerOptions{}, pool);
  const auto timings =
      time_interleaved({stretch(*replayed, work.batch), stretch(*uncaptured, work.batch), stretch(cpu, work.batch)},
                       rounds, Clock::kWall);
  print(line_of(name, timings[0], timings[1],
                "training step on CUDA, replayed as a graph; baseline: the same step uncaptured; wall clock"));
  print(line_of(name + "/cpu", timings[0], timings[2],
                "training step on CUDA, replayed as a graph; baseline: ours on one core; wall clock"));
}

Case device_case(const std::function<Workload()>& make) {
  const std::string name = "device/" + make().name;
  return {name, false, false, [make, name](const Settings& settings) { time_device(make(), name, settings.rounds); }};
}

}  // namespace

std::vector<Case> device_cases() {
  std::vector<Case> cases;
  for (const auto& [width, batch] : {std::pair{64, 32}, std::pair{128, 64}, std::pair{256, 256}, std::pair{512, 512}}) {
    cases.push_back(device_case([width = width, batch = batch] { return flow_workload(width, batch); }));
  }
  cases.push_back(device_case([] { return deep_set_workload(128, 256); }));
  cases.push_back(device_case([] { return time_series_workload(160, 128, 256); }));
  return cases;
}

}  // namespace amortflow::bench
