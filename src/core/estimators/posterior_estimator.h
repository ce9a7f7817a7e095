#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/random.h"
#include "base/spec.h"
#include "estimators/network_estimator.h"
#include "estimators/posterior_run.h"

namespace amortflow {

/// Sizes and networks of a neural posterior.
struct PosteriorOptions : EstimatorOptions {
  Spec regression;  ///< see LinearRegression, or null; on what conditions the inference network as it is
  Spec inference;

  [[nodiscard]] static PosteriorOptions from_spec(const Spec& spec);

 private:
  /// Kind ensemble has `n` members whose inference networks its `inference` describes.
  void set_inference(const Spec& spec);
};

/// q(theta | x) by an inference network (Radev et al. 2020): the loss is that of the inference network, -log q for a
/// flow. Where there is a regression, networks learn the density of its residuals, which losses are about; draws and
/// log_density() are about the parameters. The q of an ensemble is the mixture of its members'.
class PosteriorEstimator final : public NetworkEstimator {
 public:
  explicit PosteriorEstimator(const PosteriorOptions& options);

  void prepare(std::uint64_t first, TrainingBatch& batch) const override;
  [[nodiscard]] std::int64_t parameter_count() const { return target_width(); }

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

  /// Whether log_density_gradient() can be computed.
  [[nodiscard]] bool has_density_gradient() const { return inference(0).loss_is_density(); }
  /// Whether all that conditions the networks are numbers of data sets and context as they are, and how many.
  [[nodiscard]] bool is_plain() const;
  [[nodiscard]] std::int64_t plain_width() const {
    return static_cast<std::int64_t>(networks().conditioner().plain_columns().size());
  }
  /// log q of each row, as by log_density(), and into `gradient` [rows, width of the plain numbers] its gradient by the
  /// numbers that the row is conditioned on, in the order of Conditioner::plain_columns(). Only where nothing else
  /// conditions the networks.
  void log_density_gradient(const Matrix<float>& conditions,
                            const std::vector<std::int64_t>& condition_of,
                            const Matrix<float>& parameters,
                            double* out,
                            Matrix<double>& gradient) const;

 private:
  void member_gradient(std::int64_t member,
                       const Matrix<float>& conditions,
                       const std::vector<std::int64_t>& condition_of,
                       const Matrix<float>& parameters,
                       double* out,
                       Matrix<double>& gradient) const;
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
  [[nodiscard]] PosteriorRun make_run(std::int64_t member) const;
  [[nodiscard]] const InferenceNetwork& inference(std::int64_t member) const {
    return *inference_[static_cast<std::size_t>(member)];
  }

  PosteriorEstimator(const PosteriorOptions& options, std::vector<const InferenceNetwork*> inference);

  std::vector<const InferenceNetwork*> inference_;  // of each member
  ResidualTargets targets_;
};

}  // namespace amortflow
