#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "base/errors.h"
#include "cases.h"
#include "core_types.h"
#include "nets/library_threads.h"

using namespace amortflow;
using namespace amortflow::bench;

namespace {

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& part : {training_cases(), two_core_cases(), busy_neighbour_cases(), device_cases(), sampling_cases(),
                           product_cases()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

void run(const Case& benchmark, const Settings& settings) {
  const bool in_children = settings.all_core_types && (benchmark.uses_blas || benchmark.runs_alone);
  if (in_children) {
    run_in_children(settings, benchmark.name, benchmark.uses_blas);
  } else {
    benchmark.run(settings);
  }
}

/// The case that is called `only`; without one, all whose names begin so.
std::vector<Case> chosen_cases(const std::string& only) {
  std::vector<Case> chosen;
  std::string names;
  for (const Case& benchmark : all_cases()) {
    if (benchmark.name == only) return {benchmark};
    if (benchmark.name.rfind(only, 0) == 0) chosen.push_back(benchmark);
    names += "\n  " + benchmark.name;
  }
  if (chosen.empty()) throw ConfigError("No benchmark's name begins with \"" + only + "\".", "There are:" + names);
  return chosen;
}

void run_chosen(const Settings& settings) {
  const SingleThreadedLibraries single_threaded;
  for (const Case& benchmark : chosen_cases(settings.only)) {
    if (settings.all_core_types) std::fprintf(stderr, "bench: %s\n", benchmark.name.c_str());
    run(benchmark, settings);
  }
}

}  // namespace

int main(int count, char** arguments) {
  try {
    run_chosen(settings_from({arguments + 1, arguments + count}));
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "bench: %s %s\n", error.what(), error.hint().c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench: %s\n", error.what());
  }
  return 1;
}
