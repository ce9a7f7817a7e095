#include "sample/density_gradient.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/errors.h"
#include "nets/library_threads.h"

namespace amortflow {

namespace {

constexpr std::int64_t kGradientRows = 2048;

/// Of the numbers that condition the network, the first ones are the data's: widths of a data set as users have it and
/// as the network sees it.
struct Widths {
  std::int64_t given = 0;
  std::int64_t seen = 0;
};

Widths check_plain(const PosteriorEstimator& estimator, const Adapter& adapter, const ObservedData& data) {
  if (adapter.observables() != 1 || !estimator.has_density_gradient() || !estimator.is_plain()) {
    throw ConfigError("gradients need one vector that reaches an inference network with a density as it is");
  }
  const Matrix<double>& values = data.data.front().values;
  if (values.rows != data.count()) throw ShapeError("a data set must be one row");
  Matrix<double> probe = slice(values, 0, std::min<std::int64_t>(values.rows, 1));
  adapter.forward_data(0, probe);
  return {values.cols, probe.cols};
}

/// [rows, given]: gradients by what the network sees, of which the first ones are by data, back through the adapter.
Matrix<double> to_users_scale(const Matrix<double>& by_conditions,
                              const Matrix<double>& values,
                              const std::vector<std::int64_t>& data_set,
                              const Adapter& adapter,
                              std::int64_t begin,
                              std::int64_t seen) {
  Matrix<double> input(by_conditions.rows, values.cols);
  Matrix<double> gradient(by_conditions.rows, seen);
  for (std::int64_t i = 0; i < by_conditions.rows; ++i) {
    std::copy_n(values.row(data_set[static_cast<std::size_t>(begin + i)]), values.cols, input.row(i));
    std::copy_n(by_conditions.row(i), seen, gradient.row(i));
  }
  adapter.pull_back_data(0, input, gradient);
  return gradient;
}

}  // namespace

DensityGradient log_density_gradient(const PosteriorEstimator& estimator,
                                     const Adapter& adapter,
                                     ObservedData data,
                                     Matrix<double> targets,
                                     const std::vector<std::int64_t>& data_set,
                                     int cores,
                                     HostService& host) {
  const SingleThreadedLibraries single_threaded;
  const Widths widths = check_plain(estimator, adapter, data);
  const Matrix<double> values = data.data.front().values;
  DensityGradient result;
  result.log_density.resize(data_set.size());
  result.gradient = Matrix<double>(targets.rows, widths.given);
  host.run([&] {
    ThreadPool pool(cores);
    const Matrix<float> conditions = conditions_of(estimator, adapter, std::move(data), pool, host.cancel_flag());
    pool.run((targets.rows + kGradientRows - 1) / kGradientRows, [&](std::int64_t piece) {
      if (host.cancelled()) throw Cancelled();
      const std::int64_t begin = piece * kGradientRows;
      const std::int64_t end = std::min(targets.rows, begin + kGradientRows);
      Matrix<double> part = slice(targets, begin, end);
      std::vector<double> log_det(static_cast<std::size_t>(part.rows));
      adapter.forward_parameters(part, log_det.data());
      Matrix<double> by_conditions(part.rows, estimator.plain_width());
      double* const out = result.log_density.data() + begin;
      estimator.log_density_gradient(conditions, {data_set.begin() + begin, data_set.begin() + end},
                                     matrix_cast<float>(part), out, by_conditions);
      const Matrix<double> gradient = to_users_scale(by_conditions, values, data_set, adapter, begin, widths.seen);
      for (std::int64_t i = 0; i < part.rows; ++i) {
        const double jacobian = log_det[static_cast<std::size_t>(i)];
        out[i] = std::isfinite(jacobian) ? out[i] + jacobian : -std::numeric_limits<double>::infinity();
        if (std::isnan(out[i])) refuse_overflow("the data are");
        if (std::isfinite(out[i])) std::copy_n(gradient.row(i), gradient.cols, result.gradient.row(begin + i));
      }
    });
  });
  return result;
}

}  // namespace amortflow
