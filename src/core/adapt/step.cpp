#include "adapt/step.h"

#include <string>

#include "adapt/constrain.h"
#include "adapt/correlation.h"
#include "adapt/covariance.h"
#include "adapt/ordered.h"
#include "adapt/simplex.h"
#include "adapt/standardize.h"
#include "adapt/tails.h"
#include "base/errors.h"

namespace amortflow {

std::unique_ptr<AdapterStep> make_adapter_step(const Spec& spec) {
  SpecReader reader(spec, "a step of an adapter");
  const std::string kind = reader.choice("kind", {"constrain", "standardize", "log1p", "asinh", "simplex", "ordered",
                                                  "correlation", "cholesky_corr", "covariance"});
  if (kind == "constrain") return std::make_unique<Constrain>(spec);
  if (kind == "standardize") return std::make_unique<Standardize>(spec);
  if (kind == "log1p") return std::make_unique<Log1p>(spec);
  if (kind == "simplex") return std::make_unique<Simplex>(spec);
  if (kind == "ordered") return std::make_unique<Ordered>(spec);
  if (kind == "correlation") return std::make_unique<Correlation>(spec);
  if (kind == "cholesky_corr") return std::make_unique<CholeskyCorrelation>(spec);
  if (kind == "covariance") return std::make_unique<Covariance>(spec);
  return std::make_unique<Asinh>(spec);
}

void check_columns(const Matrix<double>& rows, std::int64_t columns, const char* step) {
  if (rows.cols == columns) return;
  throw ShapeError("The adapter's step \"" + std::string(step) + "\" was learned for " + std::to_string(columns) +
                   " columns, but " + std::to_string(rows.cols) + " were given.");
}

}  // namespace amortflow
