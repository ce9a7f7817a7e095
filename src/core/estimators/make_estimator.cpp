#include "estimators/make_estimator.h"

#include "base/errors.h"
#include "estimators/posterior_estimator.h"
#include "estimators/prediction_estimator.h"
#include "estimators/ratio_estimator.h"

namespace amortflow {

std::unique_ptr<NetworkEstimator> make_estimator(const Spec& spec) {
  const std::string kind = spec.kind();
  if (kind == "posterior") return std::make_unique<PosteriorEstimator>(PosteriorOptions::from_spec(spec));
  if (kind == "prediction") return std::make_unique<PredictionEstimator>(PredictionOptions::from_spec(spec));
  if (kind == "ratio") return std::make_unique<RatioEstimator>(RatioEstimatorOptions::from_spec(spec));
  throw ConfigError("There is no estimator of kind \"" + kind + "\".");
}

}  // namespace amortflow
