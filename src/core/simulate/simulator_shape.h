#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace amortflow {

/// What goes into a simulator and what comes out, as its code says.
struct SimulatorShape {
  struct Context {
    std::string name;
    std::int64_t length = 1;
  };
  struct Observable {
    std::string name;            ///< empty where there is only one
    std::int64_t positions = 1;  ///< 0 where every simulation decides
    std::int64_t variables = 1;
    std::vector<std::string> names{};  ///< of the variables, or empty
  };

  std::int64_t parameters = 0;
  std::vector<Context> context;
  std::vector<Observable> observables;
  bool missing = false;  ///< NaN is a value of the data: it was not observed

  [[nodiscard]] std::int64_t context_length() const {
    std::int64_t length = 0;
    for (const auto& value : context) length += value.length;
    return length;
  }
};

}  // namespace amortflow
