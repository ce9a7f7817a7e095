#include "flows/inference_network.h"

#include <cstring>

#include "base/errors.h"
#include "flows/autoregressive_flow.h"
#include "flows/consistency.h"
#include "flows/coupling_flow.h"
#include "flows/diffusion.h"
#include "flows/flow_matching.h"
#include "flows/mixture_network.h"
#include "nets/layer_run.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kLogDet = 13 };  // of the scratch in which a loss runs; its layers have children of their own

}  // namespace

void InferenceNetwork::fill_loss_noise(rng& random, float* row) const {
  for (std::int64_t j = 0; j < loss_noise_width(); ++j) row[j] = static_cast<float>(random.normal());
}

void InferenceNetwork::fill_draw_noise(const ParameterStore&, rng& random, float* row) const {
  for (std::int64_t j = 0; j < draw_noise_width(); ++j) row[j] = static_cast<float>(random.normal());
}

Panel InferenceNetwork::negative_log_density(const Pass& pass, const Panel& values, Scratch& scratch) const {
  Pass own = pass;
  return run_loss(*this, own, values, scratch);
}

Panel run_loss(const InferenceNetwork& network, Pass& pass, const Panel& in, Scratch& scratch) {
  const Panel log_det = scratch.panel(kLogDet, 1, in.rows);
  std::memset(log_det.values, 0, sizeof(float) * static_cast<std::size_t>(in.rows));
  pass.log_det = log_det.values;
  scratch.output_segments.assign_uniform(in.rows, 1);
  const Network& loss = network.loss();
  return run_forward(loss, 0, loss.layers().size(), pass, in, scratch.output_segments, scratch);
}

std::unique_ptr<InferenceNetwork> make_inference_network(const Spec& spec,
                                                         std::int64_t dimension,
                                                         std::int64_t condition_width,
                                                         std::uint64_t seed) {
  const Spec* kind = spec.find("kind");
  const std::string name = kind == nullptr || kind->texts() == nullptr ? "" : kind->texts()->front();
  if (name == "coupling_flow") {
    return std::make_unique<CouplingFlow>(CouplingFlowOptions::from_spec(spec), dimension, condition_width, seed);
  }
  if (name == "autoregressive_flow") {
    return std::make_unique<AutoregressiveFlow>(AutoregressiveFlowOptions::from_spec(spec), dimension, condition_width);
  }
  if (name == "mixture") {
    return std::make_unique<MixtureNetwork>(MixtureOptions::from_spec(spec), dimension, condition_width);
  }
  if (name == "flow_matching") {
    return std::make_unique<FlowMatching>(FlowMatchingOptions::from_spec(spec), dimension, condition_width, seed);
  }
  if (name == "diffusion") {
    return std::make_unique<Diffusion>(DiffusionOptions::from_spec(spec), dimension, condition_width, seed);
  }
  if (name == "consistency") {
    return std::make_unique<Consistency>(ConsistencyOptions::from_spec(spec), dimension, condition_width);
  }
  throw ConfigError("There is no inference network of kind \"" + name + "\".");
}

}  // namespace amortflow
