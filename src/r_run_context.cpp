#include "r_run_context.h"

#include <R_ext/Utils.h>

#include "base/errors.h"

namespace amortflow {

namespace {

/// R_CheckUserInterrupt() jumps; R_ToplevelExec() catches the jump and tells of it.
bool interrupt_pending() {
  return R_ToplevelExec([](void*) { R_CheckUserInterrupt(); }, nullptr) == FALSE;
}

Rcpp::List from_progress(const Progress& progress) {
  return Rcpp::List::create(Rcpp::_["done"] = static_cast<double>(progress.done),
                            Rcpp::_["total"] = static_cast<double>(progress.total),
                            Rcpp::_["epoch"] = static_cast<double>(progress.epoch), Rcpp::_["loss"] = progress.loss,
                            Rcpp::_["validation_loss"] = progress.validation_loss);
}

}  // namespace

RunContext make_run_context(const Rcpp::RObject& r_progress) {
  RunContext context;
  context.interrupted = interrupt_pending;
  if (!r_progress.isNULL()) {
    const Rcpp::Function r_report(r_progress);
    context.progress = [r_report](const Progress& progress) { r_report(from_progress(progress)); };
  }
  return context;
}

void run_interruptible(HostService& host, const std::function<void()>& work) {
  end_as_interrupt(host, [&] { host.run(work); });
}

void end_as_interrupt(const HostService& host, const std::function<void()>& work) {
  try {
    work();
  } catch (const Cancelled&) {
    if (host.interrupted()) throw Rcpp::internal::InterruptedException();
    throw;
  }
}

}  // namespace amortflow
