#include "estimators/linear_regression.h"

#include <cmath>
#include <string>

#include "base/errors.h"

namespace amortflow {

LinearRegression::LinearRegression(const Spec& spec, std::int64_t dimension, std::int64_t columns)
    : dimension_(dimension), columns_(columns) {
  SpecReader reader(spec, "a regression");
  const auto read = [&](const char* name, std::int64_t count) {
    std::vector<double> numbers = reader.numbers(name);
    if (static_cast<std::int64_t>(numbers.size()) == count) return numbers;
    throw ConfigError("A regression's \"" + std::string(name) + "\" must be " + std::to_string(count) +
                      " numbers, not " + std::to_string(numbers.size()) + ".");
  };
  intercept_ = read("intercept", dimension);
  coefficients_ = read("coefficients", dimension * columns);
  whitening_ = read("whitening", dimension * dimension);
  reader.finish();
  for (std::int64_t i = 0; i < dimension; ++i) {
    if (!(whitening(i, i) > 0)) throw ConfigError("A regression's whitening must have a positive diagonal.");
  }
}

double LinearRegression::fitted(std::int64_t i, const float* c) const {
  double sum = intercept_[static_cast<std::size_t>(i)];
  for (std::int64_t j = 0; j < columns_; ++j) {
    sum += coefficients_[static_cast<std::size_t>(i + j * dimension_)] * static_cast<double>(c[j]);
  }
  return sum;
}

// From the last parameter to the first, because u of one needs theta of those before it.
void LinearRegression::to_residual(const float* c, float* theta) const {
  for (std::int64_t i = 0; i < dimension_; ++i)
    theta[i] = static_cast<float>(static_cast<double>(theta[i]) - fitted(i, c));
  for (std::int64_t i = dimension_ - 1; i >= 0; --i) {
    double sum = 0;
    for (std::int64_t j = 0; j <= i; ++j) sum += whitening(i, j) * static_cast<double>(theta[j]);
    theta[i] = static_cast<float>(sum);
  }
}

void LinearRegression::from_residual(const float* c, float* u) const {
  for (std::int64_t i = 0; i < dimension_; ++i) {
    double sum = static_cast<double>(u[i]);
    for (std::int64_t j = 0; j < i; ++j) sum -= whitening(i, j) * static_cast<double>(u[j]);
    u[i] = static_cast<float>(sum / whitening(i, i));
  }
  for (std::int64_t i = 0; i < dimension_; ++i) u[i] = static_cast<float>(static_cast<double>(u[i]) + fitted(i, c));
}

// u = W (theta - a - B c).
void LinearRegression::pull_back(const float* by_u, double* by_c) const {
  for (std::int64_t i = 0; i < dimension_; ++i) {
    double by_residual = 0;
    for (std::int64_t k = i; k < dimension_; ++k) by_residual += whitening(k, i) * static_cast<double>(by_u[k]);
    for (std::int64_t j = 0; j < columns_; ++j) {
      by_c[j] -= by_residual * coefficients_[static_cast<std::size_t>(i + j * dimension_)];
    }
  }
}

double LinearRegression::log_det() const {
  double sum = 0;
  for (std::int64_t i = 0; i < dimension_; ++i) sum += std::log(whitening(i, i));
  return sum;
}

}  // namespace amortflow
