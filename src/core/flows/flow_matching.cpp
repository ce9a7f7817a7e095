#include "flows/flow_matching.h"

#include <cmath>

#include "flows/field_options.h"

namespace amortflow {

FlowMatchingOptions FlowMatchingOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "inference_flow_matching()");
  FlowMatchingOptions options;
  reader.choice("kind", {"flow_matching"});
  options.field = read_field_options(reader);
  options.time_power = reader.number("time_power", 0.1, 10);
  options.solver = read_ode_options(reader, reader.choice("solver", {"adaptive", "euler", "midpoint", "rk4"}));
  options.trace = read_trace_options(reader);
  reader.finish();
  return options;
}

FlowMatching::FlowMatching(const FlowMatchingOptions& options,
                           std::int64_t dimension,
                           std::int64_t condition_width,
                           std::uint64_t seed)
    : options_(options), dimension_(dimension) {
  options_.trace.seed = seed;
  options_.field.dimension = dimension;
  options_.field.condition_width = condition_width;
  auto layer = std::make_unique<FieldLoss>(NoisePath::kStraight, options_.field);
  field_ = layer.get();
  loss_.add(std::move(layer));
}

void FlowMatching::fill_loss_noise(rng& random, float* row) const {
  row[0] = static_cast<float>(1 - std::pow(random.uniform(), options_.time_power));
  for (std::int64_t j = 0; j < dimension_; ++j) row[1 + j] = static_cast<float>(random.normal());
}

Panel FlowMatching::draw(const Pass& pass, const Panel& noise, Scratch& scratch) const {
  return path_draw(*field_, pass, noise, 0, 1, options_.solver, scratch);
}

Panel FlowMatching::negative_log_density(const Pass& pass, const Panel& values, Scratch& scratch) const {
  return path_negative_log_density(*field_, pass, values, 1, 0, options_.solver, options_.trace, scratch);
}

}  // namespace amortflow
