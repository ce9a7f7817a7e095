#include "flows/conditional_network.h"

#include <cstring>

#include "nets/layer_run.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kLogDet = 13 };  // of the scratch in which a loss runs; its layers have children of their own

}  // namespace

void ConditionalNetwork::fill_loss_noise(rng& random, float* row) const {
  for (std::int64_t j = 0; j < loss_noise_width(); ++j) row[j] = static_cast<float>(random.normal());
}

Panel run_loss(const ConditionalNetwork& network, Pass& pass, const Panel& in, Scratch& scratch) {
  const Panel log_det = scratch.panel(kLogDet, 1, in.rows);
  std::memset(log_det.values, 0, sizeof(float) * static_cast<std::size_t>(in.rows));
  pass.log_det = log_det.values;
  scratch.output_segments.assign_uniform(in.rows, 1);
  const Network& loss = network.loss();
  return run_forward(loss, 0, loss.layers().size(), pass, in, scratch.output_segments, scratch);
}

}  // namespace amortflow
