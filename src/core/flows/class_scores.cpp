#include "flows/class_scores.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/errors.h"
#include "base/polygamma.h"
#include "simulate/tail_probabilities.h"

namespace amortflow {

namespace {

double log_sum_exp(const float* x, std::int64_t count) {
  const auto largest = static_cast<double>(*std::max_element(x, x + count));
  double sum = 0;
  for (std::int64_t k = 0; k < count; ++k) sum += std::exp(static_cast<double>(x[k]) - largest);
  return largest + std::log(sum);
}

double concentration(float raw) { return 1 + std::exp(std::min(static_cast<double>(raw), DirichletScore::kLargest)); }

double sum_of_concentrations(const float* raw, std::int64_t count) {
  double sum = 0;
  for (std::int64_t k = 0; k < count; ++k) sum += concentration(raw[k]);
  return sum;
}

}  // namespace

void ClassScore::check_target(const float* target) const {
  if (*target >= 0 && *target < static_cast<float>(classes_) && *target == std::floor(*target)) return;
  throw ShapeError("a class must be one of the " + std::to_string(classes_) + " numbers from 0, not " +
                   std::to_string(*target));
}

double LogScore::score(const float* raw, const float* target) const {
  const auto truth = static_cast<std::int64_t>(*target);
  return log_sum_exp(raw, classes()) - static_cast<double>(raw[truth]);
}

void LogScore::gradient(const float* raw, const float* target, double scale, float* raw_gradient) const {
  const auto truth = static_cast<std::int64_t>(*target);
  const double log_sum = log_sum_exp(raw, classes());
  for (std::int64_t k = 0; k < classes(); ++k) {
    const double probability = std::exp(static_cast<double>(raw[k]) - log_sum);
    raw_gradient[k] = static_cast<float>(scale * (probability - (k == truth ? 1 : 0)));
  }
}

void LogScore::predict(const float* raw, float* prediction) const {
  const double log_sum = log_sum_exp(raw, classes());
  for (std::int64_t k = 0; k < classes(); ++k) {
    prediction[k] = static_cast<float>(static_cast<double>(raw[k]) - log_sum);
  }
}

// KL(Dir(a) || Dir(1)) = log Gamma(A) - log Gamma(K) - sum log Gamma(a_k) + sum (a_k - 1) (psi(a_k) - psi(A)).
double DirichletScore::score(const float* raw, const float* target) const {
  const auto truth = static_cast<std::int64_t>(*target);
  const double all = sum_of_concentrations(raw, classes());
  const double alpha = concentration(raw[truth]);
  const double wrong = all - alpha + 1;
  double divergence = log_gamma(wrong) - log_gamma(static_cast<double>(classes()));
  for (std::int64_t k = 0; k < classes(); ++k) {
    if (k == truth) continue;
    const double a = concentration(raw[k]);
    divergence += (a - 1) * (digamma(a) - digamma(wrong)) - log_gamma(a);
  }
  return std::log(all / alpha) + regularization_ * divergence;
}

void DirichletScore::gradient(const float* raw, const float* target, double scale, float* raw_gradient) const {
  const auto truth = static_cast<std::int64_t>(*target);
  const double all = sum_of_concentrations(raw, classes());
  const double alpha = concentration(raw[truth]);
  const double wrong = all - alpha + 1;
  const double shared = (wrong - static_cast<double>(classes())) * trigamma(wrong);
  for (std::int64_t k = 0; k < classes(); ++k) {
    const double a = concentration(raw[k]);
    const double by_a = k == truth ? 1 / all - 1 / alpha : 1 / all + regularization_ * ((a - 1) * trigamma(a) - shared);
    const bool moves = static_cast<double>(raw[k]) < kLargest;
    raw_gradient[k] = moves ? static_cast<float>(scale * by_a * (a - 1)) : 0.0F;
  }
}

void DirichletScore::predict(const float* raw, float* prediction) const {
  std::transform(raw, raw + classes(), prediction, [](float x) { return static_cast<float>(concentration(x)); });
}

}  // namespace amortflow
