#pragma once

#include "nets/dense.h"
#include "nets/network.h"

namespace amortflow {

/// Adds a dense layer to a network's end.
inline void add_dense(Network& network,
                      std::int64_t input,
                      std::int64_t output,
                      Activation activation,
                      bool residual = false) {
  DenseOptions options;
  options.input_width = input;
  options.output_width = output;
  options.activation = activation;
  options.residual = residual;
  network.add(std::make_unique<Dense>(options));
}

}  // namespace amortflow
