#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "adapt/step.h"
#include "base/batch.h"
#include "base/matrix.h"
#include "base/spec.h"

namespace amortflow {

/// Between the user's scale and the networks' scale: steps for the parameters, for the rows of each observable and for
/// the context, applied in order by `forward_*` and backwards by `inverse_*`. All numbers were learned before
/// (`fit_adapter`). Const after construction, so threads may share one.
class Adapter final {
 public:
  /// `spec`: list(kind = "adapter", parameters = <steps>, data = list(<steps of observable 1>, ...), context = <steps>,
  /// direct = list(list(observable = <from 1>, columns = <from 1>), ...)); context and direct may be left out. `direct`
  /// names columns of adapted observables, of one position each, that go past the summary network. Throws ConfigError
  /// for unknown keys.
  explicit Adapter(const Spec& spec);

  /// User's scale [n, d] to networks' scale, in place; adds each row's log-Jacobian to `log_det`, which may be null.
  void forward_parameters(Matrix<double>& parameters, double* log_det) const;
  /// Networks' scale [n, d] to user's scale, in place; never leaves the open support.
  void inverse_parameters(Matrix<double>& z) const;
  /// `gradient` holds d f / d z at z = forward(parameters) and becomes d (f + log_det_weight * log_det) / d parameters.
  void pull_back_parameters(const Matrix<double>& parameters, Matrix<double>& gradient, double log_det_weight) const;

  [[nodiscard]] std::size_t observables() const { return data_.size(); }
  /// Rows of observable `k` [positions, variables] from the user's scale to the networks', in place.
  void forward_data(std::size_t k, Matrix<double>& values) const;
  void inverse_data(std::size_t k, Matrix<double>& values) const;

  /// Data sets (one entry per observable) and their context [data sets, context values] as the networks take them.
  /// Throws ShapeError where they do not fit together.
  [[nodiscard]] Batch adapt(std::vector<RaggedRows<double>> data, Matrix<double> context) const;

  /// Round trip of the constructor's argument.
  [[nodiscard]] Spec to_spec() const;

 private:
  using Steps = std::vector<std::unique_ptr<AdapterStep>>;
  struct Direct {
    std::size_t observable = 0;
    std::vector<std::int64_t> columns;
  };
  static Steps make_steps(const Spec& spec, const std::string& what);
  void read_data(const Spec& spec);
  void read_direct(const Spec& spec);

  Steps parameters_;
  std::vector<Steps> data_;
  Steps context_;
  std::vector<Direct> direct_;
};

}  // namespace amortflow
