#include "estimators/posterior_reference.h"

#include <ATen/ops/cat.h>

#include "estimators/reference_loss.h"
#include "flows/inference_state.h"
#include "nets/layer_state.h"

namespace amortflow {

namespace {

class PosteriorReference final : public ReferenceLoss {
 public:
  explicit PosteriorReference(const PosteriorNetworks& networks) : networks_(networks) {}

  void check(const TrainingBatch& batch) const override;
  [[nodiscard]] at::Tensor losses(const ReferenceBatch& batch, const ParameterViews& parameters) const override;

 private:
  const PosteriorNetworks& networks_;
};

void PosteriorReference::check(const TrainingBatch& batch) const {
  networks_.check_parameters(batch.parameters);
  networks_.check_data(batch.data);
  networks_.check_noise(batch.noise, batch.count());
  for (std::size_t k = 0; k < networks_.summaries.size(); ++k) {
    if (!networks_.is_used(k)) continue;
    Segments segments = batch.data.observed[k].segments;
    for (const auto& layer : networks_.summaries[k].layers()) {
      Segments own;
      segments = layer->output_segments(segments, own);
    }
    PosteriorNetworks::check_summaries(segments.rows(), batch.count());
  }
}

at::Tensor PosteriorReference::losses(const ReferenceBatch& batch, const ParameterViews& parameters) const {
  std::vector<at::Tensor> parts;
  for (std::size_t k = 0; k < networks_.summaries.size(); ++k) {
    if (!networks_.is_used(k)) continue;
    LayerState state;
    state.values = batch.observed[k].values;
    state.lengths = batch.observed[k].lengths;
    state.segments = Segments::uniform(batch.parameters.size(0), batch.observed[k].length);
    parts.push_back(networks_.summaries[k].reference(std::move(state), parameters).values);
  }
  if (networks_.context_width > 0) parts.push_back(batch.context);
  const at::Tensor condition = parts.size() == 1 ? parts.front() : at::cat(parts, 1);
  const LayerState start = inference_state(batch.parameters, condition, batch.noise);
  return networks_.inference->loss().reference(start, parameters).values.squeeze(1);
}

}  // namespace

std::shared_ptr<const ReferenceLoss> make_posterior_reference(const PosteriorNetworks& networks) {
  return std::make_shared<PosteriorReference>(networks);
}

}  // namespace amortflow
