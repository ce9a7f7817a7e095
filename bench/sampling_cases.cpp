#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/errors.h"
#include "cases.h"
#include "eager_posterior.h"
#include "interleaved.h"
#include "line.h"
#include "product_rate.h"
#include "sample/posterior_draws.h"

namespace amortflow::bench {

namespace {

constexpr std::int64_t kWidth = 128;
constexpr std::int64_t kDraws = 1000;
constexpr std::int64_t kFewDraws = 64;  // what eager has in one batch
constexpr std::int64_t kManyDataSets = 1000;
constexpr std::int64_t kFewDataSets = 50;  // where eager, which is slow, is timed too
constexpr int kMostRounds = 5;             // a round takes seconds
constexpr double kMegabyte = 1e6;
constexpr double kAllowedMegabytes = 200;  // beyond the result

/// Our sampler, ready to draw for the data sets of a workload.
class Sampler final {
 public:
  explicit Sampler(const Workload& work, std::int64_t draws = kDraws)
      : work_(work),
        draws_of_each_(draws),
        estimator_(make_estimator(work_)),
        adapter_(
            Spec::List{{"kind", "adapter"}, {"parameters", Spec::List{}}, {"data", Spec::List{{"", Spec::List{}}}}}),
        draws_(static_cast<std::size_t>(work.batch.count() * draws * estimator_.parameter_count())) {
    const RaggedRows<float>& rows = work_.batch.data.observed.front();
    data_ = {{{matrix_cast<double>(rows.values), rows.segments}}, Matrix<double>(work.batch.count(), 0)};
  }

  void run(int cores) {
    HostService host((RunContext()));
    sample_posterior(estimator_, adapter_, data_, draws_of_each_, 5, cores, host, draws_.data());
  }
  [[nodiscard]] const Workload& workload() const { return work_; }
  [[nodiscard]] const PosteriorEstimator& estimator() const { return estimator_; }
  [[nodiscard]] double result_megabytes() const {
    return static_cast<double>(draws_.size() * sizeof(double)) / kMegabyte;
  }
  /// Of one run: a third of a training step's, which goes forth and twice as far back, for each draw.
  [[nodiscard]] double flops() const {
    return flops_of_step(work_, estimator_.parameters()) / 3 * static_cast<double>(draws_of_each_);
  }

 private:
  Workload work_;
  std::int64_t draws_of_each_;
  PosteriorEstimator estimator_;
  Adapter adapter_;
  ObservedData data_;
  std::vector<double> draws_;
};

/// Against the rate of the micro-kernel on both cores at once.
void time_two_cores(const std::string& name, const Settings& settings) {
  constexpr std::int64_t kProducts = 500;
  Sampler sampler(flow_workload(kWidth, kManyDataSets));
  ThreadPool pool(2);
  ProductRate products[2];
  const auto all_products = [&] {
    pool.run(2, [&](std::int64_t i) {
      for (std::int64_t k = 0; k < kProducts; ++k) products[i].run();
    });
  };
  const auto timings =
      time_interleaved({[&] { sampler.run(2); }, all_products}, std::min(settings.rounds, kMostRounds), Clock::kWall);
  const double best_rate = 2 * static_cast<double>(kProducts) * ProductRate::flops() / timings[1].best;
  Line line;
  line.name = name;
  line.ours = timings[0].median;
  line.share = sampler.flops() / timings[0].median / best_rate;
  line.unit = "s";
  line.what = "1,000 data sets x 1,000 draws on two cores; share: of the micro-kernel on two cores; wall clock";
  print(line);
}

void time_one_core(const Workload& work, std::int64_t draws, const std::string& name, const Settings& settings) {
  Sampler sampler(work, draws);
  const EagerPosterior eager(sampler.workload(), sampler.estimator().parameters(), 0);
  ProductRate products;
  const auto timings =
      time_interleaved({[&] { sampler.run(1); }, [&] { eager.sample(kFewDataSets, draws); }, [&] { products.run(); }},
                       settings.rounds, settings.clock);
  Line line;
  line.name = name;
  line.ours = timings[0].median;
  line.baseline = timings[1].median;
  line.ratio = line.baseline / line.ours;
  line.share = sampler.flops() * timings[2].best / timings[0].median / ProductRate::flops();
  line.unit = "s";
  line.what = "50 data sets x " + std::to_string(draws) +
              " draws on one core; baseline: eager LibTorch, one data set after the other";
  print(line);
}

/// A number of /proc/self/status in megabytes.
double resident_megabytes(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string text; std::getline(status, text);) {
    if (text.rfind(key + ":", 0) == 0) return std::stod(text.substr(key.size() + 1)) * 1024 / kMegabyte;
  }
  throw Error("/proc/self/status must have " + key + ".");
}

/// In a process of its own (Case::runs_alone), so that nothing else raises the peak.
void measure_memory(const std::string& name, const Settings&) {
  const double before = resident_megabytes("VmRSS");
  Sampler sampler(flow_workload(kWidth, kManyDataSets));
  sampler.run(2);
  Line line;
  line.name = name;
  line.ours = resident_megabytes("VmHWM") - before;
  line.baseline = sampler.result_megabytes() + kAllowedMegabytes;
  line.ratio = line.baseline / line.ours;
  line.unit = "MB";
  std::ostringstream what;
  what.precision(3);
  what << "highest resident memory of 1,000 data sets x 1,000 draws on two cores, beyond the " << before
       << " MB of the libraries; baseline: the result's " << sampler.result_megabytes() << " MB and 200";
  line.what = what.str();
  print(line);
}

}  // namespace

std::vector<Case> sampling_cases() {
  const std::string prefix = "sampling/";
  const auto make = [&](const char* name, auto run, bool uses_blas, bool runs_alone) {
    const std::string full = prefix + name;
    return Case{full, uses_blas, runs_alone, [full, run](const Settings& settings) { run(full, settings); }};
  };
  const auto one_core = [](Workload (*workload)(std::int64_t, std::int64_t), std::int64_t draws) {
    return [workload, draws](const std::string& name, const Settings& settings) {
      time_one_core(workload(kWidth, kFewDataSets), draws, name, settings);
    };
  };
  return {make("two_cores", time_two_cores, false, false),
          make("one_core", one_core(flow_workload, kDraws), true, false),
          make("spline_one_core", one_core(spline_workload, kDraws), true, false),
          make("spline_one_core_b64", one_core(spline_workload, kFewDraws), true, false),
          make("memory", measure_memory, false, true)};
}

}  // namespace amortflow::bench
