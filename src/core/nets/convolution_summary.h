#pragma once

#include <string>
#include <vector>

#include "base/spec.h"
#include "nets/network.h"

namespace amortflow {

/// Residual convolutions (He et al. 2016) over a grid or along a series, down-sampled by 2 from stage to stage, then
/// mean and sd over places, then dense layers. No normalisation: the scale of the data goes through.
struct ConvolutionSummaryOptions {
  std::int64_t summary_dim = 16;
  std::vector<std::int64_t> shape;    ///< height and width of the grid; p for vectors of p numbers; empty for series
  std::vector<std::int64_t> filters;  ///< of each stage
  std::int64_t blocks = 1;            ///< residual blocks a stage
  std::int64_t kernel_size = 3;
  std::int64_t width = 128;  ///< of the dense layer after pooling
  std::string activation = "silu";
  double log_size_center = 0;  ///< log of the typical number of rows of a series

  [[nodiscard]] static ConvolutionSummaryOptions from_spec(const Spec& spec);
};

[[nodiscard]] Network make_convolution_summary(const ConvolutionSummaryOptions& options, std::int64_t data_width);

}  // namespace amortflow
