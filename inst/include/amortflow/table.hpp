#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "amortflow/arguments.hpp"
#include "amortflow/output.hpp"
#include "amortflow/philox.hpp"
#include "amortflow/sizes.hpp"

/// What stands between a compiled simulator and the package: plain structs of C, and the loops over simulations, which
/// are here so that they are compiled with the simulator.
namespace amortflow {

/// Changes whenever one of these structs does.
inline constexpr std::uint32_t kSimulatorAbi = 3;

/// `count` simulations of the run with `seed`. Row r has the random stream (seed, indices[r], purposes[r]).
struct run_request {
  std::uint64_t seed;
  const std::uint64_t* indices;
  const std::uint32_t* purposes;
  std::int64_t count;
  const double* theta;    ///< count x parameters
  const double* context;  ///< count x context values
  double* const* out;     ///< observables of fixed length: count x positions x variables; others: nullptr
  bool (*cancelled)(const void* host);
  void (*failed)(void* host, std::int64_t row, const char* message);  ///< row counts from 0 within the request
  /// Takes observable k, whose number of positions varies: `count` lengths, and all rows.
  void (*take)(void* host, std::int64_t k, const std::int64_t* lengths, const double* values);
  void* host;
};

/// `count` parameter vectors beside one data set; `out` takes count x positions of observable 0.
struct density_request {
  std::int64_t count;
  const double* theta;
  const double* context;  ///< one row
  const observed* data;
  double* out;
  void (*failed)(void* host, std::int64_t row, const char* message);
  void* host;
};

/// Calls back with everything that a host must know of the shape of a simulator.
struct shape_visitor {
  void (*parameters)(void* host, std::int64_t count);
  void (*context)(void* host, const char* name, std::int64_t length);
  void (*observable)(void* host, const char* name, std::int64_t positions, std::int64_t variables);
  void (*variable)(void* host, const char* name);  ///< of the observable before
  void* host;
};

/// What the package finds in a compiled simulator, under the name `amortflow_simulator`.
struct simulator_table {
  std::uint32_t abi_version;
  bool debug;
  const char* name;
  /// Settings from named numbers; on error nullptr, with the reason in `message`.
  void* (*make)(const char* const* names,
                const double* const* values,
                const std::int64_t* lengths,
                std::int64_t count,
                char* message,
                std::size_t capacity);
  void (*destroy)(void* settings);
  /// False where the sizes cannot be, with the reason in `message`.
  bool (*shape)(const void* settings, const shape_visitor* visitor, char* message, std::size_t capacity);
  /// Returns the number of simulations done, which is less than asked for only if cancelled.
  std::int64_t (*run)(const void* settings, const run_request* request);
  /// nullptr where the simulator has no log likelihood.
  void (*log_lik)(const void* settings, const density_request* request);
};

namespace detail {

inline constexpr const char* kForeignException = "an exception that is not a std::exception";

/// Runs `function`; what it throws becomes `message`, with `prefix` where it is not a complaint of these headers.
template <class Function>
bool caught(const Function& function, const char* prefix, char* message, std::size_t capacity) {
  try {
    function();
    return false;
  } catch (const complaint& error) {
    std::snprintf(message, capacity, "%s", error.what());
  } catch (const std::exception& error) {
    std::snprintf(message, capacity, "%s%s", prefix, error.what());
  } catch (...) {
    std::snprintf(message, capacity, "%s%s", prefix, kForeignException);
  }
  return true;
}

template <class Simulator>
void* make_settings(const char* const* names,
                    const double* const* values,
                    const std::int64_t* lengths,
                    std::int64_t count,
                    char* message,
                    std::size_t capacity) {
  void* made = nullptr;
  caught(
      [&] {
        const arguments given(names, values, lengths, count);
        auto settings = Simulator::make(given);
        given.finish();
        made = new typename Simulator::settings(std::move(settings));
      },
      "", message, capacity);
  return made;
}

template <class Simulator>
void destroy_settings(void* settings) {
  delete static_cast<typename Simulator::settings*>(settings);
}

template <class Simulator>
bool visit_shape(const void* settings, const shape_visitor* visitor, char* message, std::size_t capacity) {
  return !caught(
      [&] {
        const sizes shape = Simulator::shape(*static_cast<const typename Simulator::settings*>(settings));
        shape.check();
        visitor->parameters(visitor->host, shape.n_parameters());
        for (const auto& value : shape.contexts()) visitor->context(visitor->host, value.name.c_str(), value.length);
        for (const auto& one : shape.observables()) {
          visitor->observable(visitor->host, one.name.c_str(), one.positions, one.variables);
          for (const auto& name : one.names) visitor->variable(visitor->host, name.c_str());
        }
      },
      "", message, capacity);
}

/// The two signatures of simulate(): plain pointers, or input and output.
template <class Simulator>
void call(const input& in,
          const typename Simulator::settings& settings,
          typename Simulator::workspace& workspace,
          rng& random,
          output& out) {
  if constexpr (std::is_invocable_v<decltype(&Simulator::simulate), const input&, const typename Simulator::settings&,
                                    typename Simulator::workspace&, rng&, output&>) {
    Simulator::simulate(in, settings, workspace, random, out);
  } else {
    Simulator::simulate(in.theta, settings, workspace, random, out.observable());
  }
}

#ifdef AMORTFLOW_DEBUG
inline constexpr bool kDebug = true;
/// Parameters and context between guards too: what is read beyond their end is NaN.
class guarded_input final {
 public:
  guarded_input(const input& in, const sizes& shape)
      : in_{theta_.prepare(in.theta, shape.n_parameters()), context_.prepare(in.context, shape.n_context())} {}
  [[nodiscard]] const input& get() const { return in_; }
  void check() const {
    theta_.check("theta");
    context_.check("context");
  }

