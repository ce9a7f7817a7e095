#include "train/checkpoint.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/durable_file.h"
#include "base/errors.h"
#include "base/fit_file.h"
#include "base/safetensors.h"

namespace amortflow {

namespace {

constexpr const char* kKind = "checkpoint";

using Named = std::pair<const char*, AlignedBuffer*>;

std::vector<Named> buffers_of(Checkpoint& checkpoint) {
  return {{"weights", &checkpoint.weights},
          {"best_weights", &checkpoint.best_weights},
          {"first_moment", &checkpoint.optimizer.first_moment},
          {"second_moment", &checkpoint.optimizer.second_moment},
          {"average", &checkpoint.optimizer.average}};
}

/// One row for each buffer, padding included: kernels rely on what stands there.
ParameterLayout layout_for(const std::vector<Named>& buffers, std::int64_t floats) {
  ParameterLayout layout;
  for (const auto& [name, buffer] : buffers) layout.add(name, 1, floats, {}, false);
  return layout;
}

/// Without the average where there is none.
std::vector<Named> used_buffers(Checkpoint& checkpoint, bool averaged) {
  auto buffers = buffers_of(checkpoint);
  if (!averaged) buffers.pop_back();
  return buffers;
}

[[noreturn]] void refuse_other(const std::string& path) {
  throw ConfigError("`" + path +
                        "` must be a checkpoint of this run, but it is that of another model, other data or "
                        "other settings",
                    "Name another file, or delete this one to start afresh.");
}

FitFile read_checkpoint_file(const std::string& path) {
  FitFile file = read_fit_file(path);
  if (file.fit.kind() != kKind) {
    throw FormatError("`" + path + "` must be a checkpoint, but it is something else",
                      "Name another file for `checkpoint`.");
  }
  return file;
}

}  // namespace

void write_checkpoint(const CheckpointOptions& options, const Checkpoint& checkpoint) {
  Checkpoint copy = checkpoint;
  const bool averaged = copy.optimizer.average.size() > 0;
  const auto buffers = used_buffers(copy, averaged);
  ParameterStore store(layout_for(buffers, copy.weights.size()));
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    std::copy_n(buffers[i].second->data(), buffers[i].second->size(), store.at(static_cast<std::int64_t>(i)));
  }
  FitFile file;
  file.fit = Spec::List{{"kind", kKind},
                        {"run", options.run},
                        {"about", options.about},
                        {"state", checkpoint.state.to_spec()},
                        {"source", checkpoint.source},
                        {"optimizer_steps", checkpoint.optimizer.steps},
                        {"averaged", averaged}};
  file.weights = to_safetensors(store, {{"format", "amortflow"}});
  write_durably(options.path, fit_file_bytes(file));
}

std::optional<Checkpoint> read_checkpoint(const CheckpointOptions& options, std::int64_t floats) {
  if (options.path.empty() || file_size(options.path) < 0) return std::nullopt;
  const FitFile file = read_checkpoint_file(options.path);
  SpecReader reader(file.fit, "a checkpoint");
  if (reader.text("run") != options.run) refuse_other(options.path);
  static_cast<void>(reader.has("about"));
  Checkpoint checkpoint;
  checkpoint.state = TrainingState::from_spec(reader.child("state"));
  checkpoint.source = reader.child("source");
  checkpoint.optimizer.steps = reader.integer("optimizer_steps", 0, kMostCounted);
  const auto buffers = used_buffers(checkpoint, reader.flag("averaged"));
  reader.finish();
  ParameterStore store(layout_for(buffers, floats));
  from_safetensors(file.weights.data(), file.weights.size(), store);
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    *buffers[i].second = AlignedBuffer(floats);
    std::copy_n(store.at(static_cast<std::int64_t>(i)), floats, buffers[i].second->data());
  }
  return checkpoint;
}

Spec checkpoint_heading(const std::string& path) {
  const FitFile file = read_checkpoint_file(path);
  SpecReader reader(file.fit, "a checkpoint");
  return Spec::List{{"run", reader.text("run")}, {"about", reader.child("about")}};
}

}  // namespace amortflow
