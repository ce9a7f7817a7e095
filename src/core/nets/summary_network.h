#pragma once

#include <string>

#include "base/spec.h"
#include "nets/network.h"

namespace amortflow {

/// Exchangeable data (Zaheer et al. 2017): `equivariant` modules, then a mean over each data set, then dense layers.
struct DeepSetOptions {
  std::int64_t summary_dim = 16;
  std::int64_t width = 64;
  std::int64_t depth = 2;        ///< dense layers a module
  std::int64_t equivariant = 2;  ///< modules before pooling
  std::string activation = "silu";
  double log_size_center = 0;  ///< log of the typical number of rows

  [[nodiscard]] static DeepSetOptions from_spec(const Spec& spec);
};

/// Series: a convolution, a recurrent layer, a dense layer.
struct TimeSeriesOptions {
  std::int64_t summary_dim = 16;
  std::int64_t filters = 32;
  std::int64_t kernel_size = 3;
  std::int64_t recurrent_dim = 64;  ///< per direction
  bool bidirectional = true;
  std::string activation = "silu";
  std::string recurrent = "gru";  ///< or "lstm"
  std::int64_t skip_steps = 0;    ///< positions that a second branch reads at a time; 0: no such branch

  [[nodiscard]] static TimeSeriesOptions from_spec(const Spec& spec);
};

/// Data sets of one length: all rows side by side, then dense layers, residual from the second on (He et al. 2016).
struct DenseSummaryOptions {
  std::int64_t summary_dim = 16;
  std::int64_t positions = 1;  ///< rows of every data set
  std::int64_t width = 256;
  std::int64_t depth = 4;  ///< dense layers before the last, linear one
  std::string activation = "silu";

  [[nodiscard]] static DenseSummaryOptions from_spec(const Spec& spec);
};

/// The network that `spec` (kinds deep_set, set_transformer, time_series, transformer, dense, convolution,
/// hierarchical, identity) describes, for rows of `data_width` variables.
[[nodiscard]] Network make_summary_network(const Spec& spec, std::int64_t data_width);

}  // namespace amortflow
