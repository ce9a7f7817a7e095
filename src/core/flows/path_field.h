#pragma once

#include <cstdint>

#include "flows/field_loss.h"
#include "flows/ode_solver.h"

namespace amortflow {

/// How the trace of a field's Jacobian is worked out, for densities.
struct TraceOptions {
  bool exact = true;        ///< by a vector-Jacobian product for every variable
  std::int64_t probes = 8;  ///< else the mean over so many random signs (Hutchinson 1990)
  std::uint64_t seed = 0;   ///< of these: a row's signs depend on the seed and the row's numbers alone
};

/// A learned field along its path as the right-hand side of an ODE: row i given row i of `pass.condition`.
class PathField : public RowField {
 public:
  PathField(const FieldLoss& loss, const Pass& pass, Scratch& scratch) : loss_(loss), pass_(pass), scratch_(scratch) {}

  void evaluate(const std::int64_t* rows, const double* times, const Panel& states, const Panel& rates) override;

 protected:
  /// The field at the first columns of `states`.
  [[nodiscard]] Panel field(Pass& pass,
                            const std::int64_t* rows,
                            const double* times,
                            const Panel& states,
                            std::int64_t dimension);

  const FieldLoss& loss_;
  Pass pass_;
  Scratch& scratch_;
};

/// The same with one more column, whose rate is the trace of the field's Jacobian (the instantaneous change of
/// variables, Chen et al. 2018). Mirrors of the weights must be current.
class PathTraceField final : public PathField {
 public:
  PathTraceField(const FieldLoss& loss,
                 const Pass& pass,
                 const Panel& values,
                 const TraceOptions& options,
                 Scratch& scratch);

  void evaluate(const std::int64_t* rows, const double* times, const Panel& states, const Panel& rates) override;

 private:
  void add_exact_trace(const Pass& pass, const Panel& rates);
  void add_estimated_trace(const Pass& pass, const std::int64_t* rows, const Panel& rates);
  void draw_signs(const Panel& values);

  TraceOptions options_;
  std::int64_t dimension_;
  Panel signs_;  ///< [rows, probes * dimension]
};

/// -log q [rows, 1], in `scratch`, of `values` [rows, dimension] that lie at time `begin` of a path that ends in a
/// standard normal at time `end`. Adaptive steps have a tenth of the solver's tolerance: errors of a draw are small
/// against the posterior's sd, those of a log density count as they are.
[[nodiscard]] Panel path_negative_log_density(const FieldLoss& loss,
                                              const Pass& pass,
                                              const Panel& values,
                                              double begin,
                                              double end,
                                              const OdeOptions& solver,
                                              const TraceOptions& trace,
                                              Scratch& scratch);

/// Draws [rows, dimension], in `scratch`: `noise` at time `begin` carried to time `end`.
[[nodiscard]] Panel path_draw(const FieldLoss& loss,
                              const Pass& pass,
                              const Panel& noise,
                              double begin,
                              double end,
                              const OdeOptions& solver,
                              Scratch& scratch);

}  // namespace amortflow
