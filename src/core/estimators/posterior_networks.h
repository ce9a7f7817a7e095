#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "estimators/posterior_estimator.h"
#include "flows/inference_network.h"

namespace amortflow {

/// The networks of a posterior and their parameters: a summary network for each observable, whose outputs and the
/// context condition the inference network.
class PosteriorNetworks final {
 public:
  explicit PosteriorNetworks(const PosteriorOptions& options);

  /// Throws ShapeError where the data do not have the shape that the networks were made for.
  void check_data(const Batch& data) const;
  /// Throws ShapeError unless there is one column per parameter.
  void check_parameters(const Matrix<float>& rows) const;
  /// Throws ShapeError unless a batch of so many data sets has the noise that the loss needs.
  void check_noise(const Matrix<float>& noise, std::int64_t data_sets) const;
  /// Throws ShapeError unless the summary networks made one row of every data set.
  static void check_summaries(std::int64_t rows, std::int64_t data_sets);
  /// Brings the mirrors of weights up to date; any thread, whatever the others do.
  void refresh_mirrors();

  /// Whether observable k reaches the inference network at all.
  [[nodiscard]] bool is_used(std::size_t k) const { return observables[k].width > 0; }

  std::int64_t parameter_count;
  std::vector<PosteriorOptions::Observable> observables;
  std::int64_t context_width;
  std::vector<Network> summaries;
  std::int64_t condition_width;
  std::unique_ptr<InferenceNetwork> inference;
  std::uint64_t seed;
  ParameterStore store;

 private:
  [[nodiscard]] std::int64_t width_of_condition() const;
  ParameterLayout declared();

  std::mutex mirrors_;
};

}  // namespace amortflow
