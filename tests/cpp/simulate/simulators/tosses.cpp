// As many tosses of a coin as the context says, and a survey of two numbers: lengths that vary, context, several
// observables, a log likelihood.
#include <amortflow/simulator.hpp>

void tosses(const amortflow::input& in, amortflow::output& out, amortflow::rng& random) {
  const auto n = static_cast<std::int64_t>(in.context[0]);
  if (n > 100) throw std::domain_error("too many tosses");
  double* survey = out.observable(1);
  survey[0] = in.context[1];
  survey[1] = amortflow::normal(random, in.theta[0], 1);
  if (n < 0) return;  // forgets the first observable
  double* heads = out.observable(0, n);
  for (std::int64_t i = 0; i < n; ++i) heads[i] = amortflow::binomial(random, 1, in.theta[0]);
  if (in.context[1] > 1e6) heads[n - 1] = std::nan("");
}

void tosses_log_lik(const amortflow::input& in, const amortflow::observed& data, double* out) {
  for (std::int64_t i = 0; i < data.positions(); ++i) {
    out[i] = std::log(data.values()[i] > 0 ? in.theta[0] : 1 - in.theta[0]);
  }
  if (in.context[0] < 0) throw std::domain_error("there is no such number of tosses");
}

AMORTFLOW_SIMULATOR(tosses,
                    amortflow::sizes()
                        .parameters(1)
                        .context("n")
                        .context("dose")
                        .observable("heads")
                        .positions(amortflow::varies)
                        .observable("survey")
                        .variables(2)
                        .names({"dose", "mood"}),
                    tosses_log_lik)
