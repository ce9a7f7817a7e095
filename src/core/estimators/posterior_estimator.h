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
  Spec head;                       ///< of a network over all summaries side by side, or null
  std::int64_t context_width = 0;  ///< numbers that go past the summary networks
  std::uint64_t seed = 0;          ///< of the start and the permutations
  Spec regression;                 ///< see LinearRegression, or null; on what conditions the inference network as it is
  Spec inference;
  std::int64_t members = 1;  ///< more than one: a deep ensemble (see PosteriorEstimator)

  [[nodiscard]] static PosteriorOptions from_spec(const Spec& spec);

 private:
  /// Kind ensemble has `n` members whose inference networks its `inference` describes.
  void set_inference(const Spec& spec);
};

/// All members of an ensemble with equal weights; elsewhere the only one.
constexpr std::int64_t kMixture = -1;

class PosteriorNetworks;  // estimators/posterior_networks.h

/// q(theta | x) by an inference network and a summary network for each observable (Radev et al. 2020): the loss is that
/// of the inference network, -log q for a flow. All numbers are on the networks' scale; adapters are applied before and
/// after. Where there is a regression, networks learn the density of its residuals, which losses are about; draws and
/// log_density() are about the parameters.
///
/// A deep ensemble (Lakshminarayanan et al. 2017) has several members of the same shape, summary networks included,
/// that start differently and see the same batches; the loss is the mean of theirs, and q the mixture of all.
class PosteriorEstimator final : public Estimator {
 public:
  explicit PosteriorEstimator(const PosteriorOptions& options);
  ~PosteriorEstimator() override;
  PosteriorEstimator(PosteriorEstimator&&) noexcept;

  [[nodiscard]] ParameterStore& parameters() override;
  [[nodiscard]] const ParameterStore& parameters() const override;
  [[nodiscard]] std::unique_ptr<TrainingShard> make_shard() override;
  void prepare(std::uint64_t first, TrainingBatch& batch) const override;
  [[nodiscard]] const ReferenceLoss* reference_loss() const override;

  [[nodiscard]] std::int64_t parameter_count() const;
  [[nodiscard]] std::int64_t member_count() const;
  [[nodiscard]] std::int64_t condition_width() const;  ///< of all members together

  /// [data sets, condition_width]: what the inference networks are conditioned on, member by member.
  [[nodiscard]] Matrix<float> conditions(const Batch& data) const;
  /// Random numbers that a draw needs, and how they are drawn. In an ensemble the first one says which member it comes
  /// from: `member`, or one by chance. The others do not depend on that unless they come from a learned distribution.
  [[nodiscard]] std::int64_t draw_noise_width() const;
  void fill_draw_noise(rng& random, float* row, std::int64_t member = kMixture) const;
  /// [rows, d]: draws from `noise` [rows, draw_noise_width()]; row i uses row `condition_of[i]` of `conditions`.
  [[nodiscard]] Matrix<float> draw(const Matrix<float>& conditions,
                                   const std::vector<std::int64_t>& condition_of,
                                   const Matrix<float>& noise) const;
  /// Whether log_density() can be computed.
  [[nodiscard]] bool has_density() const;
  /// log q of each row of `parameters` [rows, d], or that of one member, into `out` [rows]. Throws ConfigError unless
  /// has_density().
  void log_density(const Matrix<float>& conditions,
                   const std::vector<std::int64_t>& condition_of,
                   const Matrix<float>& parameters,
                   double* out,
                   std::int64_t member = kMixture) const;

 private:
  void draw_member(std::int64_t member,
                   const Matrix<float>& conditions,
                   const std::vector<std::int64_t>& condition_of,
                   const Matrix<float>& noise,
                   Matrix<float>& draws) const;
  void member_log_density(std::int64_t member,
                          const Matrix<float>& conditions,
                          const std::vector<std::int64_t>& condition_of,
                          const Matrix<float>& parameters,
                          double* out) const;
  void check_member(std::int64_t member) const;

  std::unique_ptr<PosteriorNetworks> networks_;
  std::shared_ptr<const ReferenceLoss> reference_;
};

}  // namespace amortflow
