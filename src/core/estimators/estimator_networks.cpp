#include "estimators/estimator_networks.h"

#include "base/errors.h"
#include "base/random.h"
#include "nets/weight_mirrors.h"

namespace amortflow {

namespace {

std::vector<EstimatorMember> members_of(const EstimatorOptions& options) {
  if (options.members < 1) throw ConfigError("an estimator must have at least one network");
  std::vector<EstimatorMember> members;
  for (std::int64_t i = 0; i < options.members; ++i) {
    members.push_back({Conditioner(options.condition), nullptr});
  }
  return members;
}

/// Seed of a member's structure; the first one's is the fit's own.
std::uint64_t member_seed(std::uint64_t seed, std::size_t member) {
  return member == 0 ? seed : stream(seed, Purpose::kMember, member).next_uint64();
}

}  // namespace

void EstimatorOptions::read_shared(SpecReader& reader, const std::string& width_key) {
  target_width = reader.integer(width_key, 1, 100000);
  condition = ConditionerOptions::read(reader);
  seed = static_cast<std::uint64_t>(reader.number("seed", 0, 9007199254740992.0));
}

// The store is declared after the networks, whose layers tell it what they need.
EstimatorNetworks::EstimatorNetworks(const EstimatorOptions& options, const MakeNetwork& make)
    : target_width_(options.target_width), seed_(options.seed), members_(members_of(options)), store_(completed(make)) {
  store_.initialize(options.seed);
}

/// Adds the members' networks; gives the parameters of all.
ParameterLayout EstimatorNetworks::completed(const MakeNetwork& make) {
  ParameterLayout layout;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const std::string prefix = members_.size() == 1 ? "" : "member_" + std::to_string(i + 1) + ".";
    members_[i].conditioner.declare(layout, prefix);
    members_[i].network = make(condition_width(), member_seed(seed_, i));
    members_[i].network->declare(layout, prefix + "inference");
  }
  return layout;
}

std::int64_t EstimatorNetworks::loss_noise_width() const { return member_count() * network(0).loss_noise_width(); }

void EstimatorNetworks::fill_loss_noise(std::uint64_t data_set, float* row) const {
  rng random = stream(seed_, Purpose::kLossNoise, data_set);
  for (const auto& member : members_) {
    member.network->fill_loss_noise(random, row);
    row += member.network->loss_noise_width();
  }
}

void EstimatorNetworks::check_targets(const Matrix<float>& rows) const {
  if (rows.cols == target_width_) return;
  throw ShapeError("there must be " + std::to_string(target_width_) + " parameters, not " + std::to_string(rows.cols));
}

void EstimatorNetworks::check_noise(const Matrix<float>& noise, std::int64_t data_sets) const {
  const std::int64_t width = loss_noise_width();
  if (width == 0 || (noise.rows == data_sets && noise.cols == width)) return;
  throw ShapeError("a batch of " + std::to_string(data_sets) + " data sets must have " + std::to_string(width) +
                   " random numbers for each");
}

void EstimatorNetworks::refresh_mirrors() {
  const std::lock_guard<std::mutex> lock(mirrors_);
  amortflow::refresh_mirrors(store_);
}

}  // namespace amortflow
