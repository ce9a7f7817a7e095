#include "sample/log_ratios.h"

#include <algorithm>

#include "nets/library_threads.h"

namespace amortflow {

namespace {

// Rows that pass the network together: few enough for the cache.
constexpr std::int64_t kRatiosAtOnce = 2048;

}  // namespace

std::vector<double> log_ratios_of(const RatioEstimator& estimator,
                                  const Adapter& adapter,
                                  const Matrix<float>& conditions,
                                  const std::vector<std::int64_t>& condition_of,
                                  Matrix<double> parameters) {
  const SingleThreadedLibraries single_threaded;
  adapter.forward_parameters(parameters, nullptr);
  std::vector<double> ratios(condition_of.size());
  for (std::int64_t begin = 0; begin < parameters.rows; begin += kRatiosAtOnce) {
    const std::int64_t end = std::min(parameters.rows, begin + kRatiosAtOnce);
    Matrix<float> part(end - begin, parameters.cols);
    std::transform(parameters.row(begin), parameters.row(begin) + (end - begin) * parameters.cols, part.values.begin(),
                   [](double x) { return static_cast<float>(x); });
    estimator.log_ratios(conditions, {condition_of.begin() + begin, condition_of.begin() + end}, part,
                         ratios.data() + begin);
  }
  return ratios;
}

}  // namespace amortflow
