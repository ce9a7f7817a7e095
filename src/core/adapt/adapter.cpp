#include "adapt/adapter.h"

#include <string>
#include <utility>

#include "base/errors.h"

namespace amortflow {

namespace {

Spec specs_of(const std::vector<std::unique_ptr<AdapterStep>>& steps) {
  Spec::List list;
  for (const auto& step : steps) list.emplace_back("", step->to_spec());
  return list;
}

}  // namespace

Adapter::Adapter(const Spec& spec) {
  SpecReader reader(spec, "an adapter");
  reader.choice("kind", {"adapter"});
  parameters_ = make_steps(reader.child("parameters"), "parameters");
  data_ = make_steps(reader.child("data"), "data");
  reader.finish();
}

Adapter::Steps Adapter::make_steps(const Spec& spec, const char* what) {
  if (spec.list() == nullptr) throw ConfigError("An adapter's \"" + std::string(what) + "\" must be a list of steps.");
  Steps steps;
  for (const auto& entry : *spec.list()) steps.push_back(make_adapter_step(entry.second));
  return steps;
}

std::int64_t Adapter::free_count(std::int64_t parameter_count) const {
  for (const auto& step : parameters_) parameter_count += step->added_columns();
  return parameter_count;
}

std::int64_t Adapter::parameter_count(std::int64_t free_count) const {
  for (const auto& step : parameters_) free_count -= step->added_columns();
  return free_count;
}

void Adapter::forward_parameters(Matrix<double>& parameters, double* log_det) const {
  for (const auto& step : parameters_) step->forward(parameters, log_det);
}

void Adapter::inverse_parameters(Matrix<double>& z) const {
  for (auto step = parameters_.rbegin(); step != parameters_.rend(); ++step) (*step)->inverse(z);
}

void Adapter::pull_back_parameters(const Matrix<double>& parameters,
                                   Matrix<double>& gradient,
                                   double log_det_weight) const {
  std::vector<Matrix<double>> inputs;
  Matrix<double> current = parameters;
  for (const auto& step : parameters_) {
    inputs.push_back(current);
    step->forward(current, nullptr);
  }
  for (std::size_t i = parameters_.size(); i-- > 0;) parameters_[i]->pull_back(inputs[i], gradient, log_det_weight);
}

void Adapter::forward_data(Matrix<double>& values) const {
  for (const auto& step : data_) step->forward(values, nullptr);
}

void Adapter::inverse_data(Matrix<double>& values) const {
  for (auto step = data_.rbegin(); step != data_.rend(); ++step) (*step)->inverse(values);
}

Spec Adapter::to_spec() const {
  return Spec::List{{"kind", "adapter"}, {"parameters", specs_of(parameters_)}, {"data", specs_of(data_)}};
}

}  // namespace amortflow
