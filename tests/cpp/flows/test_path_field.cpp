#include <cmath>
#include <limits>
#include <vector>

#include "base/errors.h"
#include "flows/consistency.h"
#include "flows/diffusion.h"
#include "flows/flow_matching.h"
#include "flows/noise_levels.h"
#include "nets/weight_mirrors.h"
#include "support/catch.h"
#include "support/perturb.h"

using namespace amortflow;

namespace {

/// A flow whose field is F(z, t) = W z + b at every time: the stack's first and last layer alone, blocks at zero.
struct LinearField {
  explicit LinearField(NoisePath path) : loss(path, options()), store(layout()) {
    loss_entries();
    refresh_mirrors(store);
  }
  static FieldNetworkOptions options() {
    FieldNetworkOptions small;
    small.dimension = 2;
    small.width = 2;
    small.blocks = 1;
    small.embedding = 3;
    return small;
  }
  ParameterLayout layout() {
    ParameterLayout declared;
    loss.declare(declared, "n");
    return declared;
  }
  /// The first layer passes z on, the last multiplies by W' and adds b.
  void loss_entries() {
    const auto& entries = store.layout().entries();
    for (std::size_t e = 0; e < entries.size(); ++e) {
      float* at = store.at(static_cast<std::int64_t>(e));
      const ParameterEntry& entry = entries[e];
      if (entry.name == "n.field.dense_1.weight") {
        std::fill_n(at, entry.rows * entry.stride, 0.0F);
        at[0] = 1;
        at[entry.stride + 1] = 1;
      }
      if (entry.name == "n.field.dense_3.weight") {
        at[0] = static_cast<float>(w[0][0]);
        at[1] = static_cast<float>(w[1][0]);
        at[entry.stride] = static_cast<float>(w[0][1]);
        at[entry.stride + 1] = static_cast<float>(w[1][1]);
      }
      if (entry.name == "n.field.dense_3.bias") {
        at[0] = 0.3F;
        at[1] = -0.2F;
      }
    }
  }
  const double w[2][2] = {{0.4, -0.7}, {0.2, -0.5}};
  FieldLoss loss;
  ParameterStore store;
};

Pass pass_of(const ParameterStore& store) {
  Pass pass;
  pass.parameters = &store;
  return pass;
}

double value(const Panel& panel, std::int64_t i, std::int64_t j) {
  return static_cast<double>(panel.values[i * panel.stride + j]);
}

/// -log density of points under the flow of dx/dt = W x + b from a standard normal at time 0 to time 1, by integrating
/// the linear equation backwards in many small steps in double.
double linear_truth(const LinearField& field, double x, double y) {
  constexpr int kSteps = 20000;
  double z[2] = {x, y};
  const double h = 1.0 / kSteps;
  const auto rate = [&](const double* at, int row) {
    return field.w[row][0] * at[0] + field.w[row][1] * at[1] + (row == 0 ? 0.3 : -0.2);
  };
  for (int k = 0; k < kSteps; ++k) {
    const double half[2] = {z[0] - 0.5 * h * rate(z, 0), z[1] - 0.5 * h * rate(z, 1)};
    const double next[2] = {z[0] - h * rate(half, 0), z[1] - h * rate(half, 1)};
    z[0] = next[0];
    z[1] = next[1];
  }
  return 0.5 * (z[0] * z[0] + z[1] * z[1]) + std::log(2 * std::acos(-1.0)) + field.w[0][0] + field.w[1][1];
}

}  // namespace

CATCH_TEST_CASE("the density of a linear field is the Gaussian's, by exact and by estimated traces") {
  const LinearField field(NoisePath::kStraight);
  Scratch given;
  const Panel x = given.panel(0, 40, 2);
  for (std::int64_t i = 0; i < 40; ++i) {
    x.values[i * x.stride] = static_cast<float>(0.1 * static_cast<double>(i) - 2);
    x.values[i * x.stride + 1] = static_cast<float>(std::sin(static_cast<double>(i)));
  }
  OdeOptions solver;
  solver.tolerance = 1e-5;
  TraceOptions estimated;
  estimated.exact = false;
  estimated.probes = 2000;  // of a signs' form with variance (w01 + w10)^2 = 0.25: standard error 0.011
  Scratch scratch;
  Scratch other;
  const Panel exact = path_negative_log_density(field.loss, pass_of(field.store), x, 1, 0, solver, {}, scratch);
  const Panel rough = path_negative_log_density(field.loss, pass_of(field.store), x, 1, 0, solver, estimated, other);
  for (std::int64_t i = 0; i < 40; ++i) {
    const double truth = linear_truth(field, value(x, i, 0), value(x, i, 1));
    CATCH_CHECK(std::abs(value(exact, i, 0) - truth) < 1e-3);
    CATCH_CHECK(std::abs(value(rough, i, 0) - truth) < 0.06);  // five standard errors: false alarm below 1e-4
  }
}

CATCH_TEST_CASE("draws of a field followed back give the noise") {
  for (const NoisePath path : {NoisePath::kStraight, NoisePath::kAngular}) {
    const LinearField field(path);
    Scratch given;
    const Panel noise = given.panel(0, 150, 2);
    for (std::int64_t i = 0; i < 150; ++i) {
      rng random = stream(3, Purpose::kCheck, static_cast<std::uint64_t>(i));
      for (std::int64_t j = 0; j < 2; ++j) noise.values[i * noise.stride + j] = static_cast<float>(random.normal());
    }
    OdeOptions solver;
    solver.tolerance = 1e-5;
    Scratch scratch;
    Scratch other;
    const Panel draws = path_draw(field.loss, pass_of(field.store), noise, 0, 1, solver, scratch);
    const Panel back = path_draw(field.loss, pass_of(field.store), draws, 1, 0, solver, other);
    for (std::int64_t i = 0; i < 150; ++i) CATCH_CHECK(std::abs(value(back, i, 0) - value(noise, i, 0)) < 2e-4);
  }
}

