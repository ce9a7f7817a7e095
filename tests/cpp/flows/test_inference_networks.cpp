#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "base/errors.h"
#include "base/torch_compat.h"
#include "flows/inference_network.h"
#include "flows/inference_network_cases.h"
#include "flows/inference_state.h"
#include "nets/weight_mirrors.h"
#include "support/catch.h"
#include "support/networks.h"
#include "support/panels.h"
#include "support/walk.h"

// What every inference network must show, for each of inference_cases().

using namespace amortflow;
using amortflow::test::inference_cases;
using amortflow::test::InferenceCase;
using amortflow::test::normal_tensor;
using amortflow::test::perturb;
using amortflow::test::relative_difference;

namespace {

struct Shape {
  std::int64_t dimension;
  std::int64_t condition_width;
};

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> all{{1, 3}, {2, 1}, {3, 10}, {6, 10}, {17, 4}};
  return all;
}

/// A network whose parameters are off their start.
struct Fixture {
  Fixture(const InferenceCase& tried, Shape shape)
      : network(make_inference_network(tried.spec, shape.dimension, shape.condition_width, 7)), store(layout()) {
    store.initialize(2);
    perturb(store, 4, tried.perturbation);
    refresh_mirrors(store);
  }
  ParameterLayout layout() {
    ParameterLayout declared;
    network->declare(declared, "inference");
    return declared;
  }
  std::unique_ptr<InferenceNetwork> network;
  ParameterStore store;
};

Matrix<float> loss_noise(const InferenceNetwork& network, std::int64_t rows) {
  Matrix<float> noise(rows, network.loss_noise_width());
  for (std::int64_t i = 0; i < rows && noise.cols > 0; ++i) {
    rng random = stream(11, Purpose::kLossNoise, static_cast<std::uint64_t>(i));
    network.fill_loss_noise(random, noise.row(i));
  }
  return noise;
}

Matrix<float> draw_noise(const Fixture& fixture, std::int64_t rows) {
  Matrix<float> noise(rows, fixture.network->draw_noise_width());
  for (std::int64_t i = 0; i < rows; ++i) {
    rng random = stream(12, Purpose::kPosteriorDraw, static_cast<std::uint64_t>(i));
    fixture.network->fill_draw_noise(fixture.store, random, noise.row(i));
  }
  return noise;
}

Matrix<float> normal_rows(std::int64_t rows, std::int64_t cols, std::uint64_t seed, double scale = 1) {
  Matrix<float> matrix(rows, cols);
  rng random = stream(seed, Purpose::kCheck, 1);
  for (float& x : matrix.values) x = static_cast<float>(scale * random.normal());
  return matrix;
}

at::Tensor tensor_of(const Matrix<float>& matrix) {
  if (matrix.cols == 0) return {};
  return at::tensor(at::ArrayRef<float>(matrix.values)).view({matrix.rows, matrix.cols});
}

Matrix<float> matrix_of(const Panel& panel) {
  Matrix<float> matrix(panel.rows, panel.cols);
  for (std::int64_t i = 0; i < panel.rows; ++i) {
    std::copy_n(panel.values + i * panel.stride, panel.cols, matrix.row(i));
  }
  return matrix;
}

Pass sampling_pass(const Fixture& fixture, const Matrix<float>& condition, Scratch& scratch) {
  Pass pass;
  pass.parameters = &fixture.store;
  pass.condition = panel_of(condition, 0, scratch);
  return pass;
}

Matrix<float> draws(const Fixture& fixture, const Matrix<float>& noise, const Matrix<float>& condition) {
  Scratch given;
  Scratch scratch;
  const Pass pass = sampling_pass(fixture, condition, given);
  return matrix_of(fixture.network->draw(pass, panel_of(noise, 1, given), scratch));
}

