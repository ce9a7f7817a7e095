// Stands in for the core's files that need LibTorch in programs built without it: reference forms, devices. Nobody
// calls them there, but they are virtual functions of layers that are used.

#include <cstdio>
#include <cstdlib>

#include "estimators/estimator.h"
#include "estimators/estimator_reference.h"
#include "flows/act_norm_permutation.h"
#include "flows/autoregressive.h"
#include "flows/class_scores.h"
#include "flows/consistency_loss.h"
#include "flows/coupling.h"
#include "flows/field_loss.h"
#include "flows/mixed_head.h"
#include "flows/mixture_base.h"
#include "flows/mixture_head.h"
#include "flows/normal_base.h"
#include "flows/orthogonal_mixing.h"
#include "flows/point_scores.h"
#include "flows/ratio_head.h"
#include "flows/scoring_head.h"
#include "flows/spline_transform.h"
#include "flows/student_base.h"
#include "nets/attention_pool.h"
#include "nets/branches.h"
#include "nets/convolution.h"
#include "nets/convolution_2d.h"
#include "nets/dense.h"
#include "nets/equivariant_dense.h"
#include "nets/grouped_rows.h"
#include "nets/induced_attention.h"
#include "nets/layer_norm.h"
#include "nets/library_threads.h"
#include "nets/long_short_term.h"
#include "nets/masked_dense.h"
#include "nets/position_features.h"
#include "nets/recurrent.h"
#include "nets/residual.h"
#include "nets/segment_flatten.h"
#include "nets/segment_moments.h"
#include "nets/segment_patches.h"
#include "nets/segment_pool.h"
#include "nets/segment_unflatten.h"
#include "nets/self_attention.h"
#include "nets/time_features.h"
#include "nets/torch_backend.h"
#include "train/device_step.h"

namespace at {
class Tensor {};
}  // namespace at

namespace amortflow {

struct LayerState {};
class ReferenceLoss {};

namespace {

[[noreturn]] void no_torch() {
  std::fputs("This program was built without LibTorch.\n", stderr);
  std::abort();
}

}  // namespace

LayerState Dense::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState MaskedDense::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState EquivariantDense::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState Convolution::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState Convolution2d::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState GroupedRows::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState Residual::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState SegmentMoments::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState SegmentUnflatten::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState Recurrent::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState SegmentFlatten::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState SegmentMean::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState AttentionPool::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState Branches::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState InducedAttention::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState LayerNorm::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState LongShortTerm::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState PositionFeatures::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState SegmentPatches::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState SelfAttention::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState ConsistencyLoss::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState FieldLoss::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState TimeFeatures::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState RatioHead::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState ScoringHead::reference(LayerState, const ParameterViews&) const { no_torch(); }
at::Tensor MeanScore::reference(const at::Tensor&, const at::Tensor&) const { no_torch(); }
at::Tensor QuantileScore::reference(const at::Tensor&, const at::Tensor&) const { no_torch(); }
at::Tensor LogScore::reference(const at::Tensor&, const at::Tensor&) const { no_torch(); }
at::Tensor DirichletScore::reference(const at::Tensor&, const at::Tensor&) const { no_torch(); }
LayerState NormalBase::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState MixedHead::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState MixtureHead::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState StudentBase::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState MixtureBase::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState OrthogonalMixing::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState OrthogonalMixing::inverse(LayerState, const ParameterViews&) const { no_torch(); }
LayerState ActNormPermutation::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState ActNormPermutation::inverse(LayerState, const ParameterViews&) const { no_torch(); }
LayerState Autoregressive::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState Autoregressive::inverse(LayerState, const ParameterViews&) const { no_torch(); }
LayerState Coupling::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState Coupling::inverse(LayerState, const ParameterViews&) const { no_torch(); }
LayerState AffineTransform::reference(LayerState, const at::Tensor&) const { no_torch(); }
LayerState AffineTransform::inverse(LayerState, const at::Tensor&) const { no_torch(); }
LayerState SplineTransform::reference(LayerState, const at::Tensor&) const { no_torch(); }
LayerState SplineTransform::inverse(LayerState, const at::Tensor&) const { no_torch(); }

// These are called, and do what is right where there is no LibTorch.
std::shared_ptr<const ReferenceLoss> make_reference_loss(const EstimatorNetworks&) { return nullptr; }
SingleThreadedLibraries::SingleThreadedLibraries() : torch_threads_(1), blas_threads_(1) {}
SingleThreadedLibraries::~SingleThreadedLibraries() = default;
TorchBackend torch_backend() { return {}; }
std::unique_ptr<TrainingStep> make_device_step(Estimator&, const OptimizerOptions&, const DeviceStepOptions&) {
  no_torch();
}

}  // namespace amortflow
