#include "eager_summary.h"

#include <cmath>

#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/silu.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/rnn.h>
#include <torch/utils.h>

#include "base/errors.h"
#include "eager_set_transformer.h"
#include "eager_weights.h"

namespace amortflow::bench {

namespace {

class Identity final : public EagerSummary {
 public:
  at::Tensor forward(const at::Tensor& data) override { return data.select(1, 0); }
};

/// Nine dense layers: the third and the fifth of rows joined to their mean, the seventh of the mean and the log of the
/// size.
class DeepSet final : public EagerSummary {
 public:
  DeepSet(const ParameterStore& parameters, double log_size_center) : log_size_center_(log_size_center) {
    for (const auto* name : {"dense_1", "dense_2", "equivariant_dense_3", "dense_4", "equivariant_dense_5", "dense_6",
                             "dense_8", "dense_9", "dense_10"}) {
      layers_.push_back(register_module(name, linear_from(parameters, std::string("summary.") + name)));
    }
  }

  at::Tensor forward(const at::Tensor& data) override {
    at::Tensor x = two_layers(0, data);
    x = two_layers(2, joined(x));
    x = two_layers(4, joined(x));
    const double log_size = std::log(static_cast<double>(data.size(1))) - log_size_center_;
    x = at::cat({x.mean(1), at::full({x.size(0), 1}, log_size, x.options())}, 1);
    return layers_[8](two_layers(6, x));
  }

 private:
  at::Tensor two_layers(std::size_t first, const at::Tensor& x) {
    return at::silu(layers_[first + 1](at::silu(layers_[first](x))));
  }
  static at::Tensor joined(const at::Tensor& x) { return at::cat({x, x.mean(1, true).expand_as(x)}, 2); }

  double log_size_center_;
  std::vector<torch::nn::Linear> layers_;
};

/// Convolution, bidirectional gated recurrent unit, dense layer.
class TimeSeries final : public EagerSummary {
 public:
  TimeSeries(const ParameterStore& parameters, std::int64_t variables) {
    const at::Tensor kernel = weights_of(parameters, "summary.convolution_1.weight");
    const std::int64_t filters = kernel.size(1);
    const std::int64_t size = kernel.size(0) / variables;
    convolution_ = register_module(
        "convolution", torch::nn::Conv1d(torch::nn::Conv1dOptions(variables, filters, size).padding((size - 1) / 2)));
    const std::int64_t units = weights_of(parameters, "summary.recurrent_2.forwards.state_weight").size(0);
    recurrent_ = register_module(
        "recurrent", torch::nn::GRU(torch::nn::GRUOptions(filters, units).batch_first(true).bidirectional(true)));
    dense_ = register_module("dense", linear_from(parameters, "summary.dense_3"));
    const torch::NoGradGuard no_gradient;
    convolution_->weight.copy_(kernel.view({size, variables, filters}).permute({2, 1, 0}));
    convolution_->bias.copy_(weights_of(parameters, "summary.convolution_1.bias").view({-1}));
    take_recurrent_weights(parameters, "summary.recurrent_2.forwards", "_l0");
    take_recurrent_weights(parameters, "summary.recurrent_2.backwards", "_l0_reverse");
  }

  at::Tensor forward(const at::Tensor& data) override {
    const at::Tensor filtered = at::silu(convolution_(data.transpose(1, 2))).transpose(1, 2);
    const at::Tensor last = std::get<1>(recurrent_(filtered));  // [directions, data sets, units]
    return dense_(at::cat({last.select(0, 0), last.select(0, 1)}, 1));
  }

 private:
  void take_recurrent_weights(const ParameterStore& parameters, const std::string& from, const std::string& suffix) {
    auto own = recurrent_->named_parameters();
    own["weight_ih" + suffix].copy_(weights_of(parameters, from + ".input_weight").t());
    own["weight_hh" + suffix].copy_(weights_of(parameters, from + ".state_weight").t());
    own["bias_ih" + suffix].copy_(weights_of(parameters, from + ".input_bias").view({-1}));
    own["bias_hh" + suffix].copy_(weights_of(parameters, from + ".state_bias").view({-1}));
  }

  torch::nn::Conv1d convolution_{nullptr};
  torch::nn::GRU recurrent_{nullptr};
  torch::nn::Linear dense_{nullptr};
};

}  // namespace

std::shared_ptr<EagerSummary> make_eager_summary(const Workload& workload, const ParameterStore& parameters) {
  const auto& observable = workload.options.condition.observables.front();
  const std::string kind = observable.summary.find("kind")->texts()->front();
  if (kind == "identity") return std::make_shared<Identity>();
  if (kind == "deep_set") {
    return std::make_shared<DeepSet>(parameters, observable.summary.find("log_size_center")->numbers()->front());
  }
  if (kind == "set_transformer") return make_eager_set_transformer(observable.summary, parameters);
  if (kind == "time_series") return std::make_shared<TimeSeries>(parameters, observable.width);
  throw Error("There is no eager form of the summary network " + kind + ".");
}

}  // namespace amortflow::bench
