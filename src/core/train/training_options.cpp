#include "train/training_options.h"

namespace amortflow {

TrainingOptions TrainingOptions::from_spec(const Spec& spec) {
  constexpr std::int64_t kMany = 1000000000;
  SpecReader reader(spec, "fit_posterior()");
  TrainingOptions options;
  reader.choice("kind", {"training"});
  options.epochs = reader.integer("epochs", 1, kMany);
  options.until_converged = reader.flag("until_converged");
  options.batches_per_epoch = reader.integer("batches_per_epoch", 1, kMany);
  options.batch_size = reader.integer("batch_size", 1, kMany);
  options.shards = reader.integer("shards", 1, 1024);
  options.patience = reader.integer("patience", 1, kMany);
  if (reader.has("converged_gain")) options.converged_gain = reader.number("converged_gain", 0, 1e6);
  options.schedule = schedule_kind(reader.text("schedule"));
  options.learning_rate = reader.number("learning_rate", 0, 1e6);
  options.warmup = reader.number("warmup", 0, 1);
  options.optimizer.weight_decay = reader.number("weight_decay", 0, 1);
  options.optimizer.clip_norm = reader.number("clip_norm", 1e-12, 1e12);
  options.optimizer.average_decay = reader.number("average", 0, 1);
  reader.finish();
  return options;
}

}  // namespace amortflow
