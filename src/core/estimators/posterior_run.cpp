#include "estimators/posterior_run.h"

#include "kernels/dispatch.h"

namespace amortflow {

Panel PosteriorRun::negative_log_density(const Matrix<float>& parameters,
                                         std::int64_t begin,
                                         std::int64_t end,
                                         const Panel& condition) {
  networks().check_targets(parameters);
  const Panel values = targets(parameters, begin, end);
  targets_.to_residuals(condition, values);
  return network_.negative_log_density(pass_given(condition), values, network_scratch());
}

Panel PosteriorRun::negative_log_density_and_gradient(const Matrix<float>& parameters,
                                                      std::int64_t begin,
                                                      std::int64_t end,
                                                      const Panel& condition,
                                                      Panel& condition_gradient) {
  networks().check_targets(parameters);
  const Panel values = targets(parameters, begin, end);
  targets_.to_residuals(condition, values);
  const Panel losses = run_loss(network_, pass_given(condition), values, network_scratch());
  const BackwardResult by = backward_to_condition(-1, targets_.has_regression());
  targets_.pull_back(by.target_gradient, by.condition_gradient);
  condition_gradient = by.condition_gradient;
  return losses;
}

void PosteriorRun::draw(const Matrix<float>& noise,
                        std::int64_t begin,
                        std::int64_t end,
                        const Panel& condition,
                        Matrix<float>& draws) {
  const Panel noise_rows = noise_.panel(0, end - begin, noise.cols);
  kernels().copy({noise.row(begin), end - begin, noise.cols, noise.cols}, noise_rows.view(), false);
  const Panel rows = network_.draw(pass_given(condition), noise_rows, network_scratch());
  targets_.from_residuals(condition, rows);
  kernels().copy(rows.view(), Rows{draws.row(begin), end - begin, draws.cols, draws.cols}, false);
}

}  // namespace amortflow
