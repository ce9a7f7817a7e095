#include "r_host_model.h"

#include "base/errors.h"
#include "r_simulations.h"

namespace amortflow {

Simulations HostModel::draw(std::int64_t first_index,
                            std::int64_t count,
                            std::uint64_t,
                            ThreadPool&,
                            const std::atomic<bool>&) const {
  const Rcpp::RObject r_result = r_draw_(static_cast<double>(first_index), static_cast<double>(count));
  if (r_result.isNULL()) {
    host_.interrupt();  // the trainer ends with the best weights; an exception here would lose them
    return {};
  }
  if (Rf_isLogical(r_result)) throw SimulatorError("the simulator failed during training", "");
  return to_simulations(Rcpp::List(r_result));
}

}  // namespace amortflow
