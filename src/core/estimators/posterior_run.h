#pragma once

#include "estimators/estimator_run.h"
#include "estimators/residual_targets.h"
#include "flows/inference_network.h"

namespace amortflow {

/// One thread's draws and densities of a member of a posterior.
class PosteriorRun final : public EstimatorRun {
 public:
  /// `network` is the member's; it, the networks and the targets must outlive the run.
  PosteriorRun(const EstimatorNetworks& networks,
               std::int64_t member,
               const InferenceNetwork& network,
               const ResidualTargets& targets)
      : PosteriorRun(networks, member, network, targets, nullptr) {}
  /// With a way back, which needs a buffer for gradients of weights that nobody will look at.
  PosteriorRun(const EstimatorNetworks& networks,
               std::int64_t member,
               const InferenceNetwork& network,
               const ResidualTargets& targets,
               AlignedBuffer* gradient)
      : EstimatorRun(networks, member, gradient), network_(network), targets_(targets) {}

  /// [rows, 1]: -log q of the residuals of rows [begin, end) of `parameters`, row begin + i given row i of `condition`.
  [[nodiscard]] Panel negative_log_density(const Matrix<float>& parameters,
                                           std::int64_t begin,
                                           std::int64_t end,
                                           const Panel& condition);
  /// The same by way of the loss, of a network whose loss it is; `condition_gradient` becomes the gradient of log q by
  /// the condition, [rows, condition_width].
  [[nodiscard]] Panel negative_log_density_and_gradient(const Matrix<float>& parameters,
                                                        std::int64_t begin,
                                                        std::int64_t end,
                                                        const Panel& condition,
                                                        Panel& condition_gradient);
  /// Rows [begin, end) of `draws`, from those of `noise`, row begin + i given row i of `condition`.
  void draw(const Matrix<float>& noise,
            std::int64_t begin,
            std::int64_t end,
            const Panel& condition,
            Matrix<float>& draws);

 private:
  const InferenceNetwork& network_;
  const ResidualTargets& targets_;
  Scratch noise_;
};

}  // namespace amortflow
