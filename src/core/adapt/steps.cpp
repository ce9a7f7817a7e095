#include "adapt/steps.h"

#include "base/errors.h"

namespace amortflow {

AdapterSteps::AdapterSteps(const Spec& spec) {
  if (spec.list() == nullptr) throw ConfigError("The steps of an adapter must be a list.");
  for (const auto& entry : *spec.list()) steps_.push_back(make_adapter_step(entry.second));
}

void AdapterSteps::forward(Matrix<double>& rows, double* log_det) const {
  for (const auto& step : steps_) step->forward(rows, log_det);
}

void AdapterSteps::inverse(Matrix<double>& rows) const {
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) (*step)->inverse(rows);
}

void AdapterSteps::pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const {
  std::vector<Matrix<double>> inputs;
  Matrix<double> current = input;
  for (const auto& step : steps_) {
    inputs.push_back(current);
    step->forward(current, nullptr);
  }
  for (std::size_t i = steps_.size(); i-- > 0;) steps_[i]->pull_back(inputs[i], gradient, log_det_weight);
}

std::int64_t AdapterSteps::added_columns() const {
  std::int64_t added = 0;
  for (const auto& step : steps_) added += step->added_columns();
  return added;
}

Spec AdapterSteps::to_spec() const {
  Spec::List list;
  for (const auto& step : steps_) list.emplace_back("", step->to_spec());
  return list;
}

}  // namespace amortflow
