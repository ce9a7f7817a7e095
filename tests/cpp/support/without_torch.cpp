// Stands in for the core's files that need LibTorch in programs built without it: reference forms, devices. Nobody
// calls them there, but they are virtual functions of layers that are used.

#include <cstdio>
#include <cstdlib>

#include "estimators/estimator.h"
#include "estimators/posterior_reference.h"
#include "flows/act_norm_permutation.h"
#include "flows/affine_coupling.h"
#include "flows/normal_base.h"
#include "nets/convolution.h"
#include "nets/dense.h"
#include "nets/equivariant_dense.h"
#include "nets/library_threads.h"
#include "nets/recurrent.h"
#include "nets/segment_flatten.h"
#include "nets/segment_pool.h"
#include "nets/torch_backend.h"
#include "train/device_step.h"

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
LayerState EquivariantDense::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState Convolution::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState Recurrent::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState SegmentFlatten::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState SegmentMean::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState NormalBase::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState ActNormPermutation::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState ActNormPermutation::inverse(LayerState, const ParameterViews&) const { no_torch(); }
LayerState AffineCoupling::reference(LayerState, const ParameterViews&) const { no_torch(); }
LayerState AffineCoupling::inverse(LayerState, const ParameterViews&) const { no_torch(); }

// These are called, and do what is right where there is no LibTorch.
std::shared_ptr<const ReferenceLoss> make_posterior_reference(const PosteriorNetworks&) { return nullptr; }
SingleThreadedLibraries::SingleThreadedLibraries() : torch_threads_(1), blas_threads_(1) {}
SingleThreadedLibraries::~SingleThreadedLibraries() = default;
TorchBackend torch_backend() { return {}; }
std::unique_ptr<TrainingStep> make_device_step(Estimator&, const OptimizerOptions&, const DeviceStepOptions&) {
  no_torch();
}

}  // namespace amortflow
