#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "amortflow/distributions.hpp"
#include "amortflow/ode.hpp"
#include "amortflow/philox.hpp"

/// How to write a simulator in C++ for amortflow. This header needs the standard library only. Two forms:
///
/// 1. A function that turns one parameter vector into one data set.
///
///      void coin(const double* theta, double* out, amortflow::rng& random) {
///        for (int i = 0; i < 20; ++i) out[i] = amortflow::binomial(random, 1, theta[0]);
///      }
///      AMORTFLOW_SIMULATOR(coin, amortflow::sizes().parameters(1).positions(20))
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
/// `theta` holds the parameters in the order of the prior. `out` holds positions x variables numbers, one position
/// after the other; a plain vector of p numbers is one position of p variables, or p positions of one. All randomness
/// must come from `random`, and no state may outlive a call: then results do not depend on the number of threads. A
/// simulation that cannot be done throws; the package reports its number and what() says why. R and its library must
/// not be called.
namespace amortflow {

/// Changes whenever simulator_table or run_request does.
inline constexpr std::uint32_t kSimulatorAbi = 1;

/// What goes into a simulator and what comes out.
class sizes final {
 public:
  [[nodiscard]] constexpr sizes parameters(std::int64_t n) const { return {n, positions_, variables_}; }
  [[nodiscard]] constexpr sizes positions(std::int64_t n) const { return {parameters_, n, variables_}; }
  [[nodiscard]] constexpr sizes variables(std::int64_t n) const { return {parameters_, positions_, n}; }

  [[nodiscard]] constexpr std::int64_t n_parameters() const { return parameters_; }
  [[nodiscard]] constexpr std::int64_t n_positions() const { return positions_; }
  [[nodiscard]] constexpr std::int64_t n_variables() const { return variables_; }
  [[nodiscard]] constexpr std::int64_t n_out() const { return positions_ * variables_; }

  constexpr sizes() = default;

 private:
  constexpr sizes(std::int64_t p, std::int64_t n, std::int64_t v) : parameters_(p), positions_(n), variables_(v) {}
  std::int64_t parameters_ = 1;
  std::int64_t positions_ = 1;
  std::int64_t variables_ = 1;
};

/// Named numbers given from R. A name that the simulator never asks for is an error.
class arguments final {
 public:
  arguments(const char* const* names, const double* values, std::int64_t count)
      : names_(names), values_(values), asked_(static_cast<std::size_t>(count), false) {}

  /// Throws where `name` was not given.
  [[nodiscard]] double number(const char* name) const {
    const std::int64_t i = find(name);
    if (i < 0) throw std::invalid_argument(std::string("setting `") + name + "` is missing");
    return values_[i];
  }
  [[nodiscard]] double number(const char* name, double otherwise) const {
    const std::int64_t i = find(name);
    return i < 0 ? otherwise : values_[i];
  }
  void finish() const {
    for (std::size_t i = 0; i < asked_.size(); ++i) {
      if (!asked_[i]) throw std::invalid_argument(std::string("setting `") + names_[i] + "` is unknown");
    }
  }

