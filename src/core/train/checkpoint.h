#pragma once

#include <optional>
#include <string>

#include "base/parameter_store.h"
#include "base/spec.h"
#include "train/batch_source.h"
#include "train/optimizer.h"
#include "train/training_state.h"

namespace amortflow {

struct CheckpointOptions {
  std::string path;      ///< no checkpoints if empty
  double seconds = 600;  ///< between two of them; 0: after every step
  std::string run;       ///< hash of all that makes the run what it is; a checkpoint of another run is refused
  Spec about;            ///< kept for the host, which may need it to set the run up again (a seed left to chance)
};

/// A run between two steps: what comes after is bit by bit what would have come without a break.
struct Checkpoint {
  TrainingState state;
  SourcePosition source;
  AlignedBuffer weights;
  AlignedBuffer best_weights;
  Optimizer::State optimizer;
};

/// Writes a file so that after a crash there is the old one or the new one. The format is that of a fit
/// (base/fit_file), with the buffers as the tensors of a safetensors file. Throws StoreError.
void write_checkpoint(const CheckpointOptions& options, const Checkpoint& checkpoint);

/// The checkpoint of `options.path`, or nothing if there is no such file. `floats` is the length of the weights.
/// Throws FormatError if the file is damaged or no checkpoint, ConfigError if it is that of another run.
[[nodiscard]] std::optional<Checkpoint> read_checkpoint(const CheckpointOptions& options, std::int64_t floats);

/// What the file says of its run: a list of `run` and `about`. Throws FormatError.
[[nodiscard]] Spec checkpoint_heading(const std::string& path);

}  // namespace amortflow
