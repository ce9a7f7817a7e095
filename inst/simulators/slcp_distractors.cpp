// Task slcp_distractors of Lueckmann et al. (2021), "Benchmarking simulation-based inference": the eight numbers of
// slcp among 92 from a mixture of 20 multivariate t distributions, in a shuffled order. Mixture and order are the same
// in all simulations and those of the benchmark, which it drew from numpy's generator with seed 42.
//
//   prior      theta ~ uniform(-3, 3, dim = 5)
//   observed   "vector" of 100
#include <array>
#include <vector>

#include <amortflow/examples/numpy_random.hpp>
#include <amortflow/examples/slcp_points.hpp>
#include <amortflow/simulator.hpp>

struct slcp_distractors {
  static constexpr std::size_t kSignal = 8;
  static constexpr std::size_t kNoise = 92;
  static constexpr std::size_t kComponents = 20;
  static constexpr double kDegreesOfFreedom = 2;

  struct settings {
    std::vector<double> location;    // component x noise
    std::vector<double> factor;      // component x noise x noise, lower triangles
    std::vector<std::size_t> order;  // which of the 100 numbers stands at each place
  };
  using workspace = std::array<double, kSignal + kNoise>;

  static settings make(const amortflow::arguments&) {
    amortflow::examples::numpy_random random(42);
    settings s{std::vector<double>(kComponents * kNoise), std::vector<double>(kComponents * kNoise * kNoise), {}};
    for (auto& value : s.location) value = 15 * random.normal();
    for (std::size_t k = 0; k < kComponents; ++k) {
      double* factor = s.factor.data() + k * kNoise * kNoise;
      for (std::size_t i = 0; i < kNoise * kNoise; ++i) {
        const double value = random.normal();
        if (i % kNoise <= i / kNoise) factor[i] = 3 * value;
      }
      for (std::size_t i = 0; i < kNoise; ++i) factor[i * (kNoise + 1)] += 3 * std::exp(random.normal());
    }
    s.order = random.permutation(kSignal + kNoise);
    return s;
  }

  static amortflow::sizes shape(const settings&) {
    return amortflow::sizes().parameters(5).variables(kSignal + kNoise);
  }

  static void simulate(const double* theta, const settings& s, workspace& all, amortflow::rng& random, double* out) {
    amortflow::examples::slcp_points(theta).draw(random, all.data());
    const auto k = static_cast<std::size_t>(random.uniform() * kComponents);
    double* noise = all.data() + kSignal;
    const std::array<double, kNoise> zero{};
    amortflow::multi_normal_cholesky(random, zero.data(), s.factor.data() + k * kNoise * kNoise, kNoise, noise);
    const double stretch = std::sqrt(kDegreesOfFreedom / amortflow::chi_square(random, kDegreesOfFreedom));
    for (std::size_t i = 0; i < kNoise; ++i) noise[i] = s.location[k * kNoise + i] + stretch * noise[i];
    for (std::size_t i = 0; i < all.size(); ++i) out[i] = all[s.order[i]];
  }
};

AMORTFLOW_SIMULATOR(slcp_distractors)
