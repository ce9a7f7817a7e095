#pragma once

#include <string>
#include <vector>

namespace amortflow::bench {

/// Which clock times are read from. CPU time is that of the whole process, which for work on one thread is the
/// thread's own: the measure of a busy machine. Work on two threads is always timed by the wall clock.
enum class Clock { kWall, kCpu };

/// What the command line says.
struct Settings {
  Clock clock = Clock::kWall;
  int rounds = 15;
  std::string only;            ///< the case of this name, or all whose names begin so; empty for all
  bool all_core_types = true;  ///< false: baselines run with the BLAS core type of this process alone
  std::string executable;      ///< path of this program, for child processes
};

/// Reads --cpu-time, --rounds N, --only NAME, --one-core-type; throws ConfigError for anything else.
[[nodiscard]] Settings settings_from(const std::vector<std::string>& arguments);

/// The arguments that say the same of one case and one core type.
[[nodiscard]] std::string arguments_of_child(const Settings& settings, const std::string& name);

}  // namespace amortflow::bench
