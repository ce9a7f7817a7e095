#include <vector>

#include "base/errors.h"
#include "base/safetensors.h"
#include "kernels/dispatch.h"
#include "nets/layer_run.h"
#include "nets/masked_dense.h"
#include "nets/weight_mirrors.h"
#include "support/catch.h"
#include "support/perturb.h"

using namespace amortflow;
using amortflow::test::perturb;

namespace {

using Degrees = std::vector<std::int64_t>;

/// `units` degrees 0 to d - 1 in order, each as often as the others but for rounding.
Degrees hidden_degrees(std::int64_t units, std::int64_t d) {
  Degrees degrees;
  for (std::int64_t u = 0; u < units; ++u) degrees.push_back(u * d / units);
  return degrees;
}

/// Outputs as an affine and a spline transform order them: one number a variable twice, then three side by side.
Degrees output_degrees(std::int64_t d) {
  Degrees degrees;
  for (const std::int64_t numbers : {1, 1, 3}) {
    for (std::int64_t j = 0; j < d; ++j) degrees.insert(degrees.end(), static_cast<std::size_t>(numbers), j);
  }
  return degrees;
}

Degrees input_degrees(std::int64_t d) {
  Degrees degrees;
  for (std::int64_t j = 1; j <= d; ++j) degrees.push_back(j);
  return degrees;
}

/// Masked network of d variables, k conditions and two hidden layers, off its start.
struct Made {
  Made(std::int64_t d, std::int64_t k, std::int64_t width) : dimension(d), condition_width(k), store(layout(width)) {
    store.initialize(3);
    perturb(store, 5);
    refresh_mirrors(store);
  }
  ParameterLayout layout(std::int64_t width) {
    DenseOptions options;
    options.input_width = dimension;
    options.condition_width = condition_width;
    options.output_width = width;
    options.activation = Activation::kSilu;
    const Degrees units = hidden_degrees(width, dimension);
    add(options, input_degrees(dimension), units);
    options.input_width = width;
    options.condition_width = 0;
    options.residual = true;
    add(options, units, units);
    options.output_width = 5 * dimension;
    options.activation = Activation::kIdentity;
    options.residual = false;
    add(options, units, output_degrees(dimension));
    ParameterLayout declared;
    network.declare(declared, "n");
    return declared;
  }
  void add(const DenseOptions& options, const Degrees& in, const Degrees& out) {
    auto layer = std::make_unique<MaskedDense>(options, in, out);
    layers.push_back(layer.get());
    network.add(std::move(layer));
  }

  std::int64_t dimension;
  std::int64_t condition_width;
  Network network;
  std::vector<const MaskedDense*> layers;
  ParameterStore store;
};

Panel filled(Scratch& scratch, std::size_t slot, std::int64_t rows, std::int64_t cols) {
  const Panel panel = scratch.panel(slot, rows, cols);
  rng random = stream(7, Purpose::kCheck, slot);
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < cols; ++j) panel.values[i * panel.stride + j] = static_cast<float>(random.normal());
  }
  return panel;
}

constexpr std::int64_t kRows = 7;
struct Shape {
  std::int64_t d;
  std::int64_t k;
  std::int64_t width;
};
const Shape kShapes[] = {{1, 2, 8}, {2, 3, 16}, {3, 1, 50}, {6, 10, 64}, {7, 2, 4}, {20, 5, 33}};

bool zeros_hold(const ParameterLayout& layout, const float* values) {
  for (const auto& entry : layout.entries()) {
    for (const FixedZeros& run : entry.zeros) {
      for (std::int64_t j = run.begin; j < run.end; ++j) {
        if (values[entry.offset + run.row * entry.stride + j] != 0) return false;
      }
    }
  }
  return true;
}

}  // namespace

CATCH_TEST_CASE("outputs of a masked network see the variables before theirs and the condition, and no others") {
  for (const auto& [d, k, width] : kShapes) {
    CATCH_INFO(d << " variables, " << k << " conditions, width " << width);
    const Made made(d, k, width);
    Scratch given;
    Pass pass;
    pass.parameters = &made.store;
    pass.condition = filled(given, 0, 1, k);
    const Panel x = filled(given, 1, 1, d);
    const Segments rows = Segments::uniform(1, 1);
    const auto run = [&] {
      Scratch scratch;
      const Panel out = run_forward(made.network, 0, 3, pass, x, rows, scratch);
      return std::vector<float>(out.values, out.values + out.cols);
    };
    const std::vector<float> before = run();
    const Degrees degrees = output_degrees(d);
    for (std::int64_t j = 0; j < d; ++j) {
      const float kept = x.values[j];
      x.values[j] = 1000;
      const std::vector<float> after = run();
      x.values[j] = kept;
      bool seen = false;
      for (std::size_t c = 0; c < after.size(); ++c) {
        if (degrees[c] <= j) CATCH_CHECK(after[c] == before[c]);
        seen = seen || after[c] != before[c];
      }
      if (width >= d && j + 1 < d) CATCH_CHECK(seen);
    }
    pass.condition.values[0] += 1;
    const std::vector<float> after = run();
    for (std::size_t c = 0; c < after.size(); ++c) CATCH_CHECK(after[c] != before[c]);
  }
}

