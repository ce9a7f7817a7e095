#include "core_types.h"

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <limits>
#include <map>
#include <vector>

#include "base/errors.h"
#include "base/instruction_set.h"
#include "base/json.h"

namespace amortflow::bench {

namespace {

constexpr const char* kVariable = "OPENBLAS_CORETYPE";

/// As OpenBLAS chooses by itself (""), and its widest kernels where it may not know the machine.
std::vector<std::string> core_types() {
  if (blas_core_type().empty() || std::getenv(kVariable) != nullptr) return {""};
  std::vector<std::string> types{""};
  const InstructionSet set = widest_instruction_set();
  if (set >= InstructionSet::kAvx2 && blas_core_type() != "Haswell") types.emplace_back("Haswell");
  if (set >= InstructionSet::kAvx512 && blas_core_type() != "SkylakeX") types.emplace_back("SkylakeX");
  return types;
}

std::vector<std::string> lines_of(const std::string& command) {
  std::FILE* out = popen(command.c_str(), "r");
  if (out == nullptr) throw Error("A child process could not be started.");
  std::vector<std::string> lines(1);
  for (int byte = std::fgetc(out); byte != EOF; byte = std::fgetc(out)) {
    lines.back().push_back(static_cast<char>(byte));
    if (byte == '\n') lines.emplace_back();
  }
  lines.pop_back();
  if (pclose(out) != 0) throw Error("A benchmark failed in its child process: " + command);
  return lines;
}

double ratio_of(const Spec& line) {
  const Spec* ratio = line.find("ratio");
  const bool known = ratio != nullptr && ratio->numbers() != nullptr && ratio->numbers()->size() == 1;
  return known ? ratio->numbers()->front() : std::numeric_limits<double>::infinity();
}

struct Kept {
  std::string line;
  double ratio = 0;
};

}  // namespace

std::string blas_core_type() {
  const auto name = reinterpret_cast<char* (*)()>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  return name == nullptr ? "" : name();
}

void run_in_children(const Settings& settings, const std::string& name, bool each_core_type) {
  std::vector<std::string> order;
  std::map<std::string, Kept> kept;
  for (const std::string& type : each_core_type ? core_types() : std::vector<std::string>{""}) {
    if (!type.empty()) setenv(kVariable, type.c_str(), 1);
    for (const std::string& line : lines_of("'" + settings.executable + "' " + arguments_of_child(settings, name))) {
      const Spec result = from_plain_json(line);
      const std::string& key = result.find("name")->texts()->front();
      const double ratio = ratio_of(result);
      const auto before = kept.find(key);
      if (before == kept.end()) order.push_back(key);
      if (before == kept.end() || ratio < before->second.ratio) kept[key] = {line, ratio};
    }
    if (!type.empty()) unsetenv(kVariable);
  }
  for (const std::string& key : order) std::fputs(kept[key].line.c_str(), stdout);
  std::fflush(stdout);
}

}  // namespace amortflow::bench
