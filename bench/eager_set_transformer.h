#pragma once

#include <memory>

#include "base/spec.h"
#include "eager_summary.h"

namespace amortflow::bench {

/// The set transformer without inducing points that `spec` describes, with the weights of `parameters`.
[[nodiscard]] std::shared_ptr<EagerSummary> make_eager_set_transformer(const Spec& spec,
                                                                       const ParameterStore& parameters);

}  // namespace amortflow::bench