std::vector<double> log_density(const Fixture& fixture, const Matrix<float>& x, const Matrix<float>& condition) {
  Scratch given;
  Scratch scratch;
  const Pass pass = sampling_pass(fixture, condition, given);
  const Matrix<float> negative = matrix_of(fixture.network->negative_log_density(pass, panel_of(x, 1, given), scratch));
  std::vector<double> result(negative.values.begin(), negative.values.end());
  for (double& value : result) value = -value;
  return result;
}

/// `count` times the same condition.
Matrix<float> repeated(const Matrix<float>& row, std::int64_t count) {
  Matrix<float> rows(count, row.cols);
  for (std::int64_t i = 0; i < count; ++i) std::copy_n(row.row(0), row.cols, rows.row(i));
  return rows;
}

Matrix<float> one_row(const Matrix<float>& rows, std::int64_t i) {
  Matrix<float> row(1, rows.cols);
  std::copy_n(rows.row(i), rows.cols, row.row(0));
  return row;
}

Matrix<float> line(double from, double to, std::int64_t points) {
  Matrix<float> x(points, 1);
  const double step = (to - from) / static_cast<double>(points);
  for (std::int64_t i = 0; i < points; ++i) x(i, 0) = static_cast<float>(from + step * (static_cast<double>(i) + 0.5));
  return x;
}

double loss_in_double(const Fixture& fixture, const ParameterViews& views, const Matrix<float>& x) {
  const at::NoGradGuard no_gradient;
  const at::Tensor noise = tensor_of(loss_noise(*fixture.network, x.rows));
  const LayerState start = inference_state(tensor_of(x).to(at::kDouble), normal_tensor(x.rows, 3, 22).to(at::kDouble),
                                           noise.defined() ? noise.to(at::kDouble) : noise);
  return fixture.network->loss().reference(start, views).values.sum().item<double>();
}

}  // namespace

CATCH_TEST_CASE("the fast form of every inference network's loss agrees with reference() in value and every gradient") {
  for (const auto& tried : inference_cases()) {
    for (const Shape shape : shapes()) {
      for (const std::int64_t rows : {1, 5, 64}) {
        CATCH_INFO(tried.name << ", " << shape.dimension << " parameters, " << shape.condition_width << " conditions, "
                              << rows << " rows");
        Fixture fixture(tried, shape);
        const Network& loss = fixture.network->loss();
        AlignedBuffer fast_gradient(fixture.store.layout().floats());
        AlignedBuffer slow_gradient(fixture.store.layout().floats());
        const ParameterViews fast(fixture.store, fast_gradient);
        const ParameterViews slow(fixture.store, slow_gradient);
        const at::Tensor x = normal_tensor(rows, shape.dimension, 21);
        const at::Tensor c_fast = normal_tensor(rows, shape.condition_width, 22).requires_grad_(true);
        const at::Tensor c_slow = normal_tensor(rows, shape.condition_width, 22).requires_grad_(true);
        const at::Tensor noise = tensor_of(loss_noise(*fixture.network, rows));
        NetworkWorkspace workspace(fixture.store, &fast_gradient);
        const at::Tensor walked = walk(loss, inference_state(x, c_fast, noise), fast, workspace).values;
        const at::Tensor defined = loss.reference(inference_state(x, c_slow, noise), slow).values;
        CATCH_REQUIRE(walked.size(0) == rows);
        CATCH_REQUIRE(walked.size(1) == 1);
        const torch_compat::SilentWarnings silent;
        walked.sum().backward();
        defined.sum().backward();
        CATCH_CHECK(relative_difference(walked.detach(), defined.detach()) < 1e-5);
        CATCH_CHECK(relative_difference(c_fast.grad(), c_slow.grad()) < tried.gradient_tolerance);
        for (std::int64_t i = 0; i < slow.size(); ++i) {
          CATCH_INFO(fixture.store.layout()[i].name);
          CATCH_CHECK(relative_difference(fast[i].grad(), slow[i].grad()) < tried.gradient_tolerance);
          CATCH_CHECK(slow[i].grad().abs().max().item<double>() > 0);
        }
      }
    }
  }
}

