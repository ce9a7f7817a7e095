#pragma once

#include <cstdint>
#include <vector>

#include "adapt/steps.h"
#include "base/batch.h"
#include "base/matrix.h"
#include "base/spec.h"

namespace amortflow {

/// Between the user's scale and the networks' scale: steps for the parameters, for the rows of each observable and for
/// the context, applied in order by `forward_*` and backwards by `inverse_*`. All numbers were learned before
/// (`fit_steps`). Const after construction, so threads may share one.
class Adapter final {
 public:
  /// `spec`: list(kind = "adapter", parameters = <steps>, data = list(<steps of observable 1>, ...), context = <steps>,
  /// direct = list(list(observable = <from 1>, columns = <from 1>), ...), subsample = <positions of each observable, 0
  /// for all>); context, direct and subsample may be left out. `direct` names columns of adapted observables, of one
  /// position each, that go past the summary network. Throws ConfigError for unknown keys.
  explicit Adapter(const Spec& spec);

  /// Numbers on the networks' scale where the user's scale has `parameter_count`, and the other way round: parameters
  /// whose elements hang together, such as a simplex, have fewer free numbers than elements.
  [[nodiscard]] std::int64_t free_count(std::int64_t parameter_count) const;
  [[nodiscard]] std::int64_t parameter_count(std::int64_t free_count) const;

  /// User's scale [n, d] to networks' scale [n, free_count(d)], in place; adds each row's log-Jacobian to `log_det`,
  /// which may be null.
  void forward_parameters(Matrix<double>& parameters, double* log_det) const;
  /// Networks' scale [n, free_count(d)] to user's scale [n, d], in place; never leaves the open support.
  void inverse_parameters(Matrix<double>& z) const;
  /// `gradient` holds d f / d z at z = forward(parameters) and becomes d (f + log_det_weight * log_det) / d parameters.
  void pull_back_parameters(const Matrix<double>& parameters, Matrix<double>& gradient, double log_det_weight) const;

  [[nodiscard]] std::size_t observables() const { return data_.size(); }
  /// Rows of observable `k` [positions, variables] from the user's scale to the networks', in place.
  void forward_data(std::size_t k, Matrix<double>& values) const;
  void inverse_data(std::size_t k, Matrix<double>& values) const;
  /// `gradient` holds d f / d z at z = forward_data(values) and becomes d f / d values.
  void pull_back_data(std::size_t k, const Matrix<double>& values, Matrix<double>& gradient) const;

  /// Data sets (one entry per observable) and their context [data sets, context values] as the networks take them.
  /// Throws ShapeError where they do not fit together.
  [[nodiscard]] Batch adapt(std::vector<RaggedRows<double>> data, Matrix<double> context) const;

  /// How many positions of each observable the networks see, 0 for all; `adapt` gives all. See `subsample`.
  [[nodiscard]] const std::vector<std::int64_t>& subsample_sizes() const { return subsample_sizes_; }

  /// Round trip of the constructor's argument.
  [[nodiscard]] Spec to_spec() const;

 private:
  struct Direct {
    std::size_t observable = 0;
    std::vector<std::int64_t> columns;
  };
  void read_data(const Spec& spec);
  void read_direct(const Spec& spec);
  void read_subsample(const std::vector<double>& sizes);

  AdapterSteps parameters_;
  std::vector<AdapterSteps> data_;
  AdapterSteps context_;
  std::vector<Direct> direct_;
  std::vector<std::int64_t> subsample_sizes_;
};

}  // namespace amortflow
