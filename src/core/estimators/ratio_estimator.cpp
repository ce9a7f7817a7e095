#include "estimators/ratio_estimator.h"

#include <utility>

#include "estimators/estimator_run.h"
#include "estimators/log_mean_exp.h"

namespace amortflow {

namespace {

/// One thread's ratios of a member.
class RatioRun final : public EstimatorRun {
 public:
  RatioRun(const EstimatorNetworks& networks, std::int64_t member, const RatioNetwork& ratio)
      : EstimatorRun(networks, member), ratio_(ratio) {}

  [[nodiscard]] Panel log_ratios(const Panel& condition, const Matrix<float>& parameters) {
    return ratio_.log_ratios(pass_given(condition), targets(parameters, 0, parameters.rows), network_scratch());
  }

 private:
  const RatioNetwork& ratio_;
};

}  // namespace

RatioEstimatorOptions RatioEstimatorOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "fit_ratio()");
  RatioEstimatorOptions options;
  reader.choice("kind", {"ratio"});
  options.read_shared(reader, "parameter_count");
  options.members = reader.integer("members", 1, 1000);
  options.network = RatioOptions::from_spec(reader.child("network"));
  reader.finish();
  return options;
}

RatioEstimator::RatioEstimator(const RatioEstimatorOptions& options) : RatioEstimator(options, {}) {}

// The networks belong to the base class, which makes them first.
RatioEstimator::RatioEstimator(const RatioEstimatorOptions& options, std::vector<const RatioNetwork*> ratios)
    : NetworkEstimator(options,
                       [&](std::int64_t condition_width, std::uint64_t) {
                         auto network =
                             std::make_unique<RatioNetwork>(options.network, options.target_width, condition_width);
                         ratios.push_back(network.get());
                         return network;
                       }),
      ratios_(std::move(ratios)) {}

void RatioEstimator::prepare(std::uint64_t first, TrainingBatch& batch) const {
  networks().check_targets(batch.parameters);
  NetworkEstimator::prepare(first, batch);
}

void RatioEstimator::log_ratios(const Matrix<float>& conditions,
                                const std::vector<std::int64_t>& condition_of,
                                const Matrix<float>& parameters,
                                double* out) const {
  networks().check_targets(parameters);
  Matrix<double> by_member(member_count(), parameters.rows);
  for (std::int64_t member = 0; member < member_count(); ++member) {
    RatioRun run(networks(), member, *ratios_[static_cast<std::size_t>(member)]);
    const Panel f = run.log_ratios(run.gather_conditions(conditions, condition_of, 0, parameters.rows), parameters);
    for (std::int64_t i = 0; i < f.rows; ++i) by_member(member, i) = static_cast<double>(f.values[i * f.stride]);
  }
  std::vector<double> each(ratios_.size());
  for (std::int64_t i = 0; i < parameters.rows; ++i) {
    for (std::size_t k = 0; k < each.size(); ++k) each[k] = by_member(static_cast<std::int64_t>(k), i);
    out[i] = log_mean_exp(each);
  }
}

}  // namespace amortflow