// A model whose network gives the right answer by hand: data that are exactly normal with variance v and mean 0 make
// the expected dz/dt at angle t linear in z, (v - 1) (-sin t cos t) / (v cos^2 t + sin^2 t) z. With v = 1 that is 0,
// which is what a network at its start gives: every sampler must then return standard normal draws.
CATCH_TEST_CASE("every sampler of a diffusion model at its start draws from the standard normal") {
  constexpr std::int64_t kDraws = 4000;
  for (const auto sampler :
       {DiffusionOptions::Sampler::kOde, DiffusionOptions::Sampler::kHeun, DiffusionOptions::Sampler::kStochastic}) {
    DiffusionOptions options;
    options.field.width = 4;
    options.field.blocks = 1;
    options.sampler = sampler;
    options.solver.steps = 60;
    Diffusion network(options, 1, 0, 1);
    ParameterLayout layout;
    network.declare(layout, "n");
    ParameterStore store(std::move(layout));
    store.initialize(1);
    Scratch given;
    const Panel noise = given.panel(0, kDraws, network.draw_noise_width());
    for (std::int64_t i = 0; i < kDraws; ++i) {
      rng random = stream(9, Purpose::kCheck, static_cast<std::uint64_t>(i));
      network.fill_draw_noise(store, random, noise.values + i * noise.stride);
    }
    Scratch scratch;
    const Panel draws = network.draw(pass_of(store), noise, scratch);
    double mean = 0;
    double square = 0;
    for (std::int64_t i = 0; i < kDraws; ++i) {
      mean += value(draws, i, 0) / kDraws;
      square += value(draws, i, 0) * value(draws, i, 0) / kDraws;
    }
    // Five standard errors of 4,000 draws, and the 1 / 60 that the steps' discretisation may cost the variance.
    CATCH_CHECK(std::abs(mean) < 5 / std::sqrt(4000.0));
    CATCH_CHECK(std::abs(square - 1) < 5 * std::sqrt(2 / 4000.0) + 0.05);
  }
}

CATCH_TEST_CASE("noise levels fall from the most to the least and then to none") {
  CATCH_CHECK(std::abs(grid_level(0, 20) - kMostNoise) < 1e-9);
  CATCH_CHECK(std::abs(grid_level(19, 20) - kLeastNoise) < 1e-9);
  CATCH_CHECK(grid_level(20, 20) == 0);
  for (std::int64_t i = 0; i < 19; ++i) {
    CATCH_CHECK(grid_level(i, 20) > grid_level(i + 1, 20));
    CATCH_CHECK(std::abs(next_level(grid_level(i, 20), 20) / grid_level(i + 1, 20) - 1) < 1e-6);
  }
  CATCH_CHECK(next_level(kLeastNoise * 1.001, 20) == 0);
}

CATCH_TEST_CASE("a consistency model at noise 0 is the identity, and has no density") {
  ConsistencyOptions options;
  options.field.width = 8;
  options.field.blocks = 1;
  Consistency network(options, 3, 0);
  CATCH_CHECK_FALSE(network.has_density());
  ParameterLayout layout;
  network.declare(layout, "n");
  ParameterStore store(std::move(layout));
  store.initialize(1);
  test::perturb(store, 2);
  Scratch given;
  Scratch scratch;
  const Panel z = given.panel(0, 5, 3);
  for (std::int64_t i = 0; i < 5; ++i) {
    for (std::int64_t j = 0; j < 3; ++j) z.values[i * z.stride + j] = static_cast<float>(i - j);
  }
  const float none = 0;
  const auto& layer = static_cast<const ConsistencyLoss&>(*network.loss().layers().front());
  const Panel out = layer.consistent(pass_of(store), z, &none, 0, scratch);
  for (std::int64_t i = 0; i < 5; ++i) {
    for (std::int64_t j = 0; j < 3; ++j) CATCH_CHECK(value(out, i, j) == value(z, i, j));
  }
}

CATCH_TEST_CASE("draws of a consistency model do not depend on what was drawn in the same memory before") {
  ConsistencyOptions options;
  options.field.width = 8;
  options.field.blocks = 1;
  options.steps = 2;
  Consistency network(options, 3, 0);
  ParameterLayout layout;
  network.declare(layout, "n");
  ParameterStore store(std::move(layout));
  store.initialize(1);
  test::perturb(store, 2);
  const auto draw = [&](float size, Scratch& scratch) {
    Scratch given;
    const Panel noise = given.panel(0, 4, network.draw_noise_width());
    for (std::int64_t i = 0; i < noise.rows * noise.stride; ++i) noise.values[i] = size * static_cast<float>(i % 5 - 2);
    const Panel draws = network.draw(pass_of(store), noise, scratch);
    std::vector<float> numbers;
    for (std::int64_t i = 0; i < draws.rows; ++i) {
      numbers.insert(numbers.end(), draws.values + i * draws.stride, draws.values + i * draws.stride + draws.cols);
    }
    return numbers;
  };
  Scratch fresh;
  Scratch used;
  CATCH_CHECK_FALSE(std::isfinite(draw(std::numeric_limits<float>::infinity(), used)[0]));
  CATCH_CHECK(draw(1, used) == draw(1, fresh));
}
