#pragma once

#include "amortflow/distributions.hpp"
#include "amortflow/ode.hpp"
#include "amortflow/output.hpp"
#include "amortflow/philox.hpp"
#include "amortflow/sde.hpp"
#include "amortflow/sizes.hpp"
#include "amortflow/table.hpp"

/// How to write a simulator in C++ for amortflow. These headers need the standard library only. Two forms:
///
/// 1. A function that turns one parameter vector into one data set.
///
///      void coin(const double* theta, double* out, amortflow::rng& random) {
///        for (int i = 0; i < 20; ++i) out[i] = amortflow::binomial(random, 1, theta[0]);
///      }
///      AMORTFLOW_SIMULATOR(coin, amortflow::sizes().parameters(1).positions(20))
///
///    Where there is context, several observables, or a number of positions that varies, it takes input and output:
///
///      void tosses(const amortflow::input& in, amortflow::output& out, amortflow::rng& random) {
///        const auto n = static_cast<std::int64_t>(in.context[0]);
///        double* heads = out.observable(0, n);
///        for (std::int64_t i = 0; i < n; ++i) heads[i] = amortflow::binomial(random, 1, in.theta[0]);
///      }
///      AMORTFLOW_SIMULATOR(tosses, amortflow::sizes().parameters(1).context("n").positions(amortflow::varies))
///
/// 2. A struct, where there are settings (numbers given from R, the same for all simulations, shared by all threads
///    and never changed) or working memory (one per thread).
///
///      struct coin {
///        struct settings { int tosses; };
///        struct workspace {};
///        static settings make(const amortflow::arguments& a) { return {static_cast<int>(a.number("tosses", 20))}; }
///        static amortflow::sizes shape(const settings& s) {
///          return amortflow::sizes().parameters(1).positions(s.tosses);
///        }
///        static void simulate(const double* theta, const settings& s, workspace&, amortflow::rng& random, double*
///        out);
///      };
///      AMORTFLOW_SIMULATOR(coin)
///
///    Its simulate() may take `const amortflow::input&` and `amortflow::output&` in the place of the two pointers.
///
/// `theta` holds the parameters in the order of the prior. `out` holds positions x variables numbers, one position
/// after the other; a plain vector of p numbers is one position of p variables, or p positions of one. All randomness
/// must come from `random`, and no state may outlive a call: then results do not depend on the number of threads. A
/// simulation that cannot be done throws; the package reports its number and what() says why. R and its library must
/// not be called.
///
/// A log likelihood, where it is known, gives one log density for each position of the first observable. It is the
/// third argument of the macro, or a function of the struct:
///
///      void coin_log_lik(const double* theta, const double* data, std::int64_t positions, double* out) {
///        for (std::int64_t i = 0; i < positions; ++i) out[i] = std::log(data[i] > 0 ? theta[0] : 1 - theta[0]);
///      }
///      AMORTFLOW_SIMULATOR(coin, amortflow::sizes().parameters(1).positions(20), coin_log_lik)
///
///      void f(const amortflow::input& in, const amortflow::observed& data, double* out);      // the other signature
///      static void log_lik(const amortflow::input&, const settings&, const amortflow::observed&, double* out);
///
/// A package that ships compiled simulators names each by AMORTFLOW_PACKAGE_SIMULATOR(name, ...), which defines
/// `extern "C" const void* amortflow_simulator_<name>()`, and registers that in its R_init function by
/// R_RegisterCCallable("<package>", "amortflow_simulator_<name>", (DL_FUNC)amortflow_simulator_<name>). Its users say
/// cpp_simulator(package = "<package>", name = "<name>").

#if defined(_WIN32)
#define AMORTFLOW_EXPORT_ extern "C" __declspec(dllexport)
#else
#define AMORTFLOW_EXPORT_ extern "C" __attribute__((visibility("default")))
#endif

#define AMORTFLOW_EXPORT_TABLE_(name, simulator, text)                      \
  AMORTFLOW_EXPORT_ const ::amortflow::simulator_table amortflow_simulator; \
  const ::amortflow::simulator_table amortflow_simulator = ::amortflow::detail::table_of<simulator>(text);
#define AMORTFLOW_EXPORT_FUNCTION_(name, simulator, text)                                                 \
  AMORTFLOW_EXPORT_ const void* amortflow_simulator_##name() {                                            \
    static constexpr ::amortflow::simulator_table table = ::amortflow::detail::table_of<simulator>(text); \
    return &table;                                                                                        \
  }

#define AMORTFLOW_STRUCT_(export_, name, simulator) export_(name, simulator, #simulator)
#define AMORTFLOW_FUNCTION_(export_, name, function, shape_of_function)                           \
  namespace {                                                                                     \
  struct amortflow_simulator_of_##function : ::amortflow::detail::function_simulator<&function> { \
    static ::amortflow::sizes shape(const settings&) { return shape_of_function; }                \
  };                                                                                              \
  }                                                                                               \
  export_(name, amortflow_simulator_of_##function, #function)
#define AMORTFLOW_LIKELIHOOD_(export_, name, function, shape_of_function, log_likelihood)             \
  namespace {                                                                                         \
  struct amortflow_simulator_of_##function : ::amortflow::detail::function_simulator<&function>,      \
                                             ::amortflow::detail::function_log_lik<&log_likelihood> { \
    static ::amortflow::sizes shape(const settings&) { return shape_of_function; }                    \
  };                                                                                                  \
  }                                                                                                   \
  export_(name, amortflow_simulator_of_##function, #function)

#define AMORTFLOW_PICK_(first, second, third, name, ...) name

/// AMORTFLOW_SIMULATOR(function, sizes), (function, sizes, log likelihood) or (struct): once in a file, at its end.
#define AMORTFLOW_SIMULATOR(...)                                                                      \
  AMORTFLOW_PICK_(__VA_ARGS__, AMORTFLOW_LIKELIHOOD_, AMORTFLOW_FUNCTION_, AMORTFLOW_STRUCT_, unused) \
  (AMORTFLOW_EXPORT_TABLE_, unnamed, __VA_ARGS__)
/// AMORTFLOW_PACKAGE_SIMULATOR(name, ...): the same for packages, any number in a file.
#define AMORTFLOW_PACKAGE_SIMULATOR(name, ...)                                                        \
  AMORTFLOW_PICK_(__VA_ARGS__, AMORTFLOW_LIKELIHOOD_, AMORTFLOW_FUNCTION_, AMORTFLOW_STRUCT_, unused) \
  (AMORTFLOW_EXPORT_FUNCTION_, name, __VA_ARGS__)
