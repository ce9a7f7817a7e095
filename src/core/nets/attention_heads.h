#pragma once

#include <limits>

#include "nets/layer.h"

namespace amortflow {

/// What attention reads: rows of `heads` heads side by side.
struct AttentionRows {
  ConstRows queries;
  ConstRows keys;
  ConstRows values;
  const Segments* of_queries = nullptr;                         ///< null: the same queries for every data set
  const Segments* of_keys = nullptr;                            ///< and values
  bool goes_back = false;                                       ///< whether forward may leave weights behind
  std::int64_t begin = 0;                                       ///< of the data sets whose turn it is
  std::int64_t end = std::numeric_limits<std::int64_t>::max();  ///< and behind the last of them
};

/// Their gradients. Those of shared queries are added to, the others are written.
struct AttentionGradients {
  Rows queries;
  Rows keys;
  Rows values;
};

/// softmax(q k' / sqrt(head width)) v for every query of a data set over the keys of the same data set, head by head
/// (Vaswani et al. 2017, eq. 1), in float rows. Where all weights together are few, forward keeps them for the way
/// back; otherwise they are worked out anew, and no more than kQueriesAtOnce rows of them are there at a time.
class AttentionHeads final {
 public:
  /// Throws ConfigError unless `heads` divides `width`.
  AttentionHeads(std::int64_t width, std::int64_t heads);

  /// `out`: [queries, width]; of shared queries those of the first data set, then those of the second, ...
  void forward(const AttentionRows& in, const Rows& out, Scratch& scratch) const;
  /// After forward of the same rows, all data sets, and the same `scratch`.
  void backward(const AttentionRows& in,
                const ConstRows& out_gradient,
                const AttentionGradients& gradients,
                Scratch& scratch) const;

  [[nodiscard]] std::int64_t width() const { return heads_ * head_width_; }
  [[nodiscard]] std::int64_t heads() const { return heads_; }

 private:
  static constexpr std::int64_t kQueriesAtOnce = 64;
  static constexpr std::int64_t kMostKept = 1 << 20;  // weights: 4 MB
  struct Block;
  class Head;

  /// Where weights are kept; null if they are too many or nobody asks for them.
  [[nodiscard]] float* kept_weights(const AttentionRows& in, Scratch& scratch) const;
  template <class Visit>
  void visit_heads(const AttentionRows& in, Scratch& scratch, const Visit& visit) const;

  std::int64_t heads_;
  std::int64_t head_width_;
  float scale_;
};

}  // namespace amortflow
