#include <vector>

#include "base/random.h"
#include "nets/attention_heads.h"
#include "support/catch.h"

using namespace amortflow;

namespace {

constexpr std::int64_t kSeeds = 3;  // where queries are shared

Panel normal_panel(std::int64_t rows, std::int64_t cols, std::size_t slot, Scratch& scratch) {
  const Panel panel = scratch.panel(slot, rows, cols);
  rng random = stream(7, Purpose::kCheck, slot);
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < cols; ++j) panel.values[i * panel.stride + j] = static_cast<float>(random.normal());
  }
  return panel;
}

std::vector<float> numbers_of(const Panel& panel) {
  std::vector<float> numbers;
  for (std::int64_t i = 0; i < panel.rows; ++i) {
    const float* const row = panel.values + i * panel.stride;
    numbers.insert(numbers.end(), row, row + panel.cols);
  }
  return numbers;
}

/// Output and gradients of queries, keys and values.
std::vector<std::vector<float>> forth_and_back(const AttentionHeads& heads,
                                               const Segments& segments,
                                               bool shared,
                                               bool goes_back) {
  Scratch given;
  Scratch scratch;
  const std::int64_t width = heads.width();
  const std::int64_t queries = shared ? kSeeds : segments.rows();
  const std::int64_t rows = segments.rows();
  const AttentionRows in = {normal_panel(queries, width, 0, given).view(),
                            normal_panel(rows, width, 1, given).view(),
                            normal_panel(rows, width, 2, given).view(),
                            shared ? nullptr : &segments,
                            &segments,
                            goes_back};
  const std::int64_t outputs = shared ? kSeeds * segments.count() : rows;
  const Panel out = given.panel(3, outputs, width);
  heads.forward(in, out.view(), scratch);
  const Panel by_out = normal_panel(outputs, width, 4, given);
  const Panel by_queries = normal_panel(queries, width, 5, given);
  const Panel by_keys = given.panel(6, rows, width);
  const Panel by_values = given.panel(7, rows, width);
  heads.backward(in, by_out.view(), {by_queries.view(), by_keys.view(), by_values.view()}, scratch);
  return {numbers_of(out), numbers_of(by_queries), numbers_of(by_keys), numbers_of(by_values)};
}

}  // namespace

CATCH_TEST_CASE("attention goes the same way back with weights that were kept and with weights worked out anew") {
  Segments segments;
  segments.offsets = {0, 1, 10, 150};  // one head goes through the last in pieces
  for (const std::int64_t head_width : {16, 5}) {
    const AttentionHeads heads(3 * head_width, 3);
    for (const bool shared : {false, true}) {
      CATCH_INFO("head width " << head_width << ", shared queries " << shared);
      CATCH_CHECK(forth_and_back(heads, segments, shared, true) == forth_and_back(heads, segments, shared, false));
    }
  }
}

CATCH_TEST_CASE("attention over more rows than it keeps weights of goes back all the same") {
  const AttentionHeads heads(4, 1);
  const Segments segments = Segments::uniform(1, 1100);
  CATCH_CHECK(forth_and_back(heads, segments, false, true) == forth_and_back(heads, segments, false, false));
}