CATCH_TEST_CASE("reference gradients of every inference network are those of finite differences in double") {
  for (const auto& tried : inference_cases()) {
    if (tried.stops_gradient) continue;
    CATCH_INFO(tried.name);
    Fixture fixture(tried, {3, 3});
    const Matrix<float> x = normal_rows(5, 3, 23);
    ParameterViews views = ParameterViews(fixture.store).in_double();
    double analytic = 0;
    std::vector<at::Tensor> direction;
    std::vector<at::Tensor> centre;
    for (std::int64_t i = 0; i < views.size(); ++i) {
      direction.push_back(normal_tensor(1, views[i].numel(), 100 + static_cast<std::uint64_t>(i))
                              .to(at::kDouble)
                              .view(views[i].sizes()));
      centre.push_back(views[i].detach().clone());
    }
    const at::Tensor noise = tensor_of(loss_noise(*fixture.network, 5));
    const LayerState start = inference_state(tensor_of(x).to(at::kDouble), normal_tensor(5, 3, 22).to(at::kDouble),
                                             noise.defined() ? noise.to(at::kDouble) : noise);
    const torch_compat::SilentWarnings silent;
    fixture.network->loss().reference(start, views).values.sum().backward();
    const at::NoGradGuard no_gradient;
    const auto at_distance = [&](double h) {
      for (std::int64_t i = 0; i < views.size(); ++i) {
        views[i].copy_(centre[static_cast<std::size_t>(i)] + h * direction[static_cast<std::size_t>(i)]);
      }
      return loss_in_double(fixture, views, x);
    };
    for (std::int64_t i = 0; i < views.size(); ++i) {
      if (views[i].grad().defined()) {
        analytic += (views[i].grad() * direction[static_cast<std::size_t>(i)]).sum().item<double>();
      }
    }
    const double h = 1e-6;
    const double numeric = (at_distance(h) - at_distance(-h)) / (2 * h);
    CATCH_CHECK(std::abs(numeric - analytic) < 1e-5 * (std::abs(analytic) + 1));
  }
}

CATCH_TEST_CASE("draws and densities of a row do not depend on the others, bit by bit") {
  for (const auto& tried : inference_cases()) {
    for (const Shape shape : shapes()) {
      CATCH_INFO(tried.name << ", " << shape.dimension << " parameters");
      const Fixture fixture(tried, shape);
      const Matrix<float> condition = normal_rows(9, shape.condition_width, 32);
      const Matrix<float> noise = draw_noise(fixture, 9);
      const Matrix<float> together = draws(fixture, noise, condition);
      const Matrix<float> x = normal_rows(9, shape.dimension, 33);
      const bool has_density = fixture.network->has_density();
      const std::vector<double> density = has_density ? log_density(fixture, x, condition) : std::vector<double>(9);
      for (const std::int64_t i : {0, 4, 8}) {
        const Matrix<float> alone = draws(fixture, one_row(noise, i), one_row(condition, i));
        CATCH_CHECK(alone.values == one_row(together, i).values);
        if (!has_density) continue;
        CATCH_CHECK(log_density(fixture, one_row(x, i), one_row(condition, i))[0] ==
                    density[static_cast<std::size_t>(i)]);
      }
    }
  }
}

CATCH_TEST_CASE("densities integrate to one on a line and on a grid") {
  for (const auto& tried : inference_cases()) {
    CATCH_INFO(tried.name);
    const Fixture one(tried, {1, 2});
    if (!one.network->has_density()) continue;
    double sum = 0;
    const Matrix<float> points = line(-40, 40, 8000);
    for (const double value : log_density(one, points, repeated(normal_rows(1, 2, 34), 8000))) sum += std::exp(value);
    CATCH_CHECK(std::abs(sum * 0.01 - 1) < 1e-3);

    const Fixture two(tried, {2, 2});
    const Matrix<float> axis = line(-30, 30, tried.cells);
    Matrix<float> grid(tried.cells * tried.cells, 2);
    for (std::int64_t i = 0; i < grid.rows; ++i) {
      grid(i, 0) = axis(i / tried.cells, 0);
      grid(i, 1) = axis(i % tried.cells, 0);
    }
    sum = 0;
    for (const double value : log_density(two, grid, repeated(normal_rows(1, 2, 34), grid.rows))) {
      sum += std::exp(value);
    }
    const double area = std::pow(60 / static_cast<double>(tried.cells), 2);
    CATCH_CHECK(std::abs(sum * area - 1) < 5e-3);
  }
}

