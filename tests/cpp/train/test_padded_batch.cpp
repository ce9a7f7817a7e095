#include <cmath>
#include <set>

#include "support/catch.h"
#include "train/padded_batch.h"

using namespace amortflow;

namespace {

/// Data sets of `lengths` rows, two variables, three parameters, one number of context; all numbers differ.
TrainingBatch batch_of(const std::vector<std::int64_t>& lengths) {
  const auto count = static_cast<std::int64_t>(lengths.size());
  TrainingBatch batch;
  float next = 1;
  const auto fill = [&](Matrix<float>& matrix) {
    for (float& x : matrix.values) x = next++;
  };
  batch.parameters = Matrix<float>(count, 3);
  batch.data.context = Matrix<float>(count, 1);
  batch.data.observed.resize(1);
  batch.data.observed[0].segments = Segments::of_lengths(lengths);
  batch.data.observed[0].values = Matrix<float>(batch.data.observed[0].segments.rows(), 2);
  fill(batch.parameters);
  fill(batch.data.context);
  fill(batch.data.observed[0].values);
  return batch;
}

}  // namespace

CATCH_TEST_CASE("sizes are rounded up to a few, by at most a quarter; the first stays as it is") {
  for (const std::int64_t first : {1, 5, 100, 333}) {
    SizeBuckets buckets;
    CATCH_CHECK(buckets.round_up(first) == first);
    std::set<std::int64_t> sizes;
    for (std::int64_t size = 1; size <= 1000; ++size) {
      const std::int64_t rounded = buckets.round_up(size);
      CATCH_CHECK(rounded >= size);
      CATCH_CHECK(static_cast<double>(rounded) <= 1.25 * static_cast<double>(size));
      CATCH_CHECK(buckets.round_up(size) == rounded);
      if (size <= first) CATCH_CHECK(rounded <= std::max(first, size));
      sizes.insert(rounded);
    }
    CATCH_CHECK(buckets.round_up(first) == first);
    CATCH_CHECK(sizes.size() <= 8 + 4 * 7 + 1);  // 1 to 8, four between powers of two up to 1024, the first
  }
}

CATCH_TEST_CASE("batches of one shape are not padded, others are, and few shapes hold many") {
  PaddedShapes shapes;
  const PaddedShape plain = shapes.shape_of(batch_of({10, 10, 10, 10}));
  CATCH_CHECK(plain.count == 4);
  CATCH_CHECK(plain.observed[0].length == 10);
  CATCH_CHECK_FALSE(plain.observed[0].padded);
  const PaddedShape ragged = shapes.shape_of(batch_of({10, 7, 10, 9}));
  CATCH_CHECK(ragged.observed[0].length == 10);
  CATCH_CHECK(ragged.observed[0].padded);
  CATCH_CHECK((plain < ragged) != (ragged < plain));
  CATCH_CHECK_FALSE(plain < plain);
  const PaddedShape longer = shapes.shape_of(batch_of({17, 17, 17, 17}));
  CATCH_CHECK(longer.observed[0].length == 20);
  CATCH_CHECK(longer.observed[0].padded);
  const PaddedShape exact = exact_shape(batch_of({17, 3, 4}));
  CATCH_CHECK(exact.count == 3);
  CATCH_CHECK(exact.observed[0].length == 17);
}

CATCH_TEST_CASE("a packed batch holds the batch; padding repeats it and has no weight") {
  const TrainingBatch batch = batch_of({2, 0, 3});
  PaddedShape shape;
  shape.count = 4;
  shape.observed = {{5, true}};
  const PackedBatch packed(shape, batch);
  std::vector<float> floats(static_cast<std::size_t>(packed.floats()), -1.0F);
  packed.write(batch, 0.25, 0.5, floats.data());
  const auto at = [&](const PackedBatch::Part& part, std::int64_t row, std::int64_t col) {
    CATCH_REQUIRE(part.offset % 16 == 0);
    CATCH_REQUIRE(row < part.rows);
    CATCH_REQUIRE(col < part.cols);
    return floats[static_cast<std::size_t>(part.offset + row * part.cols + col)];
  };
  CATCH_CHECK(at(packed.learning_rate(), 0, 0) == 0.25F);
  const float weights[] = {0.5F, 0.5F, 0.5F, 0.0F};
  const float lengths[] = {2, 0, 3, 2};
  for (std::int64_t i = 0; i < 4; ++i) {
    const std::int64_t from = i < 3 ? i : 0;
    CATCH_CHECK(at(packed.weights(), 0, i) == weights[i]);
    CATCH_CHECK(at(packed.observed()[0].lengths, 0, i) == lengths[i]);
    CATCH_CHECK(at(packed.context(), i, 0) == batch.data.context(from, 0));
    for (std::int64_t j = 0; j < 3; ++j) CATCH_CHECK(at(packed.parameters(), i, j) == batch.parameters(from, j));
    const RaggedRows<float>& data = batch.data.observed[0];
    for (std::int64_t t = 0; t < 5; ++t) {
      for (std::int64_t j = 0; j < 2; ++j) {
        const float value = at(packed.observed()[0].values, 5 * i + t, j);
        const std::int64_t length = data.segments.length(from);
        const std::int64_t first = data.segments.offsets[static_cast<std::size_t>(from)];
        CATCH_CHECK(value == (length == 0 ? 0.0F : data.values(first + std::min(t, length - 1), j)));
      }
    }
  }
}
