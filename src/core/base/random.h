#pragma once

#include <cstdint>

#include "amortflow/philox.hpp"

namespace amortflow {

/// What a stream of random numbers is for: the third word of the Philox counter. Numbers are part of the meaning of a
/// seed and are never reused or renumbered.
enum class Purpose : std::uint32_t {
  kSimulator = 0,  // the only one seen by users' simulators
  kPrior = 1,
  kInitialize = 2,
  kPermutation = 3,  // fixed permutations of a flow
  kShuffle = 4,      // order of offline simulations in an epoch
  kPosteriorDraw = 5,
  kPredictive = 6,
  kHostSimulator = 7,  // seeds of R's own generator for a chunk of R simulations
  kCheck = 8,
  kSubsample = 20,               // positions of exchangeable data that a batch sees
  kReplay = 21,                  // simulations of the replay bank that a batch holds
  kLossNoise = 22,               // of a data set in training
  kDataNoise = 25,               // on data in robust training
  kTraceProbe = 30,              // signs of an estimated trace, by a row's numbers
  kMember = 39,                  // structure of a further member of an ensemble
  kClassifier = 40,              // folds of a classifier two-sample test, and its classifiers
  kContext = 0x10000,            // and the number of the part of the context
  kGroupSimulator = 0x80000000,  // and the number of the group
};

/// The purpose of part `k` of a model's context, and of group `k` of a simulation.
[[nodiscard]] inline Purpose nth_purpose(Purpose first, std::size_t k) {
  return static_cast<Purpose>(static_cast<std::uint32_t>(first) + static_cast<std::uint32_t>(k));
}

/// The stream of (seed, index) for one purpose. The header of users' simulators holds Philox and the distributions.
[[nodiscard]] inline rng stream(std::uint64_t seed, Purpose purpose, std::uint64_t index) {
  return rng(seed, index, static_cast<std::uint32_t>(purpose));
}

}  // namespace amortflow
