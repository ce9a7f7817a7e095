#include <cmath>
#include <cstdint>
#include <utility>

#include "base/errors.h"
#include "base/parameter_store.h"
#include "support/catch.h"

using amortflow::AlignedBuffer;
using amortflow::Initializer;
using amortflow::ParameterLayout;
using amortflow::ParameterStore;
using Kind = amortflow::Initializer::Kind;

namespace {

// False-alarm rate of each statistical check below: two-sided, 5 standard errors, 6e-7. Seeds are fixed.
constexpr double kErrors = 5;

struct Moments {
  double mean = 0;
  double square = 0;
  double fourth = 0;
};

Moments moments(const ParameterStore& store, std::int64_t e) {
  const auto& entry = store.layout()[e];
  Moments m;
  for (std::int64_t i = 0; i < entry.rows; ++i) {
    for (std::int64_t j = 0; j < entry.cols; ++j) {
      const double x = store.at(e)[i * entry.stride + j];
      m.mean += x;
      m.square += x * x;
      m.fourth += x * x * x * x;
    }
  }
  const auto n = static_cast<double>(entry.rows * entry.cols);
  return {m.mean / n, m.square / n, m.fourth / n};
}

ParameterStore started(std::int64_t rows, std::int64_t cols, Kind kind, double scale, std::uint64_t seed) {
  ParameterLayout layout;
  layout.add("w", rows, cols, {kind, scale}, true);
  ParameterStore store(layout);
  store.initialize(seed);
  return store;
}

/// Largest deviation of the Gram matrix of the shorter side from gain^2 times the identity.
double gram_error(const ParameterStore& store, double gain) {
  const auto& entry = store.layout()[0];
  const bool tall = entry.rows > entry.cols;
  const auto count = tall ? entry.cols : entry.rows;
  const auto length = tall ? entry.rows : entry.cols;
  const auto element = [&](std::int64_t v, std::int64_t i) -> double {
    return store.at(0)[tall ? i * entry.stride + v : v * entry.stride + i];
  };
  double worst = 0;
  for (std::int64_t a = 0; a < count; ++a) {
    for (std::int64_t b = 0; b <= a; ++b) {
      double sum = 0;
      for (std::int64_t i = 0; i < length; ++i) sum += element(a, i) * element(b, i);
      worst = std::max(worst, std::abs(sum - (a == b ? gain * gain : 0)));
    }
  }
  return worst;
}

}  // namespace

CATCH_TEST_CASE("entries start on 64 bytes and rows are padded to 16 floats") {
  ParameterLayout layout;
  CATCH_CHECK(layout.add("a", 3, 5, {}, true) == 0);
  CATCH_CHECK(layout.add("b", 1, 17, {}, false) == 1);
  CATCH_CHECK(layout.add("c", 2, 16, {}, false) == 2);
  CATCH_CHECK(layout[0].stride == 16);
  CATCH_CHECK(layout[1].stride == 32);
  CATCH_CHECK(layout[2].stride == 16);
  CATCH_CHECK(layout[1].offset == 48);
  CATCH_CHECK(layout[2].offset == 80);
  CATCH_CHECK(layout.floats() == 112);
  CATCH_CHECK(layout.parameters() == 15 + 17 + 32);
  CATCH_CHECK(layout[0].decays);
  ParameterStore store(layout);
  for (std::int64_t e = 0; e < 3; ++e) CATCH_CHECK(reinterpret_cast<std::uintptr_t>(store.at(e)) % 64 == 0);
}

CATCH_TEST_CASE("impossible or repeated entries are refused") {
  ParameterLayout layout;
  layout.add("a", 1, 1, {}, false);
  CATCH_CHECK_THROWS_AS(layout.add("a", 2, 2, {}, false), amortflow::ConfigError);
  CATCH_CHECK_THROWS_AS(layout.add("b", 0, 2, {}, false), amortflow::ShapeError);
  CATCH_CHECK_THROWS_AS(layout.add("b", 2, -1, {}, false), amortflow::ShapeError);
  CATCH_CHECK_THROWS_AS(layout.add("b", std::int64_t{1} << 31, std::int64_t{1} << 31, {}, false),
                        amortflow::ShapeError);
  CATCH_CHECK(layout.entries().size() == 1);
}

