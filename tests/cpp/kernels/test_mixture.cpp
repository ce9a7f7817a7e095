#include <algorithm>
#include <vector>

#include "kernels/float_rows.h"

using namespace amortflow;
using namespace amortflow::kernel_tests;

namespace {

constexpr double kClamp = 10;
constexpr double kHalfLogTwoPi = 0.91893853320467274178;

struct Shape {
  std::int64_t rows;
  std::int64_t dimension;
  std::int64_t components;
};
const Shape kShapes[] = {{1, 1, 1}, {5, 1, 8}, {4, 2, 3}, {3, 3, 16}, {2, 5, 21}, {7, 4, 10}};

double soft(double raw) { return 2 * kClamp / std::acos(-1.0) * std::atan(raw / kClamp); }

/// One mixture with tight rows that have neighbours, and its formula in double.
struct Mixture {
  explicit Mixture(const Shape& shape)
      : d(shape.dimension),
        components(shape.components),
        raw(FloatRows::tight(shape.rows, components * (1 + 2 * d + d * (d - 1) / 2), 2).fill(1)),
        x(FloatRows::tight(shape.rows, d, 3).fill(2)),
        weight(FloatRows::tight(shape.rows, components, 1)),
        share(FloatRows::tight(shape.rows, components)),
        out(FloatRows::tight(shape.rows, 1, 4)) {}

  void forward(const Kernels& k) {
    k.mixture_forward(static_cast<float>(kClamp), raw.view(), x.view(), weight.view(), share.view(), out.view());
  }

  /// One row of `raw` and `x`, in double.
  struct Row {
    std::vector<double> raw;
    std::vector<double> x;
  };
  [[nodiscard]] Row row(std::int64_t i) const {
    Row row;
    for (std::int64_t c = 0; c < raw.cols(); ++c) row.raw.push_back(raw(i, c));
    for (std::int64_t c = 0; c < d; ++c) row.x.push_back(x(i, c));
    return row;
  }
  [[nodiscard]] double number(const Row& row, std::int64_t quantity, std::int64_t k) const {
    return row.raw[static_cast<std::size_t>(quantity * components + k)];
  }
  [[nodiscard]] double slope(const Row& row, std::int64_t i, std::int64_t j, std::int64_t k) const {
    return number(row, 1 + 2 * d + i * (i - 1) / 2 + j, k);
  }
  [[nodiscard]] double log_density(const Row& row, std::int64_t k) const {
    double sum = -static_cast<double>(d) * kHalfLogTwoPi;
    for (std::int64_t i = 0; i < d; ++i) {
      const auto residual = [&](std::int64_t j) { return row.x[static_cast<std::size_t>(j)] - number(row, 1 + j, k); };
      double unscaled = residual(i);
      for (std::int64_t j = 0; j < i; ++j) unscaled -= slope(row, i, j, k) * residual(j);
      const double log_scale = soft(number(row, 1 + d + i, k));
      sum += log_scale - 0.5 * std::exp(2 * log_scale) * unscaled * unscaled;
    }
    return sum;
  }
  [[nodiscard]] std::vector<double> weights(const Row& row) const {
    double sum = 0;
    for (std::int64_t k = 0; k < components; ++k) sum += std::exp(number(row, 0, k));
    std::vector<double> all;
    for (std::int64_t k = 0; k < components; ++k) all.push_back(std::exp(number(row, 0, k)) / sum);
    return all;
  }
  [[nodiscard]] double negative_log_density(const Row& row) const {
    double sum = 0;
    const auto w = weights(row);
    for (std::int64_t k = 0; k < components; ++k) {
      sum += w[static_cast<std::size_t>(k)] * std::exp(log_density(row, k));
    }
    return -std::log(sum);
  }

  std::int64_t d;
  std::int64_t components;
  FloatRows raw, x, weight, share, out;
};

}  // namespace

CATCH_TEST_CASE("the mixture's density and the components' probabilities equal their formulas") {
  on_each_instruction_set([](const Kernels& k) {
    for (const Shape& shape : kShapes) {
      CATCH_INFO(shape.rows << " rows, " << shape.dimension << " variables, " << shape.components << " components");
      Mixture m(shape);
      m.forward(k);
      CATCH_CHECK(relative_error(m.out, [&](auto i, auto) { return m.negative_log_density(m.row(i)); }) < kTolerance);
      CATCH_CHECK(relative_error(m.weight, [&](auto i, auto c) {
                    return m.weights(m.row(i))[static_cast<std::size_t>(c)];
                  }) < 1e-6);
      CATCH_CHECK(relative_error(m.share, [&](auto i, auto c) {
                    const auto row = m.row(i);
                    return m.weights(row)[static_cast<std::size_t>(c)] *
                           std::exp(m.log_density(row, c) + m.negative_log_density(row));
                  }) < kTolerance);
      CATCH_CHECK((m.out.intact() && m.weight.intact() && m.share.intact()));
    }
  });
}

