#include "adapt/adapter.h"

namespace amortflow {

Adapter::Adapter(const Spec& spec) {
  SpecReader reader(spec, "an adapter");
  reader.choice("kind", {"adapter"});
  parameters_ = AdapterSteps(reader.child("parameters"));
  data_ = AdapterSteps(reader.child("data"));
  reader.finish();
}

void Adapter::forward_parameters(Matrix<double>& parameters, double* log_det) const {
  parameters_.forward(parameters, log_det);
}

void Adapter::inverse_parameters(Matrix<double>& z) const { parameters_.inverse(z); }

void Adapter::pull_back_parameters(const Matrix<double>& parameters,
                                   Matrix<double>& gradient,
                                   double log_det_weight) const {
  parameters_.pull_back(parameters, gradient, log_det_weight);
}

void Adapter::forward_data(Matrix<double>& values) const { data_.forward(values, nullptr); }

void Adapter::inverse_data(Matrix<double>& values) const { data_.inverse(values); }

Spec Adapter::to_spec() const {
  return Spec::List{{"kind", "adapter"}, {"parameters", parameters_.to_spec()}, {"data", data_.to_spec()}};
}

}  // namespace amortflow
