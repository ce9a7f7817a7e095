#include "estimators/network_estimator.h"

#include <algorithm>
#include <deque>

#include "base/errors.h"
#include "estimators/estimator_reference.h"
#include "estimators/estimator_run.h"

namespace amortflow {

namespace {

double sum_of(const Panel& column) {
  double sum = 0;
  for (std::int64_t i = 0; i < column.rows; ++i) sum += static_cast<double>(column.values[i * column.stride]);
  return sum;
}

class NetworkShard final : public TrainingShard {
 public:
  explicit NetworkShard(EstimatorNetworks& networks)
      : networks_(networks), gradient_(networks.store().layout().floats()) {
    for (std::int64_t i = 0; i < networks.member_count(); ++i) {
      learning_.emplace_back(networks, i, &gradient_);
      judging_.emplace_back(networks, i);
    }
  }

  double loss_and_gradient(const BatchRange& data_sets, double scale) override {
    networks_.refresh_mirrors();
    scale = member_scale(scale);
    double loss = 0;
    for (EstimatorRun& run : learning_) {
      loss += sum_of_losses(run, data_sets) * scale;
      run.backward(scale);
    }
    return loss;
  }

  double loss(const BatchRange& data_sets, double scale) override {
    double loss = 0;
    for (EstimatorRun& run : judging_) loss += sum_of_losses(run, data_sets) * member_scale(scale);
    return loss;
  }

  [[nodiscard]] AlignedBuffer& gradient() override { return gradient_; }

 private:
  static double sum_of_losses(EstimatorRun& run, const BatchRange& part) {
    return sum_of(run.losses(part, run.condition(part.batch.data, part.begin, part.end)));
  }
  [[nodiscard]] double member_scale(double scale) const {
    return scale / static_cast<double>(networks_.member_count());
  }

  EstimatorNetworks& networks_;
  AlignedBuffer gradient_;
  std::deque<EstimatorRun> learning_;  // one for each member
  std::deque<EstimatorRun> judging_;
};

}  // namespace

TrainingBatch slice(const TrainingBatch& batch, std::int64_t begin, std::int64_t end) {
  return {slice(batch.parameters, begin, end), slice(batch.data, begin, end),
          batch.noise.rows > 0 ? slice(batch.noise, begin, end) : Matrix<float>()};
}

NetworkEstimator::NetworkEstimator(const EstimatorOptions& options, const EstimatorNetworks::MakeNetwork& make)
    : networks_(std::make_unique<EstimatorNetworks>(options, make)), reference_(make_reference_loss(*networks_)) {}

std::unique_ptr<TrainingShard> NetworkEstimator::make_shard() { return std::make_unique<NetworkShard>(*networks_); }

void NetworkEstimator::prepare(std::uint64_t first, TrainingBatch& batch) const {
  const std::int64_t width = networks_->loss_noise_width();
  if (width == 0) return;
  batch.noise = Matrix<float>(batch.count(), width);
  for (std::int64_t i = 0; i < batch.count(); ++i) {
    networks_->fill_loss_noise(first + static_cast<std::uint64_t>(i), batch.noise.row(i));
  }
}

std::int64_t NetworkEstimator::condition_width() const { return member_count() * networks_->condition_width(); }

Matrix<float> NetworkEstimator::conditions(const Batch& data) const {
  Matrix<float> conditions(data.count(), condition_width());
  for (std::int64_t member = 0; member < member_count(); ++member) {
    EstimatorRun run(*networks_, member);
    const Panel rows = run.condition(data, 0, data.count());
    for (std::int64_t i = 0; i < rows.rows; ++i) {
      std::copy_n(rows.values + i * rows.stride, rows.cols, conditions.row(i) + member * rows.cols);
    }
  }
  return conditions;
}

void NetworkEstimator::check_member(std::int64_t member) const {
  if (member >= kMixture && member < member_count()) return;
  throw ConfigError("there are " + std::to_string(member_count()) + " members, and none with number " +
                    std::to_string(member + 1));
}

}  // namespace amortflow
