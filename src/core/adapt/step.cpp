#include "adapt/step.h"

#include <string>
#include <utility>

#include "adapt/bound.h"
#include "adapt/constrain.h"
#include "adapt/correlation.h"
#include "adapt/covariance.h"
#include "adapt/log.h"
#include "adapt/missing.h"
#include "adapt/one_hot.h"
#include "adapt/ordered.h"
#include "adapt/repeat.h"
#include "adapt/select.h"
#include "adapt/simplex.h"
#include "adapt/square_root.h"
#include "adapt/standardize.h"
#include "adapt/tails.h"
#include "base/errors.h"

namespace amortflow {

namespace {

template <class Step>
std::unique_ptr<AdapterStep> make(const Spec& spec) {
  return std::make_unique<Step>(spec);
}

using Maker = std::unique_ptr<AdapterStep> (*)(const Spec&);

// In the order in which an error lists them.
constexpr std::pair<const char*, Maker> kSteps[] = {
    {"constrain", make<Constrain>},
    {"standardize", make<Standardize>},
    {"log1p", make<Log1p>},
    {"asinh", make<Asinh>},
    {"log", make<Log>},
    {"sqrt", make<SquareRoot>},
    {"bound", make<Bound>},
    {"one_hot", make<OneHot>},
    {"select", make<Select>},
    {"repeat", make<Repeat>},
    {"missing", make<Missing>},
    {"simplex", make<Simplex>},
    {"ordered", make<Ordered>},
    {"correlation", make<Correlation>},
    {"cholesky_corr", make<CholeskyCorrelation>},
    {"covariance", make<Covariance>},
};

}  // namespace

std::unique_ptr<AdapterStep> make_adapter_step(const Spec& spec) {
  const std::string kind = SpecReader(spec, "a step of an adapter").text("kind");
  std::string known;
  for (const auto& [name, maker] : kSteps) {
    if (kind == name) return maker(spec);
    known += (known.empty() ? "\"" : ", \"") + std::string(name) + "\"";
  }
  throw ConfigError("A step of an adapter must be of a known kind, not \"" + kind + "\".", "Known: " + known + ".");
}

void check_columns(const Matrix<double>& rows, std::int64_t columns, const char* step) {
  if (rows.cols == columns) return;
  throw ShapeError("The adapter's step \"" + std::string(step) + "\" was learned for " + std::to_string(columns) +
                   " columns, but " + std::to_string(rows.cols) + " were given.");
}

}  // namespace amortflow
