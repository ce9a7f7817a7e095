#pragma once

#include "nets/network.h"

namespace amortflow {

/// Undoes the first `count` layers of a flow, which all are InvertibleLayers, the last one first: `out` [rows, width]
/// becomes what gives it, in `scratch`. Layers a multiple of `period` apart, which are alike, share a child of it.
[[nodiscard]] Panel invert_layers(const Network& network,
                                  std::size_t count,
                                  std::size_t period,
                                  const Pass& pass,
                                  Panel out,
                                  Scratch& scratch);

}  // namespace amortflow
