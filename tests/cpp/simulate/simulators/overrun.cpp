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

void overrun_log_lik(const amortflow::input& in, const amortflow::observed& data, double* out) {
  const int fault = static_cast<int>(in.theta[0]);
  for (std::int64_t i = 0; i < data.positions(); ++i) {
    if (fault != 3 || i != 1) out[i] = data.values()[i];
  }
  if (fault == 1) out[data.positions()] = 0;
  if (fault == 2) out[0] = data.values(3)[0];
}

AMORTFLOW_SIMULATOR(overrun, amortflow::sizes().parameters(1).positions(3), overrun_log_lik)