CATCH_TEST_CASE("gradients of the mixture equal finite differences") {
  on_each_instruction_set([](const Kernels& k) {
    for (const Shape& shape : kShapes) {
      CATCH_INFO(shape.rows << " rows, " << shape.dimension << " variables, " << shape.components << " components");
      Mixture m(shape);
      m.forward(k);
      const auto g = FloatRows::tight(shape.rows, 1, 2).fill(5);
      auto by_raw = FloatRows::tight(shape.rows, m.raw.cols(), 1);
      auto by_x = FloatRows::tight(shape.rows, m.d, 2);
      k.mixture_backward(static_cast<float>(kClamp), m.raw.view(), m.x.view(), m.weight.view(), m.share.view(),
                         g.view(), by_raw.view(), by_x.view());
      CATCH_CHECK(relative_error(by_raw, [&](auto i, auto j) {
                    auto row = m.row(i);
                    return g(i, 0) * slope_of(
                                         [&](double raw) {
                                           row.raw[static_cast<std::size_t>(j)] = raw;
                                           return m.negative_log_density(row);
                                         },
                                         m.raw(i, j));
                  }) < kTolerance);
      CATCH_CHECK(relative_error(by_x, [&](auto i, auto j) {
                    auto row = m.row(i);
                    return g(i, 0) * slope_of(
                                         [&](double x) {
                                           row.x[static_cast<std::size_t>(j)] = x;
                                           return m.negative_log_density(row);
                                         },
                                         m.x(i, j));
                  }) < kTolerance);
      CATCH_CHECK((by_raw.intact() && by_x.intact()));
      auto alone = FloatRows::tight(shape.rows, m.raw.cols(), 1);
      k.mixture_backward(static_cast<float>(kClamp), m.raw.view(), m.x.view(), m.weight.view(), m.share.view(),
                         g.view(), alone.view(), Rows{});
      CATCH_CHECK(alone == by_raw);
    }
  });
}

CATCH_TEST_CASE("draws of the mixture whiten to their noise within the component that the uniform number chooses") {
  on_each_instruction_set([](const Kernels& k) {
    for (const Shape& shape : kShapes) {
      CATCH_INFO(shape.rows << " rows, " << shape.dimension << " variables, " << shape.components << " components");
      Mixture m(shape);
      auto noise = FloatRows::tight(shape.rows, m.d + 1).fill(7);
      for (std::int64_t i = 0; i < shape.rows; ++i) {
        noise.at(i, m.d) = (static_cast<float>(i) + 0.5F) / static_cast<float>(shape.rows);
      }
      k.mixture_draw(static_cast<float>(kClamp), m.components, m.raw.view(), noise.view(), m.x.view());
      for (std::int64_t i = 0; i < shape.rows; ++i) {
        const auto row = m.row(i);
        std::int64_t chosen = 0;
        double below = m.weights(row).front();
        while (below <= noise(i, m.d)) below += m.weights(row)[static_cast<std::size_t>(++chosen)];
        for (std::int64_t v = 0; v < m.d; ++v) {
          double mean = m.number(row, 1 + v, chosen);
          for (std::int64_t j = 0; j < v; ++j) {
            mean += m.slope(row, v, j, chosen) * (row.x[static_cast<std::size_t>(j)] - m.number(row, 1 + j, chosen));
          }
          const double z =
              (row.x[static_cast<std::size_t>(v)] - mean) * std::exp(soft(m.number(row, 1 + m.d + v, chosen)));
          CATCH_CHECK(std::abs(z - noise(i, v)) < 2e-5 * (1 + std::abs(mean)));
        }
      }
      CATCH_CHECK(m.x.intact());
    }
  });
}

CATCH_TEST_CASE("mixtures stay finite far out, and draw no component without weight") {
  on_each_instruction_set([](const Kernels& k) {
    Mixture m({3, 3, 5});
    for (std::int64_t i = 0; i < 3; ++i) {
      for (std::int64_t j = 0; j < 3; ++j) m.x.at(i, j) = i == 0 ? 0 : (i == 1 ? -1e6F : 1e12F);
      for (std::int64_t c = 0; c < m.raw.cols(); ++c) m.raw.at(i, c) *= i == 0 ? 1e-30F : 1e6F;
      m.raw.at(i, 4) = -1e6F;  // the last component's logit
      m.raw.at(i, 0) = 0;
    }
    m.forward(k);
    for (std::int64_t i = 0; i < 3; ++i) CATCH_CHECK(std::isfinite(m.out(i, 0)));
    auto noise = FloatRows::tight(3, 4).fill(1);
    for (std::int64_t i = 0; i < 3; ++i) {
      noise.at(i, 3) = 1;         // as a uniform number just below may be rounded
      m.raw.at(i, 5 + 4) = 1e8F;  // its mean
      for (std::int64_t c = 1; c < 4; ++c) m.raw.at(i, c) = -1e6F;
      m.raw.at(i, 5) = 1;
      m.raw.at(i, 20) = 0;
    }
    k.mixture_draw(static_cast<float>(kClamp), 5, m.raw.view(), noise.view(), m.x.view());
    for (std::int64_t i = 0; i < 3; ++i) CATCH_CHECK(std::abs(m.x(i, 0) - 1 - noise(i, 0)) < 1e-4);
  });
}
