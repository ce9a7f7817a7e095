#include "train/training_result.h"

namespace amortflow {

const char* outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kConverged: return "converged";
    case Outcome::kStoppedEarly: return "stopped_early";
    case Outcome::kMaxEpochs: return "max_epochs";
    case Outcome::kInterrupted: return "interrupted";
    case Outcome::kDiverged: return "diverged";
    case Outcome::kSimulatorFailed: return "simulator_failed";
    case Outcome::kStoreFailed: return "store_failed";
  }
  return "";
}

bool can_go_on(Outcome outcome) {
  return outcome == Outcome::kInterrupted || outcome == Outcome::kSimulatorFailed || outcome == Outcome::kStoreFailed;
}

}  // namespace amortflow
