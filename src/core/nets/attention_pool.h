#pragma once

#include "nets/attention_heads.h"

namespace amortflow {

/// What the seeds of a data set become.
enum class PooledForm {
  kRows,   ///< one row for each seed
  kJoined  ///< one row: all seeds side by side and, because weighted means do not know n, the centred log of n
};

struct AttentionPoolOptions {
  std::int64_t width = 0;
  std::int64_t heads = 1;
  std::int64_t seeds = 1;
  PooledForm form = PooledForm::kJoined;
  double log_size_center = 0;  ///< log of the typical number of rows
};

/// Learned queries ("seeds") look at the rows of each data set (Lee et al. 2019, section 3.2):
/// y = attention(seeds, x K, x V) W + b, [rows, width] -> [data sets * seeds, width] or
/// [data sets, seeds * width + 1]. The cost is linear in the number of rows.
class AttentionPool final : public Layer {
 public:
  explicit AttentionPool(AttentionPoolOptions options) : options_(options), attention_(options.width, options.heads) {}

  [[nodiscard]] std::string name() const override { return "attention_pool"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override {
    return joined() ? options_.seeds * options_.width + 1 : options_.width;
  }
  [[nodiscard]] const Segments& output_segments(const Segments& input, Segments& own) const override {
    own.assign_uniform(input.count(), joined() ? 1 : options_.seeds);
    return own;
  }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  [[nodiscard]] bool joined() const { return options_.form == PooledForm::kJoined; }
  [[nodiscard]] AttentionRows rows(const Pass& pass, const Panel& projected, const Segments& segments) const;
  void join(const Panel& rows, const Panel& out, const Segments& segments) const;
  /// Of the rows of seeds.
  [[nodiscard]] Panel row_gradient(const Panel& out_gradient, Scratch& scratch) const;

  AttentionPoolOptions options_;
  AttentionHeads attention_;
  std::int64_t seeds_ = -1;         // [seeds, width]: queries
  std::int64_t input_weight_ = -1;  // [width, 2 width]: K, V
  std::int64_t output_weight_ = -1;
  std::int64_t output_bias_ = -1;
};

}  // namespace amortflow
