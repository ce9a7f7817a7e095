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
  [[nodiscard]] at::Tensor condition(const PosteriorMember& member,
                                     const ReferenceBatch& batch,
                                     const ParameterViews& parameters) const;

  const PosteriorNetworks& networks_;
};

void PosteriorReference::check(const TrainingBatch& batch) const {
  networks_.check_parameters(batch.parameters);
  networks_.check_data(batch.data);
  networks_.check_noise(batch.noise, batch.count());
  // Members have the same shape.
  const auto& summaries = networks_.members.front().summaries;
  for (std::size_t k = 0; k < summaries.size(); ++k) {
    if (!networks_.is_used(k)) continue;
    Segments segments = batch.data.observed[k].segments;
    for (const auto& layer : summaries[k].layers()) {
      Segments own;
      segments = layer->output_segments(segments, own);
    }
    PosteriorNetworks::check_summaries(segments.rows(), batch.count());
  }
}

at::Tensor PosteriorReference::condition(const PosteriorMember& member,
                                         const ReferenceBatch& batch,
                                         const ParameterViews& parameters) const {
  std::vector<at::Tensor> parts;
  for (std::size_t k = 0; k < member.summaries.size(); ++k) {
    if (!networks_.is_used(k)) continue;
    LayerState state;
    state.values = batch.observed[k].values;
    state.lengths = batch.observed[k].lengths;
    state.segments = Segments::uniform(batch.parameters.size(0), batch.observed[k].length);
    parts.push_back(member.summaries[k].reference(std::move(state), parameters).values);
  }
  if (!member.head.empty()) {
    LayerState state;
    state.values = at::cat(parts, 1);
    state.segments = Segments::uniform(state.values.size(0), 1);
    parts = {member.head.reference(std::move(state), parameters).values};
  }
  if (networks_.context_width > 0) parts.push_back(batch.context);
  return parts.size() == 1 ? parts.front() : at::cat(parts, 1);
}

at::Tensor PosteriorReference::losses(const ReferenceBatch& batch, const ParameterViews& parameters) const {
  at::Tensor sum;
  for (std::int64_t i = 0; i < networks_.member_count(); ++i) {
    const PosteriorMember& member = networks_.member(i);
    const std::int64_t width = member.inference->loss_noise_width();
    const at::Tensor noise = width > 0 ? batch.noise.narrow(1, i * width, width) : at::Tensor();
    const LayerState start = inference_state(batch.parameters, condition(member, batch, parameters), noise);
    const at::Tensor losses = member.inference->loss().reference(start, parameters).values.squeeze(1);
    sum = i == 0 ? losses : sum + losses;
  }
  return networks_.member_count() == 1 ? sum : sum / static_cast<double>(networks_.member_count());
}

}  // namespace

std::shared_ptr<const ReferenceLoss> make_posterior_reference(const PosteriorNetworks& networks) {
  return std::make_shared<PosteriorReference>(networks);
}

}  // namespace amortflow
