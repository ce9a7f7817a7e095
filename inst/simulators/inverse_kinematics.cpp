// An arm of three segments of lengths 1/2, 1/2 and 1 whose base slides along the vertical axis: where is its hand? From
// Ardizzone et al. (2019), "Analyzing inverse problems with invertible neural networks", with the prior of Kruse et al.
// (2021), "Benchmarking invertible architectures on inverse problems". There is no noise: the posterior given a
// position lies on a surface of two dimensions.
//
//   prior      base ~ normal(0, 0.25), angle ~ normal(0, 0.5, dim = 3) in radians, each relative to the segment before
//   observed   "vector" of 2, the hand's horizontal and vertical position
#include <amortflow/simulator.hpp>

void inverse_kinematics(const double* theta, double* out, amortflow::rng&) {
  constexpr double kLengths[3] = {0.5, 0.5, 1};
  double angle = 0;
  out[0] = 0;
  out[1] = theta[0];
  for (int i = 0; i < 3; ++i) {
    angle += theta[i + 1];
    out[0] += kLengths[i] * std::cos(angle);
    out[1] += kLengths[i] * std::sin(angle);
  }
}

AMORTFLOW_SIMULATOR(inverse_kinematics, amortflow::sizes().parameters(4).variables(2))
