// Fails in every way that a simulator can, by the value of its parameter.
#include <cmath>
#include <limits>
#include <stdexcept>

#include <amortflow/simulator.hpp>

struct unreliable {
  struct settings {
    double limit;
  };
  struct workspace {
    double last = 0;
  };
  static settings make(const amortflow::arguments& given) { return {given.number("limit", 10)}; }
  static amortflow::sizes shape(const settings&) { return amortflow::sizes().parameters(1).positions(3).variables(2); }

  static void simulate(const double* theta, const settings& s, workspace& w, amortflow::rng& random, double* out) {
    w.last = theta[0];
    if (theta[0] > s.limit) throw std::runtime_error("the parameter is too large");
    if (theta[0] > s.limit / 2) throw 1;
    const int written = theta[0] < -s.limit ? 5 : 6;  // leaves the last number unwritten
    for (int i = 0; i < written; ++i) out[i] = w.last + random.uniform();
    if (theta[0] < -2 * s.limit) out[1] = std::numeric_limits<double>::infinity();
  }
};

AMORTFLOW_SIMULATOR(unreliable)
