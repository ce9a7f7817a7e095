#pragma once

#include <Rcpp.h>

#include "base/host_service.h"
#include "base/run_context.h"

namespace amortflow {

/// R's side of a long run: the poll for Ctrl-C, and progress through `r_progress`, function(progress) with the named
/// list of Progress's fields, or NULL. An error of the closure leaves through unwind protection. To be used, and
/// destroyed, on R's thread.
[[nodiscard]] RunContext make_run_context(const Rcpp::RObject& r_progress);

/// Runs `work` under `host`. After Ctrl-C the call ends as an interrupt of R does.
void run_interruptible(HostService& host, const std::function<void()>& work);

/// The same for `work` that calls HostService::run() itself.
void end_as_interrupt(const HostService& host, const std::function<void()>& work);

}  // namespace amortflow
