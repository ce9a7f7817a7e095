#include "adapt/adapter.h"
#include "adapt/fit_steps.h"
#include "adapt/steps.h"
#include "r_convert.h"
#include "r_errors.h"

// Steps as a fitted adapter has them, without numbers where they are to be learned from `values`.
// [[Rcpp::export(rng = false)]]
Rcpp::RObject core_fit_steps(Rcpp::List r_steps, Rcpp::NumericMatrix r_values) {
  return amortflow::guarded([&]() -> Rcpp::RObject {
    auto values = amortflow::to_matrix(r_values);
    return amortflow::from_spec(amortflow::fit_steps(amortflow::to_spec(r_steps), values));
  });
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_forward_steps(Rcpp::List r_steps, Rcpp::NumericMatrix r_values) {
  return amortflow::guarded([&] {
    auto values = amortflow::to_matrix(r_values);
    amortflow::AdapterSteps(amortflow::to_spec(r_steps)).forward(values, nullptr);
    return amortflow::from_matrix(values);
  });
}

// [[Rcpp::export(rng = false)]]
Rcpp::List core_forward_log_det(Rcpp::List r_steps, Rcpp::NumericMatrix r_values) {
  return amortflow::guarded([&] {
    auto z = amortflow::to_matrix(r_values);
    Rcpp::NumericVector log_det(static_cast<R_xlen_t>(z.rows));
    amortflow::AdapterSteps(amortflow::to_spec(r_steps)).forward(z, log_det.begin());
    return Rcpp::List::create(Rcpp::Named("z") = amortflow::from_matrix(z), Rcpp::Named("log_det") = log_det);
  });
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_inverse_steps(Rcpp::List r_steps, Rcpp::NumericMatrix r_z) {
  return amortflow::guarded([&] {
    auto values = amortflow::to_matrix(r_z);
    amortflow::AdapterSteps(amortflow::to_spec(r_steps)).inverse(values);
    return amortflow::from_matrix(values);
  });
}

// [[Rcpp::export(rng = false)]]
Rcpp::List core_adapt_parameters(Rcpp::List adapter, Rcpp::NumericMatrix parameters) {
  return amortflow::guarded([&] {
    auto z = amortflow::to_matrix(parameters);
    Rcpp::NumericVector log_det(static_cast<R_xlen_t>(z.rows));
    amortflow::Adapter(amortflow::to_spec(adapter)).forward_parameters(z, log_det.begin());
    return Rcpp::List::create(Rcpp::Named("z") = amortflow::from_matrix(z), Rcpp::Named("log_det") = log_det);
  });
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_restore_parameters(Rcpp::List adapter, Rcpp::NumericMatrix z) {
  return amortflow::guarded([&] {
    auto parameters = amortflow::to_matrix(z);
    amortflow::Adapter(amortflow::to_spec(adapter)).inverse_parameters(parameters);
    return amortflow::from_matrix(parameters);
  });
}
