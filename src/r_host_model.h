#pragma once

#include <Rcpp.h>

#include "base/host_service.h"
#include "simulate/generative_model.h"

namespace amortflow {

/// A model of which the prior or the simulator is an R function: `draw` calls back into R.
class HostModel final : public GenerativeModel {
 public:
  /// `r_draw`: function(first_index, count) that gives what to_simulations() takes, NULL if the user interrupted it, or
  /// FALSE if it failed (the R side keeps the reason), which `draw` throws as SimulatorError.
  HostModel(Rcpp::Function r_draw, HostService& host) : r_draw_(r_draw), host_(host) {}

  [[nodiscard]] Simulations draw(std::int64_t first_index,
                                 std::int64_t count,
                                 std::uint64_t seed,
                                 ThreadPool& pool,
                                 const std::atomic<bool>& cancel) const override;
  [[nodiscard]] bool needs_host() const override { return true; }

 private:
  Rcpp::Function r_draw_;
  HostService& host_;
};

}  // namespace amortflow
