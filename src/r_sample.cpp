#include <Rcpp.h>

#include "base/safetensors.h"
#include "r_convert.h"
#include "r_errors.h"
#include "r_handle.h"
#include "r_run_context.h"
#include "r_simulations.h"
#include "sample/density_gradient.h"
#include "sample/log_ratios.h"
#include "sample/posterior_draws.h"
#include "sample/predictions.h"

using namespace amortflow;

// The live form of a fit: networks rebuilt from their spec and weights.
// [[Rcpp::export(rng = false)]]
SEXP core_live_posterior(Rcpp::List r_estimator, Rcpp::List r_adapter, Rcpp::RawVector r_weights) {
  return guarded([&] {
    PosteriorEstimator estimator(PosteriorOptions::from_spec(to_spec(r_estimator)));
    from_safetensors(RAW(r_weights), static_cast<std::size_t>(r_weights.size()), estimator.parameters());
    return wrap_handle(
        std::make_unique<LivePosterior>(LivePosterior{std::move(estimator), Adapter(to_spec(r_adapter))}));
  });
}

// [[Rcpp::export(rng = false)]]
SEXP core_live_prediction(Rcpp::List r_estimator, Rcpp::List r_adapter, Rcpp::RawVector r_weights) {
  return guarded([&] {
    PredictionEstimator estimator(PredictionOptions::from_spec(to_spec(r_estimator)));
    from_safetensors(RAW(r_weights), static_cast<std::size_t>(r_weights.size()), estimator.parameters());
    return wrap_handle(
        std::make_unique<LivePrediction>(LivePrediction{std::move(estimator), Adapter(to_spec(r_adapter))}));
  });
}

// List of `log_density` and `gradient` [row, number of a data set], on the user's scale; r_set counts data sets from 0.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_log_density_gradient(SEXP r_live,
                                     Rcpp::NumericMatrix r_targets,
                                     Rcpp::List r_sets,
                                     Rcpp::IntegerVector r_set,
                                     int cores) {
  return guarded([&] {
    const auto& live = get_handle<LivePosterior>(r_live);
    HostService host(make_run_context(R_NilValue));
    DensityGradient result;
    end_as_interrupt(host, [&] {
      result = log_density_gradient(live.estimator, live.adapter, to_observed(r_sets), to_matrix(r_targets),
                                    {r_set.begin(), r_set.end()}, cores, host);
    });
    return Rcpp::List::create(Rcpp::Named("log_density") = Rcpp::wrap(result.log_density),
                              Rcpp::Named("gradient") = from_matrix(result.gradient));
  });
}

// [data set, prediction], on the networks' scale.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_predict(SEXP r_live, Rcpp::List r_sets, int cores) {
  return guarded([&] {
    const auto& live = get_handle<LivePrediction>(r_live);
    HostService host(make_run_context(R_NilValue));
    Matrix<double> predictions;
    end_as_interrupt(
        host, [&] { predictions = predictions_of(live.estimator, live.adapter, to_observed(r_sets), cores, host); });
    return from_matrix(predictions);
  });
}

// [draw, data set, variable] on the user's scale. `member` counts those of an ensemble from 1; 0: all of them.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_sample_posterior(SEXP r_live,
                                          Rcpp::List r_sets,
                                          double ndraws,
                                          double seed,
                                          int cores,
                                          int member) {
  return guarded([&] {
    const auto& live = get_handle<LivePosterior>(r_live);
    ObservedData data = to_observed(r_sets);
    const auto variables = live.adapter.parameter_count(live.estimator.parameter_count());
    Rcpp::NumericVector r_draws(Rcpp::Dimension(
        static_cast<std::size_t>(ndraws), static_cast<std::size_t>(data.count()), static_cast<std::size_t>(variables)));
    HostService host(make_run_context(R_NilValue));
    end_as_interrupt(host, [&] {
      sample_posterior(live.estimator, live.adapter, std::move(data), static_cast<std::int64_t>(ndraws),
                       static_cast<std::uint64_t>(seed), cores, host, r_draws.begin(), member - 1);
    });
    return r_draws;
  });
}

// log q of each row of parameters, on the user's scale; r_set counts data sets from 0.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_posterior_log_density(SEXP r_live,
                                               Rcpp::NumericMatrix r_parameters,
                                               Rcpp::List r_sets,
                                               Rcpp::IntegerVector r_set,
                                               int cores,
                                               int member) {
  return guarded([&] {
    const auto& live = get_handle<LivePosterior>(r_live);
    HostService host(make_run_context(R_NilValue));
    const std::vector<std::int64_t> data_set(r_set.begin(), r_set.end());
    std::vector<double> log_density;
    end_as_interrupt(host, [&] {
      log_density = posterior_log_density(live.estimator, live.adapter, to_observed(r_sets), to_matrix(r_parameters),
                                          data_set, cores, host, member - 1);
    });
    return Rcpp::wrap(log_density);
  });
}

// [data set, condition]: what the networks make of each data set before the flow sees it.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_conditions(SEXP r_live, Rcpp::List r_sets, int cores) {
  return guarded([&] {
    const auto& live = get_handle<LivePosterior>(r_live);
    HostService host(make_run_context(R_NilValue));
    Matrix<float> conditions;
    end_as_interrupt(
        host, [&] { conditions = conditions_of(live.estimator, live.adapter, to_observed(r_sets), cores, host); });
    return from_matrix(matrix_cast<double>(conditions));
  });
}

// [[Rcpp::export(rng = false)]]
SEXP core_live_ratio(Rcpp::List r_estimator, Rcpp::List r_adapter, Rcpp::RawVector r_weights) {
  return guarded([&] {
    RatioEstimator estimator(RatioEstimatorOptions::from_spec(to_spec(r_estimator)));
    from_safetensors(RAW(r_weights), static_cast<std::size_t>(r_weights.size()), estimator.parameters());
    return wrap_handle(std::make_unique<LiveRatio>(LiveRatio{std::move(estimator), Adapter(to_spec(r_adapter))}));
  });
}

// [data set, condition], for core_log_ratios.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_ratio_conditions(SEXP r_live, Rcpp::List r_sets, int cores) {
  return guarded([&] {
    const auto& live = get_handle<LiveRatio>(r_live);
    HostService host(make_run_context(R_NilValue));
    Matrix<float> conditions;
    end_as_interrupt(
        host, [&] { conditions = conditions_of(live.estimator, live.adapter, to_observed(r_sets), cores, host); });
    return from_matrix(matrix_cast<double>(conditions));
  });
}

// Of each row of parameters, on the user's scale; r_set counts data sets from 0.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_log_ratios(SEXP r_live,
                                    Rcpp::NumericMatrix r_conditions,
                                    Rcpp::NumericMatrix r_parameters,
                                    Rcpp::IntegerVector r_set) {
  return guarded([&] {
    const auto& live = get_handle<LiveRatio>(r_live);
    const std::vector<std::int64_t> data_set(r_set.begin(), r_set.end());
    const Matrix<float> conditions = matrix_cast<float>(to_matrix(r_conditions));
    return Rcpp::wrap(log_ratios_of(live.estimator, live.adapter, conditions, data_set, to_matrix(r_parameters)));
  });
}
