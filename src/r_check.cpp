#include <cstdint>
#include <vector>

#include "checks/classifier_two_sample.h"
#include "checks/ecdf_bands.h"
#include "checks/ranks.h"
#include "r_convert.h"
#include "r_errors.h"
#include "r_run_context.h"

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_ranks(Rcpp::NumericVector draws, double draws_each, std::vector<double> truths) {
  return amortflow::guarded([&]() -> Rcpp::NumericVector {
    return Rcpp::wrap(amortflow::ranks(draws.begin(), draws.size(), static_cast<std::int64_t>(draws_each), truths));
  });
}

// [[Rcpp::export(rng = false)]]
Rcpp::List core_ecdf_bands(double count, std::vector<double> points, double level) {
  return amortflow::guarded([&] {
    const auto bands = amortflow::ecdf_bands(static_cast<std::int64_t>(count), points, level);
    return Rcpp::List::create(Rcpp::Named("lower") = bands.lower, Rcpp::Named("upper") = bands.upper,
                              Rcpp::Named("gamma") = bands.gamma, Rcpp::Named("coverage") = bands.coverage);
  });
}

// [[Rcpp::export(rng = false)]]
double core_classifier_accuracy(Rcpp::NumericMatrix r_first, Rcpp::NumericMatrix r_second, double seed, int cores) {
  return amortflow::guarded([&] {
    amortflow::HostService host(amortflow::make_run_context(R_NilValue));
    double accuracy = 0;
    amortflow::end_as_interrupt(host, [&] {
      accuracy = amortflow::classifier_two_sample_accuracy(
          amortflow::to_matrix(r_first), amortflow::to_matrix(r_second), static_cast<std::uint64_t>(seed), cores, host);
    });
    return accuracy;
  });
}
