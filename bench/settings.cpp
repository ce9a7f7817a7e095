#include "settings.h"

#include <climits>
#include <unistd.h>

#include "base/errors.h"

namespace amortflow::bench {

namespace {

std::string own_path() {
  char path[PATH_MAX];
  const auto length = readlink("/proc/self/exe", path, sizeof path);
  if (length <= 0) throw Error("The path of this program cannot be read from /proc/self/exe.");
  return {path, static_cast<std::size_t>(length)};
}

int rounds_from(const std::string& text) {
  const bool digits = !text.empty() && text.size() < 6 && text.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || std::stoi(text) < 1)
    throw ConfigError("--rounds takes a positive whole number, not \"" + text + "\".");
  return std::stoi(text);
}

}  // namespace

Settings settings_from(const std::vector<std::string>& arguments) {
  Settings settings;
  settings.executable = own_path();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& option = arguments[i];
    const auto value = [&] {
      if (i + 1 == arguments.size()) throw ConfigError(option + " needs a value.");
      return arguments[++i];
    };
    if (option == "--cpu-time") {
      settings.clock = Clock::kCpu;
    } else if (option == "--one-core-type") {
      settings.all_core_types = false;
    } else if (option == "--rounds") {
      settings.rounds = rounds_from(value());
    } else if (option == "--only") {
      settings.only = value();
    } else {
      throw ConfigError("Unknown option \"" + option + "\".",
                        "Options are --cpu-time, --rounds N, --only NAME and --one-core-type.");
    }
  }
  return settings;
}

std::string arguments_of_child(const Settings& settings, const std::string& name) {
  return "--one-core-type --only " + name + " --rounds " + std::to_string(settings.rounds) +
         (settings.clock == Clock::kCpu ? " --cpu-time" : "");
}

}  // namespace amortflow::bench
