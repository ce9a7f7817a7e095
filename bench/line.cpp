#include "line.h"

#include <cmath>
#include <cstdio>

#include "base/json.h"
#include "core_types.h"
#include "kernels/dispatch.h"

namespace amortflow::bench {

namespace {

std::string number(double value) {
  if (!std::isfinite(value)) return "null";
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

}  // namespace

void print(const Line& line) {
  const std::string core_type = blas_core_type();
  const std::string text = "{\"name\": " + quote_json(line.name) + ", \"ours\": " + number(line.ours) +
                           ", \"baseline\": " + number(line.baseline) + ", \"ratio\": " + number(line.ratio) +
                           ", \"share\": " + number(line.share) + ", \"unit\": " + quote_json(line.unit) +
                           ", \"isa\": " + quote_json(instruction_set()) + ", \"blas\": " + quote_json(core_type) +
                           ", \"what\": " + quote_json(line.what) + "}\n";
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

}  // namespace amortflow::bench
