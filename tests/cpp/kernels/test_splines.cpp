#include <algorithm>
#include <vector>

#include "kernels/float_rows.h"

using namespace amortflow;
using namespace amortflow::kernel_tests;

namespace {

struct Case {
  std::int64_t rows;
  std::int64_t cols;
  std::int64_t bins;
};
const Case kCases[] = {{1, 1, 2}, {4, 3, 5}, {9, 4, 8}, {3, 16, 10}, {37, 2, 16}, {64, 3, 16}, {2, 7, 64}};

SplineShape shape_of(std::int64_t bins) {
  const float least = 0.2F / static_cast<float>(bins);
  const double least_slope = 1e-3;
  return {bins,
          4,
          least,
          0.5F * least,
          static_cast<float>(least_slope),
          static_cast<float>(std::log(std::exp(1 - least_slope) - 1))};
}

double logistic_sum(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

/// One spline in plain doubles, by equations 4 and 5 of Durkan et al. (2019).
class Spline {
 public:
  template <class Raw>
  Spline(const SplineShape& shape, Raw raw) : x_(knots(shape, raw, 0, shape.least_width)) {
    y_ = knots(shape, raw, shape.bins, shape.least_height);
    slopes_.push_back(1);
    for (std::int64_t k = 1; k < shape.bins; ++k) {
      slopes_.push_back(static_cast<double>(shape.least_slope) +
                        logistic_sum(raw(2 * shape.bins + k - 1) + static_cast<double>(shape.slope_offset)));
    }
    slopes_.push_back(1);
  }

  [[nodiscard]] double value(double x) const {
    if (std::abs(x) >= x_.back()) return x;
    const Place p = place(x);
    return p.y + p.height * (p.s * p.xi * p.xi + p.d0 * p.xi * (1 - p.xi)) / p.bottom;
  }
  [[nodiscard]] double log_slope(double x) const {
    if (std::abs(x) >= x_.back()) return 0;
    const Place p = place(x);
    const double top = p.d1 * p.xi * p.xi + 2 * p.s * p.xi * (1 - p.xi) + p.d0 * (1 - p.xi) * (1 - p.xi);
    return std::log(p.s * p.s * top / (p.bottom * p.bottom));
  }

 private:
  struct Place {
    double y, height, s, xi, d0, d1, bottom;
  };
  [[nodiscard]] Place place(double x) const {
    std::size_t k = 0;
    while (k + 2 < x_.size() && x >= x_[k + 1]) ++k;
    const double width = x_[k + 1] - x_[k];
    const double height = y_[k + 1] - y_[k];
    const double s = height / width;
    const double xi = (x - x_[k]) / width;
    return {
        y_[k], height, s, xi, slopes_[k], slopes_[k + 1], s + (slopes_[k + 1] + slopes_[k] - 2 * s) * xi * (1 - xi)};
  }
  template <class Raw>
  static std::vector<double> knots(const SplineShape& shape, Raw raw, std::int64_t first, float least) {
    const auto bins = static_cast<double>(shape.bins);
    const auto bound = static_cast<double>(shape.bound);
    double sum = 0;
    for (std::int64_t k = 0; k < shape.bins; ++k) sum += std::exp(raw(first + k));
    std::vector<double> all{-bound};
    for (std::int64_t k = 0; k < shape.bins; ++k) {
      const double share =
          static_cast<double>(least) + (1 - bins * static_cast<double>(least)) * std::exp(raw(first + k)) / sum;
      all.push_back(all.back() + 2 * bound * share);
    }
    return all;
  }

  std::vector<double> x_;
  std::vector<double> y_;
  std::vector<double> slopes_;
};

/// Splines of tight rows with neighbours; some places are beyond the box.
struct Splines {
  explicit Splines(const Case& c, double scale = 1.5)
      : shape(shape_of(c.bins)),
        raw(FloatRows::tight(c.rows, c.cols * (3 * c.bins - 1), 3).fill(1, scale)),
        in(FloatRows::tight(c.rows, c.cols, 1).fill(3, 2.5)),
        out(FloatRows::tight(c.rows, c.cols, 2)),
        log_det(static_cast<std::size_t>(c.rows), 0.5F) {}

  void forward(const Kernels& k) { k.spline_forward(shape, raw.view(), in.view(), out.view(), log_det.data()); }
  [[nodiscard]] Spline truth(std::int64_t i, std::int64_t j) const {
    return Spline(shape, [this, i, j](std::int64_t p) { return raw(i, j * (3 * shape.bins - 1) + p); });
  }

  SplineShape shape;
  FloatRows raw, in, out;
  std::vector<float> log_det;
};

/// Sum of g spline(in) + l log slope for one place, as a function of one raw number.
double loss_at(const Splines& s, std::int64_t i, std::int64_t j, std::int64_t p, double raw, double g, double l) {
  const Spline spline(s.shape, [&](std::int64_t q) { return q == p ? raw : s.raw(i, j * (3 * s.shape.bins - 1) + q); });
  return g * spline.value(s.in(i, j)) + l * spline.log_slope(s.in(i, j));
}

}  // namespace

CATCH_TEST_CASE("splines and the logs of their derivatives equal their formula") {
  on_each_instruction_set([](const Kernels& k) {
    for (const Case& c : kCases) {
      CATCH_INFO(c.rows << " x " << c.cols << ", " << c.bins << " bins");
      Splines s(c);
      s.forward(k);
      CATCH_CHECK(relative_error(s.out, [&](auto i, auto j) { return s.truth(i, j).value(s.in(i, j)); }) < 2e-6);
      for (std::int64_t i = 0; i < c.rows; ++i) {
        double truth = 0.5;
        for (std::int64_t j = 0; j < c.cols; ++j) truth += s.truth(i, j).log_slope(s.in(i, j));
        CATCH_CHECK(std::abs(static_cast<double>(s.log_det[static_cast<std::size_t>(i)]) - truth) <
                    2e-5 * static_cast<double>(c.cols));
      }
      CATCH_CHECK(s.out.intact());
    }
  });
}

CATCH_TEST_CASE("a spline whose raw numbers are zero is the identity") {
  on_each_instruction_set([](const Kernels& k) {
    for (const Case& c : kCases) {
      Splines s(c, 0);
      s.forward(k);
      CATCH_CHECK(relative_error(s.out, [&](auto i, auto j) { return s.in(i, j); }) < 1e-6);
      for (const float log_det : s.log_det) CATCH_CHECK(std::abs(log_det - 0.5F) < 1e-6F * static_cast<float>(c.cols));
    }
  });
}

CATCH_TEST_CASE("splines go back and forth") {
  on_each_instruction_set([](const Kernels& k) {
    for (const Case& c : kCases) {
      CATCH_INFO(c.rows << " x " << c.cols << ", " << c.bins << " bins");
      Splines s(c);
      s.forward(k);
      auto back = s.out;
      k.spline_inverse(s.shape, s.raw.view(), back.view(), back.view(), s.log_det.data());
      // Where a spline is flat, the rounding of what comes out of it moves the place that gives it: by up to 1 / slope.
      const double flattest = c.bins > 16 ? 10 : 1;
      CATCH_CHECK(relative_error(back, [&](auto i, auto j) { return s.in(i, j); }) < flattest * kTolerance);
      auto again = back;
      k.spline_forward(s.shape, s.raw.view(), again.view(), again.view(), nullptr);
      CATCH_CHECK(relative_error(again, [&](auto i, auto j) { return s.out(i, j); }) < kTolerance);
      CATCH_CHECK(back.intact());
      for (const float log_det : s.log_det) CATCH_CHECK(std::abs(log_det - 0.5F) < 1e-4F * static_cast<float>(c.cols));
    }
  });
}

CATCH_TEST_CASE("splines without a log determinant, in place, give the same") {
  on_each_instruction_set([](const Kernels& k) {
    Splines s({6, 5, 7});
    s.forward(k);
    auto in_place = s.in;
    k.spline_forward(s.shape, s.raw.view(), in_place.view(), in_place.view(), nullptr);
    CATCH_CHECK(relative_error(in_place, [&](auto i, auto j) { return s.out(i, j); }) == 0);
    CATCH_CHECK(in_place.intact());
  });
}

CATCH_TEST_CASE("gradients of splines equal finite differences") {
  on_each_instruction_set([](const Kernels& k) {
    for (const Case& c : kCases) {
      CATCH_INFO(c.rows << " x " << c.cols << ", " << c.bins << " bins");
      const Splines s(c);
      const auto g = FloatRows::tight(c.rows, c.cols, 4).fill(7);
      const auto l = FloatRows::tight(1, c.rows).fill(8);
      auto gradient = g;
      auto by_raw = FloatRows::tight(c.rows, c.cols * (3 * c.bins - 1), 5);
      k.spline_backward(s.shape, s.raw.view(), s.in.view(), l.view().data, gradient.view(), by_raw.view());
      CATCH_CHECK(relative_error(by_raw, [&](auto i, auto column) {
                    const auto j = column / (3 * c.bins - 1);
                    const auto p = column % (3 * c.bins - 1);
                    return slope_of([&](double raw) { return loss_at(s, i, j, p, raw, g(i, j), l(0, i)); },
                                    s.raw(i, column));
                  }) < 3e-5);
      CATCH_CHECK(relative_error(gradient, [&](auto i, auto j) {
                    const Spline spline = s.truth(i, j);
                    return slope_of([&](double x) { return g(i, j) * spline.value(x) + l(0, i) * spline.log_slope(x); },
                                    s.in(i, j));
                  }) < 3e-5);
      CATCH_CHECK((gradient.intact() && by_raw.intact()));
      auto without = g;
      auto in_place = s.raw;
      k.spline_backward(s.shape, s.raw.view(), s.in.view(), nullptr, without.view(), in_place.view());
      CATCH_CHECK(relative_error(without, [&](auto i, auto j) {
                    return g(i, j) * std::exp(s.truth(i, j).log_slope(s.in(i, j)));
                  }) < 3e-5);
      CATCH_CHECK(in_place.intact());
    }
  });
}

CATCH_TEST_CASE("splines stay finite, and rise, whatever their raw numbers and places are") {
  on_each_instruction_set([](const Kernels& k) {
    for (const double scale : {30.0, 1e6}) {
      Splines s({48, 3, 16}, scale);
      for (std::int64_t i = 0; i < 48; ++i) {
        s.in.at(i, 0) = static_cast<float>(i - 24) / 6;  // the knot at the end of the box, too
        s.in.at(i, 1) = i % 2 == 0 ? 1e6F : -1e6F;
      }
      s.forward(k);
      auto gradient = FloatRows::tight(48, 3).fill(7);
      auto by_raw = FloatRows::tight(48, 3 * 47);
      const auto l = FloatRows::tight(1, 48).fill(8);
      k.spline_backward(s.shape, s.raw.view(), s.in.view(), l.view().data, gradient.view(), by_raw.view());
      auto back = s.out;
      k.spline_inverse(s.shape, s.raw.view(), back.view(), back.view(), nullptr);
      const auto all_finite = [](const FloatRows& rows) {
        return std::isfinite(relative_error(rows, [](auto, auto) { return 0.0; }));
      };
      CATCH_CHECK((all_finite(s.out) && all_finite(gradient) && all_finite(by_raw) && all_finite(back)));
      for (const float log_det : s.log_det) CATCH_CHECK(std::isfinite(log_det));
      for (std::int64_t i = 0; i < 48; ++i) {
        CATCH_CHECK((std::abs(s.out(i, 0)) <= 4.00001 && s.out(i, 1) == s.in(i, 1)));
      }
    }
  });
}

CATCH_TEST_CASE("a row's spline does not depend on the rows beside it") {
  on_each_instruction_set([](const Kernels& k) {
    Splines s({21, 2, 9});
    s.forward(k);
    for (std::int64_t i = 0; i < 21; ++i) {
      float alone[2];
      float log_det = 0.5F;
      k.spline_forward(s.shape, {&s.raw.at(i, 0), 1, s.raw.cols(), s.raw.cols()}, {&s.in.at(i, 0), 1, 2, 2},
                       {alone, 1, 2, 2}, &log_det);
      CATCH_CHECK((alone[0] == s.out.at(i, 0) && alone[1] == s.out.at(i, 1)));
      CATCH_CHECK(log_det == s.log_det[static_cast<std::size_t>(i)]);
    }
  });
}
