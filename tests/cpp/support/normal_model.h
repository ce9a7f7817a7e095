#pragma once

#include <atomic>
#include <limits>
#include <thread>

#include "adapt/adapter.h"
#include "base/random.h"
#include "estimators/posterior_estimator.h"
#include "simulate/generative_model.h"

namespace amortflow::test {

/// theta_j ~ N(0, 1), j = 1, ..., d; a data set is n rows of x_j ~ N(theta_j, 1), so that theta_j given the data is
/// N(sum of x_j / (n + 1), 1 / (n + 1)). n runs from `shortest` to `longest` with the simulation's index.
class NormalModel final : public GenerativeModel {
 public:
  std::int64_t dimension = 2;
  std::int64_t shortest = 10;
  std::int64_t longest = 10;
  std::int64_t broken_every = 0;  ///< every k-th simulation has a NaN in its data; 0: none
  bool enters_host = false;
  /// With enters_host, the thread of the last call of `draw`; atomic, for a test may draw while a host does.
  mutable std::atomic<std::thread::id> drawn_by{};

  [[nodiscard]] Simulations draw(std::int64_t first_index,
                                 std::int64_t count,
                                 std::uint64_t seed,
                                 ThreadPool&,
                                 const std::atomic<bool>&) const override {
    if (enters_host) drawn_by = std::this_thread::get_id();
    std::vector<std::int64_t> lengths;
    for (std::int64_t i = first_index; i < first_index + count; ++i) {
      lengths.push_back(shortest + i % (longest - shortest + 1));
    }
    Simulations simulations;
    simulations.parameters = Matrix<double>(count, dimension);
    simulations.data.resize(1);
    simulations.data[0].segments = Segments::of_lengths(lengths);
    simulations.data[0].values = Matrix<double>(simulations.data[0].segments.rows(), dimension);
    for (std::int64_t i = 0; i < count; ++i) simulate(first_index + i, i, seed, simulations);
    return simulations;
  }
  [[nodiscard]] bool needs_host() const override { return enters_host; }

  /// On the calling thread.
  [[nodiscard]] Simulations draw(std::int64_t first_index, std::int64_t count, std::uint64_t seed) const {
    ThreadPool pool(1);
    return draw(first_index, count, seed, pool, std::atomic<bool>(false));
  }

 private:
  void simulate(std::int64_t index, std::int64_t i, std::uint64_t seed, Simulations& out) const {
    rng random = stream(seed, Purpose::kSimulator, static_cast<std::uint64_t>(index));
    double* theta = out.parameters.row(i);
    for (std::int64_t j = 0; j < dimension; ++j) theta[j] = random.normal();
    const std::int64_t first = out.data[0].segments.offsets[static_cast<std::size_t>(i)];
    for (std::int64_t row = first; row < first + out.data[0].segments.length(i); ++row) {
      for (std::int64_t j = 0; j < dimension; ++j) out.data[0].values(row, j) = theta[j] + random.normal();
    }
    if (broken_every > 0 && (index + 1) % broken_every == 0) {
      out.data[0].values(first, 0) = std::numeric_limits<double>::quiet_NaN();
      out.failures.push_back({index, "not finite", FailureKind::kNotFinite});
    }
  }
};

/// An adapter that changes nothing.
inline Spec identity_adapter() {
  return Spec::List{{"kind", "adapter"}, {"parameters", Spec::List{}}, {"data", Spec::List{{"", Spec::List{}}}}};
}

/// A small neural posterior of `NormalModel`.
inline PosteriorOptions small_posterior(std::int64_t dimension = 2, std::uint64_t seed = 1) {
  PosteriorOptions options;
  options.target_width = dimension;
  options.seed = seed;
  options.condition.observables = {{dimension, Spec::List{{"kind", "deep_set"},
                                                          {"summary_dim", 4},
                                                          {"width", 16},
                                                          {"depth", 1},
                                                          {"equivariant", 1},
                                                          {"activation", "silu"},
                                                          {"log_size_center", 2.0}}}};
  options.inference =
      Spec::List{{"kind", "coupling_flow"}, {"transform", "affine"}, {"depth", 2}, {"width", 16}, {"hidden", 1},
                 {"activation", "silu"}};
  return options;
}

}  // namespace amortflow::test
