#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/random.h"
#include "base/spec.h"
#include "estimators/estimator.h"

namespace amortflow {

/// Sizes and networks of a neural posterior.
struct PosteriorOptions {
  struct Observable {
    std::int64_t width = 0;  ///< variables of a data set's row
    Spec summary;
  };
  std::int64_t parameter_count = 0;
  std::vector<Observable> observables;
  std::int64_t context_width = 0;  ///< numbers that go past the summary networks
  std::uint64_t seed = 0;          ///< of the start and the permutations
  Spec inference;

  [[nodiscard]] static PosteriorOptions from_spec(const Spec& spec);
};

class PosteriorNetworks;  // estimators/posterior_networks.h

/// q(theta | x) by an inference network and a summary network for each observable (Radev et al. 2020): the loss is that
/// of the inference network, -log q of the simulated parameters for a flow. All numbers are on the networks' scale;
/// adapters are applied before and after.
class PosteriorEstimator final : public Estimator {
 public:
  explicit PosteriorEstimator(const PosteriorOptions& options);
  ~PosteriorEstimator() override;
  PosteriorEstimator(PosteriorEstimator&&) noexcept;

  [[nodiscard]] ParameterStore& parameters() override;
  [[nodiscard]] const ParameterStore& parameters() const override;
  [[nodiscard]] std::unique_ptr<TrainingShard> make_shard() override;
  void fill_noise(std::uint64_t first, TrainingBatch& batch) const override;
  [[nodiscard]] const ReferenceLoss* reference_loss() const override;

  [[nodiscard]] std::int64_t parameter_count() const;
  [[nodiscard]] std::int64_t condition_width() const;

  /// [data sets, condition_width]: what the inference network is conditioned on.
  [[nodiscard]] Matrix<float> conditions(const Batch& data) const;
  /// Random numbers that a draw needs, and how they are drawn.
  [[nodiscard]] std::int64_t draw_noise_width() const;
  void fill_draw_noise(rng& random, float* row) const;
  /// [rows, d]: draws from `noise` [rows, draw_noise_width()]; row i uses row `condition_of[i]` of `conditions`.
  [[nodiscard]] Matrix<float> draw(const Matrix<float>& conditions,
                                   const std::vector<std::int64_t>& condition_of,
                                   const Matrix<float>& noise) const;
  /// Whether log_density() can be computed.
  [[nodiscard]] bool has_density() const;
  /// log q of each row of `parameters` [rows, d] into `out` [rows]. Throws ConfigError unless has_density().
  void log_density(const Matrix<float>& conditions,
                   const std::vector<std::int64_t>& condition_of,
                   const Matrix<float>& parameters,
                   double* out) const;

 private:
  std::unique_ptr<PosteriorNetworks> networks_;
  std::shared_ptr<const ReferenceLoss> reference_;
};

}  // namespace amortflow
