#include "sample/predictions.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "nets/library_threads.h"

namespace amortflow {

Matrix<double> predictions_of(const PredictionEstimator& estimator,
                              const Adapter& adapter,
                              ObservedData data,
                              int cores,
                              HostService& host) {
  const SingleThreadedLibraries single_threaded;
  Matrix<double> predictions(data.count(), estimator.prediction_width());
  host.run([&] {
    ThreadPool pool(cores);
    const Batch batch = adapted_data(adapter, std::move(data));
    for_data_pieces(batch, pool, host.cancel_flag(), [&](std::int64_t begin, std::int64_t end) {
      const Matrix<double> rows = estimator.predict(slice(batch, begin, end));
      const auto odd =
          std::find_if_not(rows.values.begin(), rows.values.end(), [](double x) { return std::isfinite(x); });
      if (odd != rows.values.end()) {
        refuse_overflow("data set " + std::to_string(begin + 1 + (odd - rows.values.begin()) / rows.cols) + " is");
      }
      std::copy(rows.values.begin(), rows.values.end(), predictions.row(begin));
    });
  });
  return predictions;
}

}  // namespace amortflow
