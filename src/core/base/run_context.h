#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace amortflow {

/// What a long run tells its host about ten times a second. Unknown numbers are NaN.
struct Progress {
  std::int64_t done = 0;   ///< steps, simulations or data sets finished
  std::int64_t total = 0;  ///< and how many there are to be
  std::int64_t epoch = 0;
  double loss = 0;
  double validation_loss = 0;
};

/// The host's side of a long run, passed as an argument: the core never prints and never polls R by itself. All
/// three are called on the thread that entered the core, and only there; empty functions are allowed.
struct RunContext {
  std::function<bool()> interrupted;  ///< true once the user has asked to stop
  std::function<void(const Progress&)> progress;
  std::function<void(const std::string&)> log;
};

}  // namespace amortflow
