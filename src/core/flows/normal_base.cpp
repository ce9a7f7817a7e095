#include "flows/normal_base.h"

namespace amortflow {

namespace {

constexpr double kLogTwoPi = 1.83787706640934548356;

}  // namespace

LayerState NormalBase::reference(LayerState state, const ParameterViews&) const {
  const double constant = 0.5 * static_cast<double>(dimension_) * kLogTwoPi;
  state.values = (0.5 * (state.values * state.values).sum(1) + constant - state.log_det).unsqueeze(1);
  return state;
}

}  // namespace amortflow