CATCH_TEST_CASE("padding stays zero") {
  auto store = started(7, 21, Kind::kNormal, 1, 3);
  store.initialize(4);
  const auto& entry = store.layout()[0];
  for (std::int64_t i = 0; i < entry.rows; ++i) {
    for (std::int64_t j = entry.cols; j < entry.stride; ++j) CATCH_CHECK(store.at(0)[i * entry.stride + j] == 0);
  }
}

CATCH_TEST_CASE("the start depends on seed and entry alone") {
  ParameterLayout layout;
  layout.add("a", 4, 4, {Kind::kNormal, 1}, true);
  layout.add("b", 4, 4, {Kind::kNormal, 1}, true);
  ParameterStore both(layout);
  both.initialize(11);
  const auto one = started(4, 4, Kind::kNormal, 1, 11);
  const auto other = started(4, 4, Kind::kNormal, 1, 12);
  CATCH_CHECK(both.at(0)[2] == one.at(0)[2]);
  CATCH_CHECK(both.at(0)[2] != both.at(1)[2]);
  CATCH_CHECK(both.at(0)[2] != other.at(0)[2]);
}

CATCH_TEST_CASE("constants, normals and uniforms have the stated size") {
  constexpr double n = 200.0 * 100.0;
  CATCH_CHECK(moments(started(200, 100, Kind::kConstant, 0.5, 1), 0).mean == 0.5);
  const auto normal = moments(started(200, 100, Kind::kNormal, 0.3, 1), 0);
  CATCH_CHECK(std::abs(normal.mean) < kErrors * 0.3 / std::sqrt(n));
  CATCH_CHECK(std::abs(normal.square / 0.09 - 1) < kErrors * std::sqrt(2 / n));
  CATCH_CHECK(std::abs(normal.fourth / (0.09 * 0.09) - 3) < kErrors * std::sqrt(96 / n));
  const auto uniform = moments(started(200, 100, Kind::kUniform, 0.3, 1), 0);
  CATCH_CHECK(std::abs(uniform.mean) < kErrors * 0.3 / std::sqrt(3 * n));
  CATCH_CHECK(std::abs(uniform.square / 0.09 - 1.0 / 3) < kErrors * std::sqrt(4.0 / 45 / n));
}

CATCH_TEST_CASE("orthogonal starts are orthogonal on the shorter side") {
  const std::pair<int, int> shapes[] = {{1, 1}, {2, 2}, {1, 9}, {9, 1}, {64, 64}, {33, 70}, {70, 33}};
  for (const auto& shape : shapes) {
    const auto store = started(shape.first, shape.second, Kind::kOrthogonal, 1.5, 5);
    CATCH_CHECK(gram_error(store, 1.5) < 1e-6);
  }
}

CATCH_TEST_CASE("orthogonal starts have elements of mean square 1 / n and random sign") {
  // 2000 matrices of 3 x 3: squares of one element of a Haar matrix have mean 1/3 and variance 4/45.
  double square = 0;
  double sign = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const double x = started(3, 3, Kind::kOrthogonal, 1, seed).at(0)[0];
    square += x * x;
    sign += x > 0 ? 1 : -1;
  }
  CATCH_CHECK(std::abs(square / 2000 - 1.0 / 3) < kErrors * std::sqrt(4.0 / 45 / 2000));
  CATCH_CHECK(std::abs(sign) < kErrors * std::sqrt(2000.0));
}

CATCH_TEST_CASE("buffers are zero, aligned, copied and moved") {
  AlignedBuffer a(100);
  CATCH_CHECK(reinterpret_cast<std::uintptr_t>(a.data()) % 64 == 0);
  for (int i = 0; i < 100; ++i) CATCH_REQUIRE(a.data()[i] == 0);
  a.data()[99] = 3;
  AlignedBuffer b(a);
  AlignedBuffer c;
  c = a;
  a.zero();
  CATCH_CHECK(a.data()[99] == 0);
  CATCH_CHECK(b.data()[99] == 3);
  CATCH_CHECK(c.data()[99] == 3);
  AlignedBuffer d(std::move(b));
  CATCH_CHECK(d.data()[99] == 3);
  CATCH_CHECK(b.size() == 0);
  c = std::move(d);
  CATCH_CHECK(c.size() == 100);
  CATCH_CHECK(AlignedBuffer(0).size() == 0);
  CATCH_CHECK_THROWS_AS(AlignedBuffer(-1), amortflow::ShapeError);
}
