#pragma once

#include <Rcpp.h>
#include <memory>

#include "adapt/adapter.h"
#include "base/errors.h"
#include "estimators/posterior_estimator.h"
#include "estimators/prediction_estimator.h"
#include "estimators/ratio_estimator.h"

namespace amortflow {

/// A trained posterior, ready for use.
struct LivePosterior {
  static constexpr const char* kTag = "amortflow_live_posterior";
  PosteriorEstimator estimator;
  Adapter adapter;
};

/// A trained predictor, likewise.
struct LivePrediction {
  static constexpr const char* kTag = "amortflow_live_prediction";
  PredictionEstimator estimator;
  Adapter adapter;
};

/// Trained ratios, likewise.
struct LiveRatio {
  static constexpr const char* kTag = "amortflow_live_ratio";
  RatioEstimator estimator;
  Adapter adapter;
};

/// External pointers carry the name of their type, because R would hand a pointer of any other class to us unseen.
template <class T>
[[nodiscard]] SEXP wrap_handle(std::unique_ptr<T> object) {
  Rcpp::XPtr<T> pointer(object.release(), true, Rf_install(T::kTag));
  return pointer;
}

template <class T>
[[nodiscard]] T& get_handle(SEXP r_pointer) {
  if (TYPEOF(r_pointer) != EXTPTRSXP || R_ExternalPtrTag(r_pointer) != Rf_install(T::kTag)) {
    throw ConfigError("a live object must be an external pointer made by this package");
  }
  if (R_ExternalPtrAddr(r_pointer) == nullptr) {
    throw ConfigError("a live object does not survive saving; it was restored from a file");
  }
  return *static_cast<T*>(R_ExternalPtrAddr(r_pointer));
}

}  // namespace amortflow
