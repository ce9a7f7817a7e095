#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "estimators/linear_regression.h"
#include "estimators/posterior_estimator.h"
#include "flows/inference_network.h"

namespace amortflow {

/// One way from data to a posterior: a summary network for each observable, perhaps a head over all their outputs, and
/// an inference network, which these and the context condition.
struct PosteriorMember {
  std::vector<Network> summaries;
  Network head;  ///< may be empty
  std::unique_ptr<InferenceNetwork> inference;
};

/// The networks of a posterior and their parameters. All members have the same shape.
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

  [[nodiscard]] std::int64_t member_count() const { return static_cast<std::int64_t>(members.size()); }
  [[nodiscard]] const PosteriorMember& member(std::int64_t i) const { return members[static_cast<std::size_t>(i)]; }
  /// Random numbers that the loss of a data set needs, those of each member side by side.
  [[nodiscard]] std::int64_t loss_noise_width() const;

  /// Whether observable k reaches the inference network at all.
  [[nodiscard]] bool is_used(std::size_t k) const { return observables[k].width > 0; }

  /// What the networks learn the density of: `parameters` become their residuals given the data.
  void to_residuals(const Batch& data, Matrix<float>& parameters) const;
  /// Likewise for rows of which a member's condition is known, and back.
  void to_residuals(const Panel& condition, const Panel& parameters) const;
  void from_residuals(const Panel& condition, const Panel& residuals) const;

  std::int64_t parameter_count;
  std::vector<PosteriorOptions::Observable> observables;
  std::int64_t context_width;
  std::vector<PosteriorMember> members;  // one, or those of an ensemble
  std::int64_t summaries_width;          // of one member's summaries side by side
  std::int64_t condition_width;          // of one member
  std::uint64_t seed;
  ParameterStore store;
  LinearRegression regression;  // on the columns of the condition that no network has changed

 private:
  [[nodiscard]] std::int64_t width_of_summaries() const;
  [[nodiscard]] std::int64_t width_of_condition(const Spec& head);
  ParameterLayout completed(const Spec& inference);
  [[nodiscard]] bool is_plain(std::size_t k) const;
  [[nodiscard]] std::vector<std::int64_t> find_plain_columns() const;
  const float* plain_row(const Panel& condition, std::int64_t i, std::vector<float>& plain) const;

  std::vector<std::int64_t> plain_columns_;  // of a member's condition
  std::mutex mirrors_;
};

}  // namespace amortflow