// Kolmogorov's distance of 4,000 draws is beyond 2.7 / sqrt(n) with probability 2 exp(-2 2.7^2) < 1e-6.
CATCH_TEST_CASE("draws have the distribution that the density says") {
  constexpr std::int64_t kDraws = 4000;
  constexpr std::int64_t kPoints = 8000;
  for (const auto& tried : inference_cases()) {
    CATCH_INFO(tried.name);
    const Fixture fixture(tried, {1, 2});
    if (!fixture.network->has_density()) continue;
    const Matrix<float> condition = normal_rows(1, 2, 35);
    Matrix<float> x = draws(fixture, draw_noise(fixture, kDraws), repeated(condition, kDraws));
    std::sort(x.values.begin(), x.values.end());
    const Matrix<float> points = line(-40, 40, kPoints);
    const std::vector<double> density = log_density(fixture, points, repeated(condition, kPoints));
    double distribution = 0;
    double distance = 0;
    for (std::int64_t i = 0; i < kPoints; ++i) {
      distribution += std::exp(density[static_cast<std::size_t>(i)]) * 80 / kPoints;
      const double end = static_cast<double>(points(i, 0)) + 40.0 / kPoints;
      const auto below = std::upper_bound(x.values.begin(), x.values.end(), static_cast<float>(end));
      distance = std::max(distance, std::abs(distribution - static_cast<double>(below - x.values.begin()) / kDraws));
    }
    CATCH_CHECK(distance < 2.7 / std::sqrt(static_cast<double>(kDraws)) + 2e-3);
  }
}

CATCH_TEST_CASE("losses, densities and draws stay finite on extreme input") {
  for (const auto& tried : inference_cases()) {
    for (const double scale : {0.0, 1e6}) {
      CATCH_INFO(tried.name << ", scale " << scale);
      Fixture fixture(tried, {4, 3});
      const Matrix<float> condition = normal_rows(6, 3, 52, scale);
      const Matrix<float> x = normal_rows(6, 4, 51, scale);
      const at::NoGradGuard no_gradient;
      const at::Tensor loss = fixture.network->loss()
                                  .reference(inference_state(tensor_of(x), tensor_of(condition),
                                                             tensor_of(loss_noise(*fixture.network, 6))),
                                             ParameterViews(fixture.store))
                                  .values;
      CATCH_CHECK(at::isfinite(loss).all().item<bool>());
      const auto finite = [](auto value) { return std::isfinite(value); };
      const Matrix<float> drawn = draws(fixture, draw_noise(fixture, 6), condition);
      CATCH_CHECK(std::all_of(drawn.values.begin(), drawn.values.end(), finite));
      if (!fixture.network->has_density()) continue;
      const std::vector<double> density = log_density(fixture, x, condition);
      CATCH_CHECK(std::all_of(density.begin(), density.end(), finite));
    }
  }
}

CATCH_TEST_CASE("specs of inference networks reject what they do not know") {
  for (const auto& tried : inference_cases()) {
    CATCH_INFO(tried.name);
    Spec spec = tried.spec;
    spec.set("deph", 3);
    CATCH_CHECK_THROWS_AS(make_inference_network(spec, 2, 2, 1), ConfigError);
  }
  CATCH_CHECK_THROWS_AS(make_inference_network(Spec(Spec::List{{"kind", "coupling"}}), 2, 2, 1), ConfigError);
  CATCH_CHECK_THROWS_AS(make_inference_network(Spec(Spec::List{}), 2, 2, 1), ConfigError);
}
