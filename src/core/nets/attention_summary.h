#pragma once

#include <string>

#include "base/spec.h"
#include "nets/network.h"

namespace amortflow {

/// What both transformers have in common: rows are embedded, pass `blocks` of pre-norm attention and feed-forward, and
/// are pooled by attention of learned seeds; dense layers follow.
struct AttentionSummaryOptions {
  std::int64_t summary_dim = 16;
  std::int64_t width = 64;  ///< of a row between the layers
  std::int64_t heads = 4;   ///< divides width
  std::int64_t blocks = 2;
  std::int64_t feedforward = 128;    ///< units of the feed-forward layers
  std::int64_t inducing_points = 0;  ///< learned points that attention goes by; 0: each row sees all rows
  std::int64_t seeds = 1;
  std::string activation = "silu";
  double log_size_center = 0;  ///< log of the typical number of rows
};

/// Exchangeable data (Lee et al. 2019).
struct SetTransformerOptions final : AttentionSummaryOptions {
  [[nodiscard]] static SetTransformerOptions from_spec(const Spec& spec);
};

/// Series: rows are joined to features of their position first (nets/position_features.h).
struct SeriesTransformerOptions final : AttentionSummaryOptions {
  std::int64_t time_frequencies = 8;

  [[nodiscard]] static SeriesTransformerOptions from_spec(const Spec& spec);
};

[[nodiscard]] Network set_transformer(const SetTransformerOptions& options, std::int64_t data_width);
[[nodiscard]] Network series_transformer(const SeriesTransformerOptions& options, std::int64_t data_width);

}  // namespace amortflow
