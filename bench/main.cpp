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
  for (const auto& part :
       {training_cases(), two_core_cases(), busy_neighbour_cases(), sampling_cases(), product_cases()}) {
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

void run_all(const Settings& settings) {
  const SingleThreadedLibraries single_threaded;
  int done = 0;
  for (const Case& benchmark : all_cases()) {
    if (benchmark.name.rfind(settings.only, 0) != 0) continue;
    if (settings.all_core_types) std::fprintf(stderr, "bench: %s\n", benchmark.name.c_str());
    run(benchmark, settings);
    ++done;
  }
  if (done > 0) return;
  std::string names;
  for (const Case& benchmark : all_cases()) names += "\n  " + benchmark.name;
  throw ConfigError("No benchmark's name begins with \"" + settings.only + "\".", "There are:" + names);
}

}  // namespace

int main(int count, char** arguments) {
  try {
    run_all(settings_from({arguments + 1, arguments + count}));
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "bench: %s %s\n", error.what(), error.hint().c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench: %s\n", error.what());
  }
  return 1;
}
