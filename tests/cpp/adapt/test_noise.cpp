#include <algorithm>
#include <cmath>
#include <vector>

#include "adapt/noise.h"
#include "base/errors.h"
#include "support/catch.h"

namespace amortflow {
namespace {

Batch zeros(const std::vector<std::int64_t>& lengths) {
  Batch batch;
  RaggedRows<float> rows;
  rows.segments = Segments::of_lengths(lengths);
  rows.values = Matrix<float>(rows.segments.rows(), 2);
  batch.observed.push_back(rows);
  batch.context = Matrix<float>(static_cast<std::int64_t>(lengths.size()), 1);
  return batch;
}

}  // namespace

CATCH_TEST_CASE("Noise is of the data set's index, whatever else is in the batch", "[adapt]") {
  const DataNoise noise{0.5, 0.1, 1, {{0, 1}}};
  Batch all = zeros({3, 1, 4});
  add_noise(all, noise, 7, 100);
  Batch last = zeros({4});
  add_noise(last, noise, 7, 102);
  const auto& part = last.observed[0].values.values;
  CATCH_CHECK(std::equal(part.begin(), part.end(), all.observed[0].values.row(4)));
  Batch other = zeros({4});
  add_noise(other, noise, 7, 103);
  CATCH_CHECK(other.observed[0].values.values != part);
}

CATCH_TEST_CASE("Columns that are not named get no noise, and no noise without scales", "[adapt]") {
  Batch batch = zeros({1000});
  add_noise(batch, {0.5, 0.1, 1, {{1}}}, 1, 0);
  bool clean = true;
  bool noisy = true;
  for (std::int64_t i = 0; i < 1000; ++i) {
    clean = clean && batch.observed[0].values(i, 0) == 0;
    noisy = noisy && batch.observed[0].values(i, 1) != 0;
  }
  CATCH_CHECK(clean);
  CATCH_CHECK(noisy);
  Batch still = zeros({5});
  add_noise(still, {0, 0, 0, {{0, 1}}}, 1, 0);
  CATCH_CHECK(still.observed[0].values.values == zeros({5}).observed[0].values.values);
}

CATCH_TEST_CASE("The slab is Cauchy with its probability, the spike normal", "[adapt]") {
  // Of 40,000 numbers 0.3 x P(|Cauchy| > 1) = 0.15 are beyond the slab's scale; standard error 0.0018, so that 0.009 is
  // exceeded with probability 6e-7. The spike's numbers never come near.
  Batch batch = zeros({20000});
  add_noise(batch, {0.3, 0.01, 5, {{0, 1}}}, 3, 0);
  const auto& values = batch.observed[0].values.values;
  const auto share = [&](double bound) {
    const auto beyond = std::count_if(values.begin(), values.end(), [=](float x) { return std::abs(x) > bound; });
    return static_cast<double>(beyond) / static_cast<double>(values.size());
  };
  CATCH_CHECK(std::abs(share(5) - 0.15) < 0.009);
  // Within 0.01 are 68.3 % of the spike's and 0.13 % of the slab's numbers; standard error 0.0025.
  CATCH_CHECK(std::abs(1 - share(0.01) - (0.7 * 0.6827 + 0.3 * 0.00127)) < 0.0125);
}

CATCH_TEST_CASE("Noise of other columns than the data have is refused", "[adapt]") {
  Batch batch = zeros({2});
  CATCH_CHECK_THROWS_AS(add_noise(batch, {0.5, 0.1, 1, {{2}}}, 1, 0), ShapeError);
  CATCH_CHECK_THROWS_AS(add_noise(batch, {0.5, 0.1, 1, {{0}, {0}}}, 1, 0), ShapeError);
  const Spec columns = Spec::List{{"", Spec::List{{"columns", Spec::Numbers{1, 2}}}}};
  const auto spec = [&](double probability) {
    return Spec::List{{"probability", probability}, {"spike", 0.01}, {"slab", 0.25}, {"columns", columns}};
  };
  CATCH_CHECK(DataNoise::from_spec(spec(0.5)).columns == std::vector<std::vector<std::int64_t>>{{0, 1}});
  CATCH_CHECK_THROWS_AS(DataNoise::from_spec(spec(1.5)), ConfigError);
}

}  // namespace amortflow
