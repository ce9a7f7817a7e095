#include "r_convert.h"

#include <limits>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "base/errors.h"

namespace amortflow {

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ColMajor = Eigen::MatrixXd;

const char* type_name(SEXP r_value) { return Rf_isFactor(r_value) ? "factor" : Rf_type2char(TYPEOF(r_value)); }

std::string to_text(SEXP r_char) {
  if (r_char == NA_STRING) throw ConfigError("A string of a specification must not be NA.");
  if (Rf_getCharCE(r_char) == CE_BYTES) throw ConfigError("A string of a specification must have an encoding.");
  return Rf_translateCharUTF8(r_char);
}

Spec texts_to_spec(SEXP r_value) {
  Spec::Texts texts;
  for (R_xlen_t i = 0; i < Rf_xlength(r_value); ++i) texts.push_back(to_text(STRING_ELT(r_value, i)));
  return Spec(std::move(texts));
}

Spec flags_to_spec(SEXP r_value) {
  Spec::List flags;
  for (R_xlen_t i = 0; i < Rf_xlength(r_value); ++i) {
    const int flag = LOGICAL(r_value)[i];
    if (flag == NA_LOGICAL) throw ConfigError("A logical of a specification must not be NA.");
    flags.emplace_back(std::string(), Spec(flag != 0));
  }
  return flags.size() == 1 ? flags.front().second : Spec(std::move(flags));
}

Spec numbers_to_spec(SEXP r_value) {
  Spec::Numbers numbers(static_cast<std::size_t>(Rf_xlength(r_value)));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (TYPEOF(r_value) == REALSXP) {
      numbers[i] = REAL(r_value)[i];
    } else {
      const int number = INTEGER(r_value)[i];
      numbers[i] = number == NA_INTEGER ? NA_REAL : number;
    }
  }
  return Spec(std::move(numbers));
}

Spec list_to_spec(SEXP r_value) {
  Spec::List entries;
  const Rcpp::RObject r_names = Rf_getAttrib(r_value, R_NamesSymbol);
  for (R_xlen_t i = 0; i < Rf_xlength(r_value); ++i) {
    entries.emplace_back(r_names.isNULL() ? std::string() : to_text(STRING_ELT(r_names, i)),
                         to_spec(VECTOR_ELT(r_value, i)));
  }
  return Spec(std::move(entries));
}

SEXP from_texts(const Spec::Texts& texts) {
  Rcpp::CharacterVector r_texts(static_cast<R_xlen_t>(texts.size()));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].find('\0') != std::string::npos) throw FormatError("A string with a zero byte cannot be given to R.");
    r_texts[static_cast<R_xlen_t>(i)] = Rf_mkCharLenCE(texts[i].data(), static_cast<int>(texts[i].size()), CE_UTF8);
  }
  return r_texts;
}

bool all_flags(const Spec::List& entries) {
  for (const auto& entry : entries) {
    if (!entry.first.empty() || !entry.second.flag()) return false;
  }
  return !entries.empty();
}

SEXP from_flags(const Spec::List& entries) {
  Rcpp::LogicalVector r_flags(static_cast<R_xlen_t>(entries.size()));
  for (std::size_t i = 0; i < entries.size(); ++i) r_flags[static_cast<R_xlen_t>(i)] = *entries[i].second.flag();
  return r_flags;
}

SEXP from_list(const Spec::List& entries) {
  if (all_flags(entries)) return from_flags(entries);
  Rcpp::List r_list(static_cast<R_xlen_t>(entries.size()));
  Spec::Texts names;
  bool named = false;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    r_list[static_cast<R_xlen_t>(i)] = from_spec(entries[i].second);
    names.push_back(entries[i].first);
    named = named || !entries[i].first.empty();
  }
  if (named) r_list.attr("names") = from_texts(names);
  return r_list;
}

}  // namespace

