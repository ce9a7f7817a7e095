// Writes and reads outside of what it is given, as its parameter says; compiled in debug mode.
#define AMORTFLOW_DEBUG
#include <amortflow/simulator.hpp>

void overrun(const double* theta, double* out, amortflow::rng& random) {
  const auto place = static_cast<std::ptrdiff_t>(theta[0]);
  for (int i = 0; i < 3; ++i) out[i] = random.uniform();
  if (place == 100) {
    out[0] = theta[place];
  } else {
    out[place] = 1;
  }
}

AMORTFLOW_SIMULATOR(overrun, amortflow::sizes().parameters(1).positions(3))
