#pragma once

#include "nets/network.h"

namespace amortflow {

/// Layers [begin, end) of a network in their fast forms, one after the other over panels. Child i of `scratch` belongs
/// to layer begin + i.

/// Gives the last layer's output, which lives in `scratch`. `segments` must live until run_backward is done.
[[nodiscard]] Panel run_forward(const Network& network,
                                std::size_t begin,
                                std::size_t end,
                                const Pass& pass,
                                const Panel& in,
                                const Segments& segments,
                                Scratch& scratch);

/// The same for all layers of a network that has any; the last one writes into `out`, which has the right size.
void run_forward_into(const Network& network,
                      const Pass& pass,
                      const Panel& in,
                      const Segments& segments,
                      const Panel& out,
                      Scratch& scratch);

/// After run_forward: adds all parameter gradients; gives the input's gradient, which lives in `scratch`, or a panel
/// without values if `wants_input` is false.
Panel run_backward(const Network& network,
                   std::size_t begin,
                   std::size_t end,
                   const Pass& pass,
                   const Panel& out_gradient,
                   bool wants_input,
                   Scratch& scratch);

}  // namespace amortflow