Matrix<double> to_matrix(const Rcpp::NumericMatrix& r_matrix) {
  Matrix<double> matrix(r_matrix.nrow(), r_matrix.ncol());
  Eigen::Map<RowMajor>(matrix.values.data(), matrix.rows, matrix.cols) =
      Eigen::Map<const ColMajor>(r_matrix.begin(), matrix.rows, matrix.cols);
  return matrix;
}

Rcpp::NumericMatrix from_matrix(const Matrix<double>& matrix) {
  constexpr std::int64_t kMost = std::numeric_limits<int>::max();
  if (matrix.rows > kMost || matrix.cols > kMost)
    throw ShapeError("A matrix of R has at most 2^31 - 1 rows and columns.");
  Rcpp::NumericMatrix r_matrix(Rcpp::no_init(static_cast<int>(matrix.rows), static_cast<int>(matrix.cols)));
  Eigen::Map<ColMajor>(r_matrix.begin(), matrix.rows, matrix.cols) =
      Eigen::Map<const RowMajor>(matrix.values.data(), matrix.rows, matrix.cols);
  return r_matrix;
}

RaggedRows<double> to_rows(const Rcpp::List& r_rows) {
  const Rcpp::IntegerVector r_lengths = r_rows["lengths"];
  const std::vector<std::int64_t> lengths(r_lengths.begin(), r_lengths.end());
  RaggedRows<double> rows{to_matrix(r_rows["values"]), Segments::of_lengths(lengths)};
  if (rows.segments.rows() != rows.values.rows) {
    throw ShapeError("The lengths of the data sets add up to " + std::to_string(rows.segments.rows()) +
                     ", but there are " + std::to_string(rows.values.rows) + " rows.");
  }
  return rows;
}

Rcpp::List from_rows(const RaggedRows<double>& rows) {
  Rcpp::IntegerVector r_lengths(static_cast<R_xlen_t>(rows.count()));
  for (std::int64_t i = 0; i < rows.count(); ++i) {
    r_lengths[static_cast<R_xlen_t>(i)] = static_cast<int>(rows.segments.length(i));
  }
  return Rcpp::List::create(Rcpp::Named("values") = from_matrix(rows.values), Rcpp::Named("lengths") = r_lengths);
}

std::vector<RaggedRows<double>> to_data(const Rcpp::List& r_data) {
  std::vector<RaggedRows<double>> data;
  for (R_xlen_t k = 0; k < r_data.size(); ++k) data.push_back(to_rows(r_data[k]));
  return data;
}

Rcpp::List from_data(const std::vector<RaggedRows<double>>& data) {
  Rcpp::List r_data(static_cast<R_xlen_t>(data.size()));
  for (std::size_t k = 0; k < data.size(); ++k) r_data[static_cast<R_xlen_t>(k)] = from_rows(data[k]);
  return r_data;
}

Spec to_spec(SEXP r_value) {
  if (Rf_length(Rf_getAttrib(r_value, R_DimSymbol)) > 1) {
    throw ConfigError("A specification must not hold a matrix or an array.",
                      "Give its values as a vector, row by row.");
  }
  if (Rf_isNull(r_value)) return Spec();
  if (Rf_isNewList(r_value)) return list_to_spec(r_value);
  if (Rf_isString(r_value)) return texts_to_spec(r_value);
  if (Rf_isLogical(r_value)) return flags_to_spec(r_value);
  if ((Rf_isReal(r_value) || Rf_isInteger(r_value)) && !Rf_isFactor(r_value)) return numbers_to_spec(r_value);
  throw ConfigError("A specification must hold lists, numbers, strings, logicals or NULL, not a " +
                    std::string(type_name(r_value)) + ".");
}

SEXP from_spec(const Spec& spec) {
  if (spec.is_null()) return R_NilValue;
  if (spec.flag()) return Rcpp::wrap(*spec.flag());
  if (spec.numbers()) return Rcpp::wrap(*spec.numbers());
  if (spec.texts()) return from_texts(*spec.texts());
  return from_list(*spec.list());
}

}  // namespace amortflow
