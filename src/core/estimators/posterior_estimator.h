#pragma once

#include <cstdint>
#include <memory>
#include <vector>

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

/// q(theta | x) by a conditional flow and a summary network for each observable (Radev et al. 2020): loss -log q of the
/// simulated parameters. All numbers are on the networks' scale; adapters are applied before and after.
class PosteriorEstimator final : public Estimator {
 public:
  explicit PosteriorEstimator(const PosteriorOptions& options);
  ~PosteriorEstimator() override;
  PosteriorEstimator(PosteriorEstimator&&) noexcept;

  [[nodiscard]] ParameterStore& parameters() override;
  [[nodiscard]] const ParameterStore& parameters() const override;
  [[nodiscard]] std::unique_ptr<TrainingShard> make_shard() override;
  [[nodiscard]] const ReferenceLoss* reference_loss() const override;

  [[nodiscard]] std::int64_t parameter_count() const;
  [[nodiscard]] std::int64_t condition_width() const;

  /// [data sets, condition_width]: what the flow is conditioned on.
  [[nodiscard]] Matrix<float> conditions(const Batch& data) const;
  /// Carries base draws `noise` [rows, d] to parameters, in place; row i uses row `condition_of[i]` of `conditions`.
  void inverse(const Matrix<float>& conditions,
               const std::vector<std::int64_t>& condition_of,
               Matrix<float>& noise) const;
  /// log q of each row of `parameters` [rows, d] into `out` [rows].
  void log_density(const Matrix<float>& conditions,
                   const std::vector<std::int64_t>& condition_of,
                   const Matrix<float>& parameters,
                   double* out) const;

 private:
  std::unique_ptr<PosteriorNetworks> networks_;
  std::shared_ptr<const ReferenceLoss> reference_;
};

}  // namespace amortflow
