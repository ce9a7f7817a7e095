#pragma once

#include <Rcpp.h>
#include <vector>

#include "base/batch.h"
#include "base/matrix.h"
#include "base/spec.h"

namespace amortflow {

/// The only transposition of the package: R is column-major, the core row-major.
[[nodiscard]] Matrix<double> to_matrix(const Rcpp::NumericMatrix& r_matrix);
[[nodiscard]] Rcpp::NumericMatrix from_matrix(const Matrix<double>& matrix);

/// R's `list(values = <matrix: position x variable>, lengths = <positions of each data set>)`.
[[nodiscard]] RaggedRows<double> to_rows(const Rcpp::List& r_rows);
[[nodiscard]] Rcpp::List from_rows(const RaggedRows<double>& rows);

/// A list of such, one entry per observable.
[[nodiscard]] std::vector<RaggedRows<double>> to_data(const Rcpp::List& r_data);
[[nodiscard]] Rcpp::List from_data(const std::vector<RaggedRows<double>>& data);

/// Lists, numbers, strings, logicals and NULL; anything else is a ConfigError.
[[nodiscard]] Spec to_spec(SEXP r_value);
[[nodiscard]] SEXP from_spec(const Spec& spec);

}  // namespace amortflow
