// Where the time of one training step goes, kernel by kernel: the linker sends every call of kernels() to a table whose
// functions time those of the real one (see CMakeLists.txt).

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "base/errors.h"
#include "base/thread_pool.h"
#include "kernels/dispatch.h"
#include "line.h"
#include "nets/library_threads.h"
#include "train/cpu_step.h"
#include "workload.h"
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

using namespace amortflow;
using namespace amortflow::bench;

const Kernels& real_kernels() __asm__("__real__ZN9amortflow7kernelsEv");
const Kernels& timed_kernels() __asm__("__wrap__ZN9amortflow7kernelsEv");

namespace {

std::uint64_t ticks() {
#if defined(__x86_64__)
  return __rdtsc();
#else
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

struct Tally {
  const char* kernel = nullptr;
  std::uint64_t ticks = 0;
  std::int64_t calls = 0;
  std::vector<double> ticks_of_steps;
};

std::vector<Tally>& tallies() {
  static std::vector<Tally> all;
  return all;
}

template <auto kKernel>
struct Timed;
template <class Result, class... Arguments, Result (*Kernels::*kKernel)(Arguments...)>
struct Timed<kKernel> {
  static inline std::size_t place = 0;

  static Result call(Arguments... arguments) {
    struct Scope {
      std::uint64_t start = ticks();
      ~Scope() {
        tallies()[place].ticks += ticks() - start;
        ++tallies()[place].calls;
      }
    } scope;
    return (real_kernels().*kKernel)(arguments...);
  }

  static void enter(Kernels& table, const char* name) {
    place = tallies().size();
    tallies().push_back({name, 0, 0, {}});
    table.*kKernel = &call;
  }
};

#define AMORTFLOW_TIME(kernel) Timed<&Kernels::kernel>::enter(table, #kernel)

/// A kernel that is not named here is not timed, and its time is part of what `rest` says.
Kernels timed_table() {
  Kernels table = real_kernels();
  AMORTFLOW_TIME(multiply);
  AMORTFLOW_TIME(multiply_transposed);
  AMORTFLOW_TIME(transpose);
  AMORTFLOW_TIME(activate);
  AMORTFLOW_TIME(activate_backward);
  AMORTFLOW_TIME(add_bias);
  AMORTFLOW_TIME(add_column_sums);
  AMORTFLOW_TIME(squared_norm);
  AMORTFLOW_TIME(add_in_place);
  AMORTFLOW_TIME(adamw_step);
  AMORTFLOW_TIME(affine_forward);
  AMORTFLOW_TIME(affine_backward);
  AMORTFLOW_TIME(spline_forward);
  AMORTFLOW_TIME(spline_backward);
  AMORTFLOW_TIME(scale_columns);
  AMORTFLOW_TIME(scale_columns_backward);
  AMORTFLOW_TIME(permute_columns);
  AMORTFLOW_TIME(copy);
  AMORTFLOW_TIME(pool);
  AMORTFLOW_TIME(spread);
  AMORTFLOW_TIME(normal_loss);
  AMORTFLOW_TIME(layer_norm);
  AMORTFLOW_TIME(layer_norm_backward);
  AMORTFLOW_TIME(softmax);
  AMORTFLOW_TIME(softmax_backward);
  AMORTFLOW_TIME(mixture_forward);
  AMORTFLOW_TIME(mixture_backward);
  AMORTFLOW_TIME(gru_forward);
  AMORTFLOW_TIME(gru_backward);
  AMORTFLOW_TIME(lstm_forward);
  AMORTFLOW_TIME(lstm_backward);
  return table;
}

/// Ticks that timing itself adds to a kernel: those between two readings of the clock.
double ticks_of_clock() {
  std::vector<double> between;
  for (int i = 0; i < 1001; ++i) {
    const std::uint64_t start = ticks();
    between.push_back(static_cast<double>(ticks() - start));
  }
  std::nth_element(between.begin(), between.begin() + 500, between.end());
  return between[500];
}

double seconds_of_tick() {
  const auto start = std::chrono::steady_clock::now();
  const std::uint64_t first = ticks();
  double seconds = 0;
  while (seconds < 0.2) seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return seconds / static_cast<double>(ticks() - first);
}

/// Ticks of one step; the tallies get those of their kernels.
double run_step(CpuStep& step, const TrainingBatch& batch) {
  for (Tally& tally : tallies()) tally.ticks = tally.calls = 0;
  const std::uint64_t start = ticks();
  (void)step.run(batch, 1e-4);
  const auto whole = static_cast<double>(ticks() - start);
  for (Tally& tally : tallies()) tally.ticks_of_steps.push_back(static_cast<double>(tally.ticks));
  return whole;
}

/// The quickest tenth of all steps: those that other processes did not interrupt.
std::vector<std::size_t> quickest(const std::vector<double>& ticks_of_steps) {
  std::vector<std::size_t> order(ticks_of_steps.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return ticks_of_steps[a] < ticks_of_steps[b]; });
  order.resize(std::max<std::size_t>(order.size() / 10, 1));
  return order;
}

double mean_of(const std::vector<double>& values, const std::vector<std::size_t>& places) {
  double sum = 0;
  for (const std::size_t i : places) sum += values[i];
  return sum / static_cast<double>(places.size());
}

void report(const std::string& name, double microseconds, double step, const std::string& what) {
  Line line;
  line.name = name;
  line.ours = microseconds;
  line.share = microseconds / step;
  line.unit = "us";
  line.what = what;
  print(line);
}

/// One line for the whole step, one for each kernel, one for the rest.
void report_step(const std::string& prefix, const std::vector<double>& ticks_of_steps) {
  const double microsecond = 1e6 * seconds_of_tick();
  const double clock = microsecond * ticks_of_clock();
  const std::vector<std::size_t> steps = quickest(ticks_of_steps);
  const double whole = microsecond * mean_of(ticks_of_steps, steps);
  report(prefix + "step", whole, whole, "mean of the quickest tenth of the steps; share: of the step");
  double rest = whole;
  for (const Tally& tally : tallies()) {
    if (tally.calls == 0) continue;
    const double of_calls = clock * static_cast<double>(tally.calls);
    const double net = std::max(0.0, microsecond * mean_of(tally.ticks_of_steps, steps) - of_calls);
    report(prefix + tally.kernel, net, whole, "calls a step: " + std::to_string(tally.calls) + "; share: of the step");
    rest -= net + 2 * of_calls;  // the clock is read twice
  }
  report(prefix + "rest", rest, whole, "layers' own loops, LibTorch, copies of the batch; share: of the step");
}

void profile(const Workload& work, std::int64_t shards) {
  PosteriorEstimator estimator = make_estimator(work);
  ThreadPool pool(1);
  CpuStep step(estimator, shards, OptimizerOptions{}, pool);
  constexpr int kWarmUp = 20;
  constexpr std::size_t kFewestSteps = 50;
  constexpr std::chrono::seconds kLeastTime(3);
  for (int i = 0; i < kWarmUp; ++i) (void)run_step(step, work.batch);
  for (Tally& tally : tallies()) tally.ticks_of_steps.clear();
  std::vector<double> ticks_of_steps;
  const auto start = std::chrono::steady_clock::now();
  while (ticks_of_steps.size() < kFewestSteps || std::chrono::steady_clock::now() - start < kLeastTime) {
    ticks_of_steps.push_back(run_step(step, work.batch));
  }
  report_step("profile/" + work.name + "/", ticks_of_steps);
}

Workload workload_of(const std::string& networks, std::int64_t width, std::int64_t batch) {
  if (networks == "flow") return flow_workload(width, batch);
  if (networks == "spline") return spline_workload(width, batch);
  if (networks == "deep_set") return deep_set_workload(width, batch);
  if (networks == "set_transformer") return set_transformer_workload(width, batch);
  if (networks == "time_series_14") return time_series_workload(14, width, batch);
  if (networks == "time_series_160") return time_series_workload(160, width, batch);
  throw ConfigError("There are no networks \"" + networks + "\".",
                    "There are flow, spline, deep_set, set_transformer, time_series_14 and time_series_160.");
}

}  // namespace

const Kernels& timed_kernels() {
  static const Kernels table = timed_table();
  return table;
}

/// amortflow_profile [NETWORKS [WIDTH BATCH [SHARDS]]], flow 64 32 1 unless said otherwise.
int main(int count, char** arguments) {
  try {
    const auto argument = [&](int i, std::int64_t otherwise) {
      return count > i ? std::max(1L, std::atol(arguments[i])) : otherwise;
    };
    const SingleThreadedLibraries single_threaded;
    profile(workload_of(count > 1 ? arguments[1] : "flow", argument(2, 64), argument(3, 32)), argument(4, 1));
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "profile: %s %s\n", error.what(), error.hint().c_str());
    return 1;
  }
}
