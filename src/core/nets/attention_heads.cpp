#include "nets/attention_heads.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "kernels/dispatch.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kKeysAcross, kValuesAcross, kWeights, kWeightsGradient, kFactor, kResult, kKept };

constexpr std::int64_t kWholeVectors = 16;  // columns that any kernel reads and writes without touching others

std::int64_t padded(std::int64_t cols) { return (cols + kWholeVectors - 1) / kWholeVectors * kWholeVectors; }

/// Rows [begin, begin + count), columns [column, column + cols).
template <class View>
View part_of(const View& rows, std::int64_t begin, std::int64_t count, std::int64_t column, std::int64_t cols) {
  return {rows.data + begin * rows.stride + column, count, cols, rows.stride};
}

}  // namespace

/// What one head of one data set reads and writes.
struct AttentionHeads::Block {
  std::int64_t column = 0;  ///< of the head
  std::int64_t first_query = 0;
  std::int64_t queries = 0;
  std::int64_t first_key = 0;
  std::int64_t keys = 0;
  std::int64_t first_out = 0;
  float* kept = nullptr;  ///< weights, or null
};

/// Products of the width of a head.
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
    const Rows alone = scratch_.panel(kFactor, rows.rows, head_width_).view();
    kernels().copy(rows, alone, false);
    return alone;
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
  /// Of queries [begin, begin + count).
  [[nodiscard]] Rows weights(const Block& block, std::int64_t begin, std::int64_t count) const {
    if (block.kept == nullptr) return scores(kWeights, count, block.keys);
    const std::int64_t stride = padded(block.keys);
    return {block.kept + begin * stride, count, block.keys, stride};
  }

 private:
  [[nodiscard]] bool whole() const { return head_width_ % kWholeVectors == 0; }

  template <class Kernel>
  void product(Kernel kernel, const ConstRows& a, const ConstRows& b, const Rows& out, bool accumulate) const {
    if (whole()) {
      kernel(a, b, out, accumulate);
      return;
    }
    const Rows alone = scratch_.panel(kResult, out.rows, head_width_).view();
    kernel(a, factor(b), alone, false);
    kernels().copy(alone, out, accumulate);
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

float* AttentionHeads::kept_weights(const AttentionRows& in, Scratch& scratch) const {
  std::int64_t floats = 0;
  for (std::int64_t i = 0; in.goes_back && i < in.of_keys->count(); ++i) {
    const std::int64_t queries = in.of_queries == nullptr ? in.queries.rows : in.of_queries->length(i);
    floats += heads_ * queries * padded(in.of_keys->length(i));
  }
  const bool keeps = in.goes_back && floats <= kMostKept;
  return keeps ? scratch.panel(kKept, 1, floats).values : nullptr;
}

/// visit(head, block) for the data sets from in.begin on; kept weights of those before are passed over.
template <class Visit>
void AttentionHeads::visit_heads(const AttentionRows& in, Scratch& scratch, const Visit& visit) const {
  const Head head(head_width_, scratch);
  Block block;
  block.kept = kept_weights(in, scratch);
  for (std::int64_t i = 0; i < std::min(in.end, in.of_keys->count()); ++i) {
    const auto at = static_cast<std::size_t>(i);
    block.first_query = in.of_queries == nullptr ? 0 : in.of_queries->offsets[at];
    block.queries = in.of_queries == nullptr ? in.queries.rows : in.of_queries->length(i);
    block.first_out = in.of_queries == nullptr ? i * block.queries : block.first_query;
    block.first_key = in.of_keys->offsets[at];
    block.keys = in.of_keys->length(i);
    for (std::int64_t h = 0; h < heads_; ++h) {
      block.column = h * head_width_;
      if (i >= in.begin) visit(head, block);
      if (block.kept != nullptr) block.kept += block.queries * padded(block.keys);
    }
  }
}

void AttentionHeads::forward(const AttentionRows& in, const Rows& out, Scratch& scratch) const {
  visit_heads(in, scratch, [&](const Head& head, const Block& b) {
    const ConstRows keys_across =
        head.across(part_of(in.keys, b.first_key, b.keys, b.column, head_width_), kKeysAcross);
    const ConstRows values = part_of(in.values, b.first_key, b.keys, b.column, head_width_);
    for (std::int64_t begin = 0; begin < b.queries; begin += kQueriesAtOnce) {
      const std::int64_t count = std::min(kQueriesAtOnce, b.queries - begin);
      const Rows weights = head.weights(b, begin, count);
      kernels().multiply(part_of(in.queries, b.first_query + begin, count, b.column, head_width_), keys_across, weights,
                         false);
      kernels().softmax(scale_, weights);
      head.multiply(weights, values, part_of(out, b.first_out + begin, count, b.column, head_width_), false);
    }
  });
}

void AttentionHeads::backward(const AttentionRows& in,
                              const ConstRows& out_gradient,
                              const AttentionGradients& gradients,
                              Scratch& scratch) const {
  const Kernels& k = kernels();
  const bool shared = in.of_queries == nullptr;
  visit_heads(in, scratch, [&](const Head& head, const Block& b) {
    const ConstRows own_keys = part_of(in.keys, b.first_key, b.keys, b.column, head_width_);
    const ConstRows keys_across = b.kept == nullptr ? head.across(own_keys, kKeysAcross) : ConstRows{};
    const ConstRows values_across =
        head.across(part_of(in.values, b.first_key, b.keys, b.column, head_width_), kValuesAcross);
    const Rows by_keys = part_of(gradients.keys, b.first_key, b.keys, b.column, head_width_);
    const Rows by_values = part_of(gradients.values, b.first_key, b.keys, b.column, head_width_);
    for (std::int64_t begin = 0; begin < b.queries; begin += kQueriesAtOnce) {
      const std::int64_t count = std::min(kQueriesAtOnce, b.queries - begin);
      const ConstRows own_queries = part_of(in.queries, b.first_query + begin, count, b.column, head_width_);
      const ConstRows by_out = part_of(out_gradient, b.first_out + begin, count, b.column, head_width_);
      const Rows by_queries = part_of(gradients.queries, b.first_query + begin, count, b.column, head_width_);
      const Rows weights = head.weights(b, begin, count);
      const Rows by_weights = head.scores(kWeightsGradient, count, b.keys);
      if (b.kept == nullptr) {
        k.multiply(own_queries, keys_across, weights, false);
        k.softmax(scale_, weights);
      }
      k.multiply(by_out, values_across, by_weights, false);
      k.softmax_backward(scale_, weights, by_weights);  // first to read the weights, along their rows
      head.multiply_transposed(weights, by_out, by_values, begin > 0);
      head.multiply(by_weights, own_keys, by_queries, shared);
      head.multiply_transposed(by_weights, own_queries, by_keys, begin > 0);
    }
  });
}

}  // namespace amortflow
