#include "flows/diffusion.h"

#include <algorithm>

#include "base/constants.h"
#include "flows/diffusion_samplers.h"
#include "flows/field_options.h"
#include "flows/noise_levels.h"

namespace amortflow {

namespace {

// log noise levels of training: Karras et al. (2022), table 1.
constexpr double kLogLevelMean = -1.2;
constexpr double kLogLevelSd = 1.2;

}  // namespace

DiffusionOptions DiffusionOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "inference_diffusion()");
  DiffusionOptions options;
  reader.choice("kind", {"diffusion"});
  options.field = read_field_options(reader);
  options.schedule = reader.choice("schedule", {"edm", "cosine"}) == "edm" ? Schedule::kEdm : Schedule::kCosine;
  const std::string solver = reader.choice("solver", {"adaptive", "euler", "midpoint", "rk4", "heun", "sde"});
  if (solver == "heun") options.sampler = Sampler::kHeun;
  if (solver == "sde") options.sampler = Sampler::kStochastic;
  options.solver = read_ode_options(reader, solver);
  options.trace = read_trace_options(reader);
  reader.finish();
  return options;
}

Diffusion::Diffusion(const DiffusionOptions& options,
                     std::int64_t dimension,
                     std::int64_t condition_width,
                     std::uint64_t seed)
    : options_(options), dimension_(dimension) {
  options_.trace.seed = seed;
  options_.field.dimension = dimension;
  options_.field.condition_width = condition_width;
  auto layer = std::make_unique<FieldLoss>(NoisePath::kAngular, options_.field);
  field_ = layer.get();
  loss_.add(std::move(layer));
}

void Diffusion::fill_loss_noise(rng& random, float* row) const {
  const double time = options_.schedule == DiffusionOptions::Schedule::kEdm
                          ? angle_of(log_normal_level(random, kLogLevelMean, kLogLevelSd))
                          : std::min(angle_of(kMostNoise), std::max(angle_of(kLeastNoise), kHalfPi * random.uniform()));
  row[0] = static_cast<float>(time);
  for (std::int64_t j = 0; j < dimension_; ++j) row[1 + j] = static_cast<float>(random.normal());
}

std::int64_t Diffusion::draw_noise_width() const {
  return options_.sampler == DiffusionOptions::Sampler::kStochastic ? options_.solver.steps * dimension_ : dimension_;
}

Panel Diffusion::draw(const Pass& pass, const Panel& noise, Scratch& scratch) const {
  const std::int64_t steps = options_.solver.steps;
  switch (options_.sampler) {
    case DiffusionOptions::Sampler::kHeun: return heun_draw(*field_, pass, noise, steps, scratch);
    case DiffusionOptions::Sampler::kStochastic:
      return stochastic_draw(*field_, pass, noise, dimension_, steps, scratch);
    case DiffusionOptions::Sampler::kOde: break;
  }
  return path_draw(*field_, pass, noise, angle_of(kMostNoise), 0, options_.solver, scratch);
}

Panel Diffusion::negative_log_density(const Pass& pass, const Panel& values, Scratch& scratch) const {
  return path_negative_log_density(*field_, pass, values, 0, angle_of(kMostNoise), options_.solver, options_.trace,
                                   scratch);
}

}  // namespace amortflow