CATCH_TEST_CASE("degree by degree, a masked network gives what it gives at once") {
  for (const auto& [d, k, width] : kShapes) {
    CATCH_INFO(d << " variables, " << k << " conditions, width " << width);
    const Made made(d, k, width);
    Scratch given;
    Pass pass;
    pass.parameters = &made.store;
    pass.condition = filled(given, 0, kRows, k);
    const Panel x = filled(given, 1, kRows, d);
    Scratch scratch;
    const Segments rows = Segments::uniform(kRows, 1);
    const Panel expected = run_forward(made.network, 0, 3, pass, x, rows, scratch);
    Panel known = given.panel(2, kRows, d);
    for (std::size_t i = 0; i < 3; ++i) made.layers[i]->start_by_degree(pass, kRows, given.child(i));
    const Degrees degrees = output_degrees(d);
    for (std::int64_t degree = 0; degree < d; ++degree) {
      Panel in = known;
      for (std::size_t i = 0; i < 3; ++i) {
        const Panel out = given.panel(3 + i, kRows, made.layers[i]->output_width());
        made.layers[i]->forward_degree(pass, degree, in, out, given.child(i));
        in = out;
      }
      for (std::int64_t r = 0; r < kRows; ++r) {
        for (std::int64_t c = 0; c < in.cols; ++c) {
          if (degrees[static_cast<std::size_t>(c)] != degree) continue;
          const float truth = expected.values[r * expected.stride + c];
          CATCH_CHECK(std::abs(in.values[r * in.stride + c] - truth) < 1e-5F * (1 + std::abs(truth)));
        }
        known.values[r * known.stride + degree] = x.values[r * x.stride + degree];
      }
    }
  }
}

CATCH_TEST_CASE("masked weights are zero from the start, in gradients, after steps with decay and when loaded") {
  Made made(4, 3, 24);
  const ParameterLayout& layout = made.store.layout();
  std::int64_t masked = 0;
  std::int64_t numbers = 0;
  for (const auto& entry : layout.entries()) {
    numbers += entry.rows * entry.cols;
    for (const FixedZeros& run : entry.zeros) masked += run.end - run.begin;
  }
  // Inputs of degrees 1 to 4 miss 6 units for each degree below; units and outputs the lower degrees of theirs.
  CATCH_CHECK(masked == 6 * (1 + 2 + 3 + 4) + 6 * 6 * (1 + 2 + 3) + 6 * 5 * (1 + 2 + 3));
  CATCH_CHECK(layout.parameters() == numbers - masked);
  made.store.initialize(9);
  CATCH_CHECK(zeros_hold(layout, made.store.values().data()));

  perturb(made.store, 6);
  refresh_mirrors(made.store);
  AlignedBuffer gradient(layout.floats());
  Scratch given;
  Scratch scratch;
  Pass pass;
  pass.parameters = &made.store;
  pass.gradient = gradient.data();
  pass.condition = filled(given, 0, kRows, 3);
  const Segments rows = Segments::uniform(kRows, 1);
  (void)run_forward(made.network, 0, 3, pass, filled(given, 1, kRows, 4), rows, scratch);
  (void)run_backward(made.network, 0, 3, pass, filled(given, 2, kRows, 20), true, scratch);
  CATCH_CHECK(zeros_hold(layout, gradient.data()));
  AlignedBuffer first(layout.floats());
  AlignedBuffer second(layout.floats());
  AdamwRates rates;
  rates.learning_rate = 0.1F;
  rates.weight_decay = 0.1F;
  kernels().adamw_step(layout.floats(), made.store.values().data(), gradient.data(), first.data(), second.data(),
                       rates);
  CATCH_CHECK(zeros_hold(layout, made.store.values().data()));

  ParameterLayout unmasked;
  for (const auto& entry : layout.entries()) {
    unmasked.add(entry.name, entry.rows, entry.cols, {Initializer::Kind::kConstant, 1.0}, entry.decays);
  }
  ParameterStore ones(unmasked);
  ones.initialize(1);
  const auto bytes = to_safetensors(ones, {});
  (void)from_safetensors(bytes.data(), bytes.size(), made.store);
  CATCH_CHECK(zeros_hold(layout, made.store.values().data()));
  CATCH_CHECK(made.store.at(1)[0] == 1);  // the first bias
}

CATCH_TEST_CASE("a masked layer needs one degree a column, inputs in order; masks must fit") {
  DenseOptions options;
  options.input_width = 2;
  options.output_width = 2;
  CATCH_CHECK_THROWS_AS(MaskedDense(options, {1}, {0, 1}), ConfigError);
  CATCH_CHECK_THROWS_AS(MaskedDense(options, {1, 2}, {0}), ConfigError);
  CATCH_CHECK_THROWS_AS(MaskedDense(options, {2, 1}, {0, 1}), ConfigError);
  ParameterLayout layout;
  const std::int64_t entry = layout.add("w", 2, 3, {}, true);
  CATCH_CHECK_THROWS_AS(layout.fix_zeros(entry, {{2, 0, 1}}), ShapeError);
  CATCH_CHECK_THROWS_AS(layout.fix_zeros(entry, {{0, 2, 4}}), ShapeError);
}
