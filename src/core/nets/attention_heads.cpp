#include "nets/attention_heads.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "kernels/dispatch.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kKeysAcross, kValuesAcross, kWeights, kWeightsGradient, kFactor, kResult };

constexpr std::int64_t kWholeVectors = 16;  // columns that any kernel reads and writes without touching others

/// Rows [begin, begin + count), columns [column, column + cols).
template <class View>
View part_of(const View& rows, std::int64_t begin, std::int64_t count, std::int64_t column, std::int64_t cols) {
  return {rows.data + begin * rows.stride + column, count, cols, rows.stride};
}

}  // namespace

/// One head of one data set.
class AttentionHeads::Head final {
 public:
  Head(std::int64_t head_width, Scratch& scratch) : head_width_(head_width), scratch_(scratch) {}

  /// The transpose of keys or values; its padding may hold anything.
  [[nodiscard]] ConstRows across(const ConstRows& rows, Slot slot) const {
    const Rows turned = scratch_.panel(slot, head_width_, rows.rows).view();
    kernels().transpose(rows, turned);
    return turned;
  }
  /// As the right factor of a product, which is read by whole vectors.
  [[nodiscard]] ConstRows factor(const ConstRows& rows) const {
    if (whole()) return rows;
    const Rows padded = scratch_.panel(kFactor, rows.rows, head_width_).view();
    kernels().copy(rows, padded, false);
    return padded;
  }
  /// out = a b, or out += a b, in columns of wider rows.
  void multiply(const ConstRows& a, const ConstRows& b, const Rows& out, bool accumulate) const {
    product(kernels().multiply, a, b, out, accumulate);
  }
  void multiply_transposed(const ConstRows& a, const ConstRows& b, const Rows& out, bool accumulate) const {
    product(kernels().multiply_transposed, a, b, out, accumulate);
  }
  [[nodiscard]] Rows scores(Slot slot, std::int64_t queries, std::int64_t keys) const {
    return scratch_.panel(slot, queries, keys).view();
  }

 private:
  [[nodiscard]] bool whole() const { return head_width_ % kWholeVectors == 0; }

  template <class Kernel>
  void product(Kernel kernel, const ConstRows& a, const ConstRows& b, const Rows& out, bool accumulate) const {
    if (whole()) {
      kernel(a, b, out, accumulate);
      return;
    }
    const Rows padded = scratch_.panel(kResult, out.rows, head_width_).view();
    kernel(a, factor(b), padded, false);
    kernels().copy(padded, out, accumulate);
  }

  std::int64_t head_width_;
  Scratch& scratch_;
};

AttentionHeads::AttentionHeads(std::int64_t width, std::int64_t heads)
    : heads_(heads),
      head_width_(width / heads),
      scale_(1.0F / std::sqrt(static_cast<float>(std::max<std::int64_t>(head_width_, 1)))) {
  if (width % heads == 0) return;
  throw ConfigError("The heads of attention must divide its width, but " + std::to_string(heads) + " do not divide " +
                    std::to_string(width) + ".");
}

/// visit(head, column, first query, queries, first key, keys, first row of the output).
template <class Visit>
void AttentionHeads::visit_heads(const AttentionRows& in, Scratch& scratch, const Visit& visit) const {
  const Head head(head_width_, scratch);
  for (std::int64_t i = 0; i < in.of_keys->count(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const std::int64_t first_query = in.of_queries == nullptr ? 0 : in.of_queries->offsets[at];
    const std::int64_t queries = in.of_queries == nullptr ? in.queries.rows : in.of_queries->length(i);
    const std::int64_t first_out = in.of_queries == nullptr ? i * queries : first_query;
    for (std::int64_t h = 0; h < heads_; ++h) {
      visit(head, h * head_width_, first_query, queries, in.of_keys->offsets[at], in.of_keys->length(i), first_out);
    }
  }
}

void AttentionHeads::forward(const AttentionRows& in, const Rows& out, Scratch& scratch) const {
  visit_heads(in, scratch, [&](const Head& head, auto column, auto query, auto queries, auto key, auto keys, auto to) {
    const ConstRows keys_across = head.across(part_of(in.keys, key, keys, column, head_width_), kKeysAcross);
    const ConstRows values = part_of(in.values, key, keys, column, head_width_);
    for (std::int64_t begin = 0; begin < queries; begin += kQueriesAtOnce) {
      const std::int64_t count = std::min(kQueriesAtOnce, queries - begin);
      const Rows weights = head.scores(kWeights, count, keys);
      kernels().multiply(part_of(in.queries, query + begin, count, column, head_width_), keys_across, weights, false);
      kernels().softmax(scale_, weights);
      head.multiply(weights, values, part_of(out, to + begin, count, column, head_width_), false);
    }
  });
}

void AttentionHeads::backward(const AttentionRows& in,
                              const ConstRows& out_gradient,
                              const AttentionGradients& gradients,
                              Scratch& scratch) const {
  const Kernels& k = kernels();
  const bool shared = in.of_queries == nullptr;
  visit_heads(in, scratch, [&](const Head& head, auto column, auto query, auto queries, auto key, auto keys, auto to) {
    const ConstRows own_keys = part_of(in.keys, key, keys, column, head_width_);
    const ConstRows keys_across = head.across(own_keys, kKeysAcross);
    const ConstRows values_across = head.across(part_of(in.values, key, keys, column, head_width_), kValuesAcross);
    const Rows by_keys = part_of(gradients.keys, key, keys, column, head_width_);
    const Rows by_values = part_of(gradients.values, key, keys, column, head_width_);
    for (std::int64_t begin = 0; begin < queries; begin += kQueriesAtOnce) {
      const std::int64_t count = std::min(kQueriesAtOnce, queries - begin);
      const ConstRows own_queries = part_of(in.queries, query + begin, count, column, head_width_);
      const ConstRows by_out = part_of(out_gradient, to + begin, count, column, head_width_);
      const Rows weights = head.scores(kWeights, count, keys);
      const Rows by_weights = head.scores(kWeightsGradient, count, keys);
      k.multiply(own_queries, keys_across, weights, false);
      k.softmax(scale_, weights);
      k.multiply(by_out, values_across, by_weights, false);
      head.multiply_transposed(weights, by_out, by_values, begin > 0);
      k.softmax_backward(scale_, weights, by_weights);
      head.multiply(by_weights, own_keys, part_of(gradients.queries, query + begin, count, column, head_width_),
                    shared);
      head.multiply_transposed(by_weights, own_queries, by_keys, begin > 0);
    }
  });
}

}  // namespace amortflow