 private:
  std::int64_t find(const char* name) const {
    for (std::size_t i = 0; i < asked_.size(); ++i) {
      if (std::strcmp(names_[i], name) != 0) continue;
      asked_[i] = true;
      return static_cast<std::int64_t>(i);
    }
    return -1;
  }
  const char* const* names_;
  const double* values_;
  mutable std::vector<bool> asked_;
};

/// Simulations first_index, ..., first_index + count - 1 of the run with `seed`.
struct run_request {
  std::uint64_t seed;
  std::uint64_t first_index;
  std::int64_t count;
  const double* theta;  ///< count x parameters
  double* out;          ///< count x positions x variables; what is left unwritten is NaN
  bool (*cancelled)(const void* host);
  void (*failed)(void* host, std::int64_t row, const char* message);  ///< row counts from 0 within the request
  void* host;
};

/// What the package finds in a compiled simulator, under the name `amortflow_simulator`.
struct simulator_table {
  std::uint32_t abi_version;
  const char* name;
  /// Settings from named numbers; on error nullptr, with the reason in `message`.
  void* (
      *make)(const char* const* names, const double* values, std::int64_t count, char* message, std::size_t capacity);
  void (*destroy)(void* settings);
  void (*shape)(const void* settings, std::int64_t* parameters, std::int64_t* positions, std::int64_t* variables);
  /// Returns the number of simulations done, which is less than asked for only if cancelled.
  std::int64_t (*run)(const void* settings, const run_request* request);
};

namespace detail {

template <class Simulator>
void* make_settings(const char* const* names,
                    const double* values,
                    std::int64_t count,
                    char* message,
                    std::size_t capacity) {
  try {
    const arguments given(names, values, count);
    auto settings = Simulator::make(given);
    given.finish();
    return new typename Simulator::settings(std::move(settings));
  } catch (const std::exception& error) {
    std::snprintf(message, capacity, "%s", error.what());
  } catch (...) {
    std::snprintf(message, capacity, "an exception that is not a std::exception");
  }
  return nullptr;
}

template <class Simulator>
void destroy_settings(void* settings) {
  delete static_cast<typename Simulator::settings*>(settings);
}

template <class Simulator>
void shape_of(const void* settings, std::int64_t* parameters, std::int64_t* positions, std::int64_t* variables) {
  const sizes shape = Simulator::shape(*static_cast<const typename Simulator::settings*>(settings));
  *parameters = shape.n_parameters();
  *positions = shape.n_positions();
  *variables = shape.n_variables();
}

template <class Simulator>
void run_one(const run_request& request,
             std::int64_t row,
             const double* theta,
             const typename Simulator::settings& settings,
             typename Simulator::workspace& workspace,
             double* out) {
  try {
    rng random(request.seed, request.first_index + static_cast<std::uint64_t>(row));
    Simulator::simulate(theta, settings, workspace, random, out);
  } catch (const std::exception& error) {
    request.failed(request.host, row, error.what());
  } catch (...) {
    request.failed(request.host, row, "an exception that is not a std::exception");
  }
}

/// The loop over simulations stands here, in the user's shared object, so that the compiler can inline the simulator.
template <class Simulator>
std::int64_t run_all(const void* raw_settings, const run_request* request) {
  const auto& settings = *static_cast<const typename Simulator::settings*>(raw_settings);
  const sizes shape = Simulator::shape(settings);
  typename Simulator::workspace workspace{};
  std::fill_n(request->out, request->count * shape.n_out(), std::numeric_limits<double>::quiet_NaN());
  for (std::int64_t row = 0; row < request->count; ++row) {
    if (request->cancelled(request->host)) return row;
    run_one<Simulator>(*request, row, request->theta + row * shape.n_parameters(), settings, workspace,
                       request->out + row * shape.n_out());
  }
  return request->count;
}

}  // namespace detail
}  // namespace amortflow

#if defined(_WIN32)
#define AMORTFLOW_EXPORT_ extern "C" __declspec(dllexport)
#else
#define AMORTFLOW_EXPORT_ extern "C" __attribute__((visibility("default")))
#endif

#define AMORTFLOW_TABLE_(simulator, text)                                                                     \
  AMORTFLOW_EXPORT_ const ::amortflow::simulator_table amortflow_simulator;                                   \
  const ::amortflow::simulator_table amortflow_simulator = {::amortflow::kSimulatorAbi,                       \
                                                            text,                                             \
                                                            ::amortflow::detail::make_settings<simulator>,    \
                                                            ::amortflow::detail::destroy_settings<simulator>, \
                                                            ::amortflow::detail::shape_of<simulator>,         \
                                                            ::amortflow::detail::run_all<simulator>};

#define AMORTFLOW_STRUCT_(simulator) AMORTFLOW_TABLE_(simulator, #simulator)

#define AMORTFLOW_FUNCTION_(function, shape_of_function)                                                            \
  namespace {                                                                                                       \
  struct amortflow_function_simulator {                                                                             \
    struct settings {};                                                                                             \
    struct workspace {};                                                                                            \
    static settings make(const ::amortflow::arguments&) { return {}; }                                              \
    static ::amortflow::sizes shape(const settings&) { return shape_of_function; }                                  \
    static void simulate(const double* theta, const settings&, workspace&, ::amortflow::rng& random, double* out) { \
      function(theta, out, random);                                                                                 \
    }                                                                                                               \
  };                                                                                                                \
  }                                                                                                                 \
  AMORTFLOW_TABLE_(amortflow_function_simulator, #function)

#define AMORTFLOW_PICK_(first, second, name, ...) name

/// AMORTFLOW_SIMULATOR(function, sizes) or AMORTFLOW_SIMULATOR(struct): once in a file, after the simulator.
#define AMORTFLOW_SIMULATOR(...) \
  AMORTFLOW_PICK_(__VA_ARGS__, AMORTFLOW_FUNCTION_, AMORTFLOW_STRUCT_, unused)(__VA_ARGS__)
