// "Simple likelihood, complex posterior" of Papamakarios et al. (2019), task slcp of Lueckmann et al. (2021),
// "Benchmarking simulation-based inference": four points from a normal whose covariance is a function of three
// parameters that forgets the signs of two of them.
//
//   prior      theta ~ uniform(-3, 3, dim = 5)
//   observed   "vector" of 8: the four points one after the other
#include <amortflow/examples/slcp_points.hpp>
#include <amortflow/simulator.hpp>

void slcp(const double* theta, double* out, amortflow::rng& random) {
  amortflow::examples::slcp_points(theta).draw(random, out);
}

void slcp_log_lik(const double* theta, const double* data, std::int64_t, double* out) {
  out[0] = amortflow::examples::slcp_points(theta).log_density(data);
}

AMORTFLOW_SIMULATOR(slcp, amortflow::sizes().parameters(5).variables(8), slcp_log_lik)