 private:
  guarded_numbers theta_;
  guarded_numbers context_;
  input in_;
};

template <class Simulator>
void call_checked(const input& in,
                  const sizes& shape,
                  const typename Simulator::settings& settings,
                  typename Simulator::workspace& workspace,
                  rng& random,
                  output& out) {
  const guarded_input guarded(in, shape);
  call<Simulator>(guarded.get(), settings, workspace, random, out);
  guarded.check();
  out.check();
}
template <class Simulator>
void log_lik_checked(const input& in,
                     const sizes& shape,
                     const typename Simulator::settings& settings,
                     const observed& data,
                     double* out) {
  const guarded_input guarded(in, shape);
  guarded_numbers values;
  Simulator::log_lik(guarded.get(), settings, data, values.prepare(data.positions()));
  guarded.check();
  values.check("out");
  std::copy_n(values.begin(), data.positions(), out);
}
#else
inline constexpr bool kDebug = false;
template <class Simulator>
void call_checked(const input& in,
                  const sizes&,
                  const typename Simulator::settings& settings,
                  typename Simulator::workspace& workspace,
                  rng& random,
                  output& out) {
  call<Simulator>(in, settings, workspace, random, out);
}
template <class Simulator>
void log_lik_checked(const input& in,
                     const sizes&,
                     const typename Simulator::settings& settings,
                     const observed& data,
                     double* out) {
  Simulator::log_lik(in, settings, data, out);
}
#endif

inline std::vector<observable_buffer> buffers_of(const sizes& shape, const run_request& request) {
  std::vector<observable_buffer> buffers;
  for (std::size_t k = 0; k < shape.observables().size(); ++k) {
    buffers.emplace_back(shape.observables()[k], request.out[k]);
    const auto& one = shape.observables()[k];
    if (one.positions == varies) continue;
    std::fill_n(request.out[k], request.count * one.positions * one.variables,
                std::numeric_limits<double>::quiet_NaN());
  }
  return buffers;
}

template <class Simulator>
void run_one(const run_request& request,
             std::int64_t row,
             const input& in,
             const sizes& shape,
             const typename Simulator::settings& settings,
             typename Simulator::workspace& workspace,
             output& out) {
  char message[512];
  rng random(request.seed, request.indices[row], request.purposes[row]);
  out.begin(row);
  const bool failed = caught([&] { call_checked<Simulator>(in, shape, settings, workspace, random, out); },
                             "it threw: ", message, sizeof message);
  if (failed) request.failed(request.host, row, message);
  if (!out.end(failed)) request.failed(request.host, row, "it gave no positions of an observable");
}

/// The loop over simulations stands here, in the user's shared object, so that the compiler can inline the simulator.
template <class Simulator>
std::int64_t run_all(const void* raw_settings, const run_request* request) {
  const auto& settings = *static_cast<const typename Simulator::settings*>(raw_settings);
  const sizes shape = Simulator::shape(settings);
  const std::int64_t context_count = shape.n_context();
  typename Simulator::workspace workspace{};
  output out(buffers_of(shape, *request));
  for (std::int64_t row = 0; row < request->count; ++row) {
    if (request->cancelled(request->host)) return row;
    const input in{request->theta + row * shape.n_parameters(), request->context + row * context_count};
    run_one<Simulator>(*request, row, in, shape, settings, workspace, out);
  }
  for (std::size_t k = 0; k < out.buffers().size(); ++k) {
    const auto& buffer = out.buffers()[k];
    if (buffer.positions != varies) continue;
    request->take(request->host, static_cast<std::int64_t>(k), buffer.lengths.data(), buffer.rows.data());
  }
  return request->count;
}

template <class Simulator>
void log_lik_all(const void* raw_settings, const density_request* request) {
  const auto& settings = *static_cast<const typename Simulator::settings*>(raw_settings);
  const sizes shape = Simulator::shape(settings);
  const std::int64_t parameters = shape.n_parameters();
  char message[512];
  for (std::int64_t row = 0; row < request->count; ++row) {
    const input in{request->theta + row * parameters, request->context};
    double* out = request->out + row * request->data->positions();
    const auto evaluate = [&] { log_lik_checked<Simulator>(in, shape, settings, *request->data, out); };
    if (caught(evaluate, "it threw: ", message, sizeof message)) {
      request->failed(request->host, row, message);
    }
  }
}

template <class Simulator, class = void>
struct has_log_lik : std::false_type {};
template <class Simulator>
struct has_log_lik<Simulator, std::void_t<decltype(&Simulator::log_lik)>> : std::true_type {};

template <class Simulator>
constexpr auto log_lik_of() -> void (*)(const void*, const density_request*) {
  if constexpr (has_log_lik<Simulator>::value) {
    return log_lik_all<Simulator>;
  } else {
    return nullptr;
  }
}

template <class Simulator>
constexpr simulator_table table_of(const char* name) {
  return {kSimulatorAbi,
          kDebug,
          name,
          make_settings<Simulator>,
          destroy_settings<Simulator>,
          visit_shape<Simulator>,
          run_all<Simulator>,
          log_lik_of<Simulator>()};
}

struct no_settings {};

/// A function as a simulator without settings, and its log likelihood.
template <auto Function>
struct function_simulator {
  using settings = no_settings;
  struct workspace {};
  static settings make(const arguments&) { return {}; }
  static void simulate(const input& in, const settings&, workspace&, rng& random, output& out) {
    if constexpr (std::is_invocable_v<decltype(Function), const input&, output&, rng&>) {
      Function(in, out, random);
    } else {
      Function(in.theta, out.observable(), random);
    }
  }
};
template <auto Function>
struct function_log_lik {
  static void log_lik(const input& in, const no_settings&, const observed& data, double* out) {
    if constexpr (std::is_invocable_v<decltype(Function), const input&, const observed&, double*>) {
      Function(in, data, out);
    } else {
      Function(in.theta, data.values(), data.positions(), out);
    }
  }
};

}  // namespace detail
}  // namespace amortflow
