#include "estimators/prediction_estimator.h"

#include <numeric>
#include <utility>

#include "estimators/estimator_run.h"
#include "estimators/log_mean_exp.h"

namespace amortflow {

namespace {

/// One thread's predictions of a member.
class PredictionRun final : public EstimatorRun {
 public:
  PredictionRun(const EstimatorNetworks& networks, std::int64_t member, const ScoringNetwork& scoring)
      : EstimatorRun(networks, member), scoring_(scoring) {}

  [[nodiscard]] Panel predict(const Panel& condition) {
    return scoring_.predict(pass_given(condition), network_scratch());
  }

 private:
  const ScoringNetwork& scoring_;
};

double mean(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

}  // namespace

PredictionOptions PredictionOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "an estimator of predictions");
  PredictionOptions options;
  reader.choice("kind", {"prediction"});
  options.read_shared(reader, "target_width");
  options.members = reader.integer("members", 1, 1000);
  options.network = ScoringOptions::from_spec(reader.child("network"));
  reader.finish();
  return options;
}

PredictionEstimator::PredictionEstimator(const PredictionOptions& options) : PredictionEstimator(options, {}) {}

// The scoring networks belong to the base class, which makes them first.
PredictionEstimator::PredictionEstimator(const PredictionOptions& options, std::vector<const ScoringNetwork*> scoring)
    : NetworkEstimator(options,
                       [&](std::int64_t condition_width, std::uint64_t) {
                         auto network =
                             std::make_unique<ScoringNetwork>(options.network, options.target_width, condition_width);
                         scoring.push_back(network.get());
                         return network;
                       }),
      rules_(options.network.rules),
      scoring_(std::move(scoring)) {}

void PredictionEstimator::prepare(std::uint64_t first, TrainingBatch& batch) const {
  networks().check_targets(batch.parameters);
  for (std::int64_t i = 0; i < batch.count(); ++i) {
    for (const PlacedRule& placed : rules_) placed.rule->check_target(batch.parameters.row(i) + placed.first);
  }
  NetworkEstimator::prepare(first, batch);
}

Matrix<double> PredictionEstimator::member_predictions(std::int64_t member, const Batch& data) const {
  PredictionRun run(networks(), member, *scoring_[static_cast<std::size_t>(member)]);
  const Panel rows = run.predict(run.condition(data, 0, data.count()));
  Matrix<double> predictions(rows.rows, rows.cols);
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    for (std::int64_t j = 0; j < rows.cols; ++j) {
      predictions(i, j) = static_cast<double>(rows.values[i * rows.stride + j]);
    }
  }
  return predictions;
}

Matrix<double> PredictionEstimator::predict(const Batch& data) const {
  std::vector<Matrix<double>> all;
  for (std::int64_t member = 0; member < member_count(); ++member) all.push_back(member_predictions(member, data));
  if (all.size() == 1) return all.front();
  Matrix<double> predictions(data.count(), prediction_width());
  std::vector<double> each(all.size());
  std::int64_t begin = 0;
  for (const PlacedRule& placed : rules_) {
    const std::int64_t end = begin + placed.rule->prediction_width();
    for (std::int64_t i = 0; i < predictions.rows; ++i) {
      for (std::int64_t j = begin; j < end; ++j) {
        for (std::size_t k = 0; k < all.size(); ++k) each[k] = all[k](i, j);
        predictions(i, j) = placed.rule->predicts_logs() ? log_mean_exp(each) : mean(each);
      }
    }
    begin = end;
  }
  return predictions;
}

}  // namespace amortflow
