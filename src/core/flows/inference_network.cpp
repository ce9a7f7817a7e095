#include "flows/inference_network.h"

#include "base/errors.h"
#include "flows/autoregressive_flow.h"
#include "flows/consistency.h"
#include "flows/coupling_flow.h"
#include "flows/diffusion.h"
#include "flows/flow_matching.h"
#include "flows/mixed_network.h"
#include "flows/mixture_network.h"

namespace amortflow {

void InferenceNetwork::fill_draw_noise(const ParameterStore&, rng& random, float* row) const {
  for (std::int64_t j = 0; j < draw_noise_width(); ++j) row[j] = static_cast<float>(random.normal());
}

Panel InferenceNetwork::negative_log_density(const Pass& pass, const Panel& values, Scratch& scratch) const {
  Pass own = pass;
  return run_loss(*this, own, values, scratch);
}

std::unique_ptr<InferenceNetwork> make_inference_network(const Spec& spec,
                                                         std::int64_t dimension,
                                                         std::int64_t condition_width,
                                                         std::uint64_t seed) {
  const std::string name = spec.kind();
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
  if (name == "mixed") {
    return std::make_unique<MixedNetwork>(MixedOptions::from_spec(spec), dimension, condition_width, seed);
  }
  throw ConfigError("There is no inference network of kind \"" + name + "\".");
}

}  // namespace amortflow
