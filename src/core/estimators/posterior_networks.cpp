#include "estimators/posterior_networks.h"

#include "base/errors.h"
#include "nets/summary_network.h"
#include "nets/weight_mirrors.h"

namespace amortflow {

namespace {

std::vector<Network> summaries_of(const PosteriorOptions& options) {
  std::vector<Network> networks;
  for (const auto& observable : options.observables) {
    networks.push_back(observable.width > 0 ? make_summary_network(observable.summary, observable.width) : Network());
  }
  return networks;
}

}  // namespace

// The store is declared after the networks, whose layers tell it what they need.
PosteriorNetworks::PosteriorNetworks(const PosteriorOptions& options)
    : parameter_count(options.parameter_count),
      observables(options.observables),
      context_width(options.context_width),
      summaries(summaries_of(options)),
      condition_width(width_of_condition()),
      inference(make_inference_network(options.inference, parameter_count, condition_width, options.seed)),
      seed(options.seed),
      store(declared()) {
  store.initialize(options.seed);
}

std::int64_t PosteriorNetworks::width_of_condition() const {
  std::int64_t width = context_width;
  for (std::size_t k = 0; k < summaries.size(); ++k) {
    if (is_used(k)) width += summaries[k].output_width(observables[k].width);
  }
  if (width > 0) return width;
  throw ConfigError("A posterior must be conditioned on at least one number.");
}

ParameterLayout PosteriorNetworks::declared() {
  ParameterLayout layout;
  for (std::size_t k = 0; k < summaries.size(); ++k) {
    summaries[k].declare(layout, k == 0 ? "summary" : "summary_" + std::to_string(k + 1));
  }
  inference->declare(layout, "inference");
  return layout;
}

void PosteriorNetworks::check_data(const Batch& data) const {
  if (data.observed.size() != observables.size()) {
    throw ShapeError("there must be " + std::to_string(observables.size()) + " observables, not " +
                     std::to_string(data.observed.size()));
  }
  for (std::size_t k = 0; k < observables.size(); ++k) {
    if (data.observed[k].values.cols == observables[k].width) continue;
    throw ShapeError("data must have " + std::to_string(observables[k].width) + " variables, not " +
                     std::to_string(data.observed[k].values.cols));
  }
  if (data.context.cols != context_width) {
    throw ShapeError("the context must have " + std::to_string(context_width) + " numbers, not " +
                     std::to_string(data.context.cols));
  }
}

void PosteriorNetworks::check_parameters(const Matrix<float>& rows) const {
  if (rows.cols == parameter_count) return;
  throw ShapeError("there must be " + std::to_string(parameter_count) + " parameters, not " +
                   std::to_string(rows.cols));
}

void PosteriorNetworks::check_noise(const Matrix<float>& noise, std::int64_t data_sets) const {
  const std::int64_t width = inference->loss_noise_width();
  if (width == 0 || (noise.rows == data_sets && noise.cols == width)) return;
  throw ShapeError("a batch of " + std::to_string(data_sets) + " data sets must have " + std::to_string(width) +
                   " random numbers for each");
}

void PosteriorNetworks::check_summaries(std::int64_t rows, std::int64_t data_sets) {
  if (rows != data_sets) throw ShapeError("without a summary network every data set must be one row");
}

void PosteriorNetworks::refresh_mirrors() {
  const std::lock_guard<std::mutex> lock(mirrors_);
  amortflow::refresh_mirrors(store);
}

}  // namespace amortflow
