#include "estimators/estimator_reference.h"

#include <ATen/ops/cat.h>

#include "estimators/reference_loss.h"
#include "flows/inference_state.h"
#include "nets/layer_state.h"

namespace amortflow {

namespace {

/// What ConditionerRun::forward gives.
at::Tensor condition_reference(const Conditioner& conditioner,
                               const ReferenceBatch& batch,
                               const ParameterViews& parameters) {
  std::vector<at::Tensor> parts;
  for (std::size_t k = 0; k < conditioner.observable_count(); ++k) {
    if (!conditioner.is_used(k)) continue;
    LayerState state;
    state.values = batch.observed[k].values;
    state.lengths = batch.observed[k].lengths;
    state.segments = Segments::uniform(batch.parameters.size(0), batch.observed[k].length);
    parts.push_back(conditioner.summary(k).reference(std::move(state), parameters).values);
  }
  if (!conditioner.head().empty()) {
    LayerState state;
    state.values = at::cat(parts, 1);
    state.segments = Segments::uniform(state.values.size(0), 1);
    parts = {conditioner.head().reference(std::move(state), parameters).values};
  }
  if (conditioner.context_width() > 0) parts.push_back(batch.context);
  return parts.size() == 1 ? parts.front() : at::cat(parts, 1);
}

class EstimatorReference final : public ReferenceLoss {
 public:
  explicit EstimatorReference(const EstimatorNetworks& networks) : networks_(networks) {}

  void check(const TrainingBatch& batch) const override;
  [[nodiscard]] at::Tensor losses(const ReferenceBatch& batch, const ParameterViews& parameters) const override;

 private:
  const EstimatorNetworks& networks_;
};

void EstimatorReference::check(const TrainingBatch& batch) const {
  networks_.check_targets(batch.parameters);
  networks_.check_noise(batch.noise, batch.count());
  const Conditioner& conditioner = networks_.conditioner();
  conditioner.check_data(batch.data);
  for (std::size_t k = 0; k < conditioner.observable_count(); ++k) {
    if (!conditioner.is_used(k)) continue;
    Segments segments = batch.data.observed[k].segments;
    for (const auto& layer : conditioner.summary(k).layers()) {
      Segments own;
      segments = layer->output_segments(segments, own);
    }
    Conditioner::check_summaries(segments.rows(), batch.count());
  }
}

at::Tensor EstimatorReference::losses(const ReferenceBatch& batch, const ParameterViews& parameters) const {
  at::Tensor sum;
  for (std::int64_t i = 0; i < networks_.member_count(); ++i) {
    const EstimatorMember& member = networks_.member(i);
    const std::int64_t width = member.network->loss_noise_width();
    const at::Tensor noise = width > 0 ? batch.noise.narrow(1, i * width, width) : at::Tensor();
    const LayerState start =
        inference_state(batch.parameters, condition_reference(member.conditioner, batch, parameters), noise);
    const at::Tensor losses = member.network->loss().reference(start, parameters).values.squeeze(1);
    sum = i == 0 ? losses : sum + losses;
  }
  return networks_.member_count() == 1 ? sum : sum / static_cast<double>(networks_.member_count());
}

}  // namespace

std::shared_ptr<const ReferenceLoss> make_reference_loss(const EstimatorNetworks& networks) {
  return std::make_shared<EstimatorReference>(networks);
}

}  // namespace amortflow
