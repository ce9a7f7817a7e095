#include "estimators/posterior_networks.h"

#include <algorithm>

#include "base/errors.h"
#include "base/random.h"
#include "nets/summary_network.h"
#include "nets/weight_mirrors.h"

namespace amortflow {

namespace {

std::vector<PosteriorMember> members_of(const PosteriorOptions& options) {
  if (options.members < 1) throw ConfigError("a posterior must have at least one network");
  std::vector<PosteriorMember> members(static_cast<std::size_t>(options.members));
  for (auto& member : members) {
    for (const auto& observable : options.observables) {
      member.summaries.push_back(observable.width > 0 ? make_summary_network(observable.summary, observable.width)
                                                      : Network());
    }
  }
  return members;
}

/// Seed of a member's structure; the first one's is the fit's own.
std::uint64_t member_seed(std::uint64_t seed, std::size_t member) {
  return member == 0 ? seed : stream(seed, Purpose::kMember, member).next_uint64();
}

}  // namespace

// The store is declared after the networks, whose layers tell it what they need.
PosteriorNetworks::PosteriorNetworks(const PosteriorOptions& options)
    : parameter_count(options.parameter_count),
      observables(options.observables),
      context_width(options.context_width),
      members(members_of(options)),
      summaries_width(width_of_summaries()),
      condition_width(width_of_condition(options.head)),
      seed(options.seed),
      store(completed(options.inference)) {
  store.initialize(options.seed);
  plain_columns_ = find_plain_columns();
  if (options.regression.is_null()) return;
  regression = LinearRegression(options.regression, parameter_count, static_cast<std::int64_t>(plain_columns_.size()));
}

/// Whether observable k conditions the inference networks as it is.
bool PosteriorNetworks::is_plain(std::size_t k) const {
  const PosteriorMember& member = members.front();
  return is_used(k) && member.head.empty() && member.summaries[k].empty();
}

std::vector<std::int64_t> PosteriorNetworks::find_plain_columns() const {
  const PosteriorMember& member = members.front();
  std::vector<std::int64_t> columns;
  std::int64_t column = 0;
  for (std::size_t k = 0; k < observables.size() && member.head.empty(); ++k) {
    const std::int64_t width = is_used(k) ? member.summaries[k].output_width(observables[k].width) : 0;
    for (std::int64_t j = 0; j < width && is_plain(k); ++j) columns.push_back(column + j);
    column += width;
  }
  for (std::int64_t j = condition_width - context_width; j < condition_width; ++j) columns.push_back(j);
  return columns;
}

void PosteriorNetworks::to_residuals(const Batch& data, Matrix<float>& parameters) const {
  if (regression.empty()) return;
  check_data(data);
  check_parameters(parameters);
  for (std::size_t k = 0; k < observables.size(); ++k) {
    if (is_plain(k)) check_summaries(data.observed[k].values.rows, data.count());
  }
  std::vector<float> plain(plain_columns_.size());
  for (std::int64_t i = 0; i < parameters.rows; ++i) {
    float* out = plain.data();
    for (std::size_t k = 0; k < observables.size(); ++k) {
      if (is_plain(k)) out = std::copy_n(data.observed[k].values.row(i), observables[k].width, out);
    }
    std::copy_n(data.context.row(i), context_width, out);
    regression.to_residual(plain.data(), parameters.row(i));
  }
}

void PosteriorNetworks::to_residuals(const Panel& condition, const Panel& parameters) const {
  if (regression.empty()) return;
  std::vector<float> plain(plain_columns_.size());
  for (std::int64_t i = 0; i < parameters.rows; ++i) {
    regression.to_residual(plain_row(condition, i, plain), parameters.values + i * parameters.stride);
  }
}

void PosteriorNetworks::from_residuals(const Panel& condition, const Panel& residuals) const {
  if (regression.empty()) return;
  std::vector<float> plain(plain_columns_.size());
  for (std::int64_t i = 0; i < residuals.rows; ++i) {
    regression.from_residual(plain_row(condition, i, plain), residuals.values + i * residuals.stride);
  }
}

const float* PosteriorNetworks::plain_row(const Panel& condition, std::int64_t i, std::vector<float>& plain) const {
  const float* row = condition.values + i * condition.stride;
  std::transform(plain_columns_.begin(), plain_columns_.end(), plain.begin(),
                 [row](std::int64_t column) { return row[column]; });
  return plain.data();
}

std::int64_t PosteriorNetworks::width_of_summaries() const {
  const auto& summaries = members.front().summaries;
  std::int64_t width = 0;
  for (std::size_t k = 0; k < summaries.size(); ++k) {
    if (is_used(k)) width += summaries[k].output_width(observables[k].width);
  }
  return width;
}

/// Gives the members their heads, whose input is known by now.
std::int64_t PosteriorNetworks::width_of_condition(const Spec& head) {
  for (auto& member : members) {
    if (!head.is_null()) member.head = make_summary_network(head, summaries_width);
  }
  const std::int64_t width = members.front().head.output_width(summaries_width) + context_width;
  if (width > 0) return width;
  throw ConfigError("A posterior must be conditioned on at least one number.");
}

/// Adds the inference networks, whose conditions are known by now; gives the parameters of all.
ParameterLayout PosteriorNetworks::completed(const Spec& inference) {
  ParameterLayout layout;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::string prefix = members.size() == 1 ? "" : "member_" + std::to_string(i + 1) + ".";
    auto& summaries = members[i].summaries;
    for (std::size_t k = 0; k < summaries.size(); ++k) {
      summaries[k].declare(layout, prefix + (k == 0 ? "summary" : "summary_" + std::to_string(k + 1)));
    }
    members[i].head.declare(layout, prefix + "summary_head");
    members[i].inference = make_inference_network(inference, parameter_count, condition_width, member_seed(seed, i));
    members[i].inference->declare(layout, prefix + "inference");
  }
  return layout;
}

std::int64_t PosteriorNetworks::loss_noise_width() const {
  return member_count() * members.front().inference->loss_noise_width();
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
  const std::int64_t width = loss_noise_width();
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
