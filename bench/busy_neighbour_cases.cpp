#include <algorithm>
#include <csignal>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/errors.h"
#include "cases.h"
#include "interleaved.h"
#include "line.h"
#include "train/cpu_step.h"
#include "workload.h"

namespace amortflow::bench {

namespace {

constexpr double kLearningRate = 1e-4;
constexpr int kStepsCompared = 200;

/// A child process that counts until it is ended; the kernel ends it if this process dies.
class BusyNeighbour final {
 public:
  BusyNeighbour() : child_(fork()) {
    if (child_ < 0) throw Error("A busy neighbour could not be started.");
    if (child_ > 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (volatile unsigned count = 0;; count = count + 1) {
    }
  }
  ~BusyNeighbour() {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  BusyNeighbour(const BusyNeighbour&) = delete;
  BusyNeighbour& operator=(const BusyNeighbour&) = delete;

 private:
  pid_t child_;
};

bool same(const AlignedBuffer& a, const AlignedBuffer& b) {
  return a.size() == b.size() && std::equal(a.data(), a.data() + a.size(), b.data());
}

void time_beside_neighbour(const std::string& name, int rounds) {
  const Workload work = flow_workload(128, 128);
  const std::int64_t shards = default_shards(work.batch.count());
  PosteriorEstimator of_one = make_estimator(work);
  PosteriorEstimator of_two = make_estimator(work);
  const BusyNeighbour neighbour;
  ThreadPool one(1);
  ThreadPool two(2);
  CpuStep step_of_one(of_one, shards, OptimizerOptions{}, one);
  CpuStep step_of_two(of_two, shards, OptimizerOptions{}, two);
  for (int i = 0; i < kStepsCompared; ++i) {
    (void)step_of_one.run(work.batch, kLearningRate);
    (void)step_of_two.run(work.batch, kLearningRate);
  }
  if (!same(of_one.parameters().values(), of_two.parameters().values())) {
    throw Error("One and two threads must give the same weights beside a busy neighbour.");
  }
  const auto timings = time_interleaved({[&] { (void)step_of_two.run(work.batch, kLearningRate); },
                                         [&] { (void)step_of_one.run(work.batch, kLearningRate); }},
                                        rounds, Clock::kWall);
  Line line;
  line.name = name;
  line.ours = 1e3 * timings[0].median;
  line.baseline = 1e3 * timings[1].median;
  line.ratio = line.baseline / line.ours;
  line.unit = "ms";
  line.what = "training step on two threads, " + std::to_string(shards) +
              " shards, beside a busy process; baseline: ours on one thread beside it; wall clock; weights after " +
              std::to_string(kStepsCompared) + " steps are the same";
  print(line);
}

}  // namespace

std::vector<Case> busy_neighbour_cases() {
  const std::string name = "busy_neighbour/flow_h128_b128";
  return {{name, false, false, [name](const Settings& settings) { time_beside_neighbour(name, settings.rounds); }}};
}

}  // namespace amortflow::bench
