#include "eager_set_transformer.h"

#include <cmath>
#include <string>
#include <vector>

#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/softmax.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/pimpl.h>
#include <torch/utils.h>

#include "eager_weights.h"

namespace amortflow::bench {

namespace {

std::int64_t whole(const Spec& spec, const char* key) {
  return static_cast<std::int64_t>(spec.find(key)->numbers()->front());
}

torch::nn::Linear linear_without_bias(const ParameterStore& parameters, const std::string& weight) {
  const at::Tensor from = weights_of(parameters, weight);
  torch::nn::Linear linear(torch::nn::LinearOptions(from.size(0), from.size(1)).bias(false));
  const torch::NoGradGuard no_gradient;
  linear->weight.copy_(from.t());
  return linear;
}

torch::nn::Linear output_of(const ParameterStore& parameters, const std::string& name) {
  const at::Tensor from = weights_of(parameters, name + ".output_weight");
  torch::nn::Linear linear(from.size(0), from.size(1));
  const torch::NoGradGuard no_gradient;
  linear->weight.copy_(from.t());
  linear->bias.copy_(weights_of(parameters, name + ".output_bias").view({-1}));
  return linear;
}

torch::nn::LayerNorm norm_from(const ParameterStore& parameters, const std::string& name) {
  const at::Tensor gain = weights_of(parameters, name + ".gain");
  torch::nn::LayerNorm norm(torch::nn::LayerNormOptions({gain.size(1)}).eps(1e-5));
  const torch::NoGradGuard no_gradient;
  norm->weight.copy_(gain.view({-1}));
  norm->bias.copy_(weights_of(parameters, name + ".bias").view({-1}));
  return norm;
}

/// [data sets, rows, width] -> [data sets, heads, rows, width / heads].
at::Tensor by_head(const at::Tensor& x, std::int64_t heads) {
  return x.view({x.size(0), x.size(1), heads, -1}).transpose(1, 2);
}

/// [data sets, queries, width].
at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const at::Tensor scores = at::matmul(q, k.transpose(2, 3)) / std::sqrt(static_cast<double>(q.size(3)));
  return at::matmul(at::softmax(scores, -1), v).transpose(1, 2).flatten(2);
}

/// x + attention(norm(x)), then x + f(norm(x)).
class BlockImpl final : public torch::nn::Module {
 public:
  BlockImpl(const ParameterStore& parameters, std::int64_t first, std::int64_t heads) : heads_(heads) {
    const std::string attention = "summary.residual_" + std::to_string(first) + ".branch";
    const std::string dense = "summary.residual_" + std::to_string(first + 1) + ".branch";
    first_norm_ = register_module("first_norm", norm_from(parameters, attention + ".layer_norm_1"));
    input_ = register_module("input", linear_without_bias(parameters, attention + ".self_attention_2.input_weight"));
    output_ = register_module("output", output_of(parameters, attention + ".self_attention_2"));
    second_norm_ = register_module("second_norm", norm_from(parameters, dense + ".layer_norm_1"));
    hidden_ = register_module("hidden", linear_from(parameters, dense + ".dense_2"));
    last_ = register_module("last", linear_from(parameters, dense + ".dense_3"));
  }

  at::Tensor forward(at::Tensor x) {
    const std::vector<at::Tensor> parts = input_(first_norm_(x)).chunk(3, 2);
    x = x + output_(attend(by_head(parts[0], heads_), by_head(parts[1], heads_), by_head(parts[2], heads_)));
    return x + last_(at::silu(hidden_(second_norm_(x))));
  }

 private:
  std::int64_t heads_;
  torch::nn::LayerNorm first_norm_{nullptr};
  torch::nn::LayerNorm second_norm_{nullptr};
  torch::nn::Linear input_{nullptr};
  torch::nn::Linear output_{nullptr};
  torch::nn::Linear hidden_{nullptr};
  torch::nn::Linear last_{nullptr};
};
TORCH_MODULE(Block);

class SetTransformer final : public EagerSummary {
 public:
  SetTransformer(const Spec& spec, const ParameterStore& parameters)
      : heads_(whole(spec, "heads")), log_size_center_(spec.find("log_size_center")->numbers()->front()) {
    const std::int64_t blocks = whole(spec, "blocks");
    for (std::int64_t i = 0; i < blocks; ++i) {
      blocks_.push_back(register_module("block_" + std::to_string(i), Block(parameters, 3 + 2 * i, heads_)));
    }
    const auto name = [&](const char* kind, std::int64_t place) {
      return std::string("summary.") + kind + "_" + std::to_string(3 + 2 * blocks + place);
    };
    const std::string pool = name("attention_pool", 1);
    first_ = register_module("first", linear_from(parameters, "summary.dense_1"));
    second_ = register_module("second", linear_from(parameters, "summary.dense_2"));
    norm_ = register_module("norm", norm_from(parameters, name("layer_norm", 0)));
    seeds_ = register_parameter("seeds", weights_of(parameters, pool + ".seeds"));
    input_ = register_module("input", linear_without_bias(parameters, pool + ".input_weight"));
    output_ = register_module("output", output_of(parameters, pool));
    hidden_ = register_module("hidden", linear_from(parameters, name("dense", 2)));
    last_ = register_module("last", linear_from(parameters, name("dense", 3)));
  }

  at::Tensor forward(const at::Tensor& data) override {
    at::Tensor x = second_(at::silu(first_(data)));
    for (Block& block : blocks_) x = block(x);
    const std::vector<at::Tensor> parts = input_(norm_(x)).chunk(2, 2);
    const at::Tensor seeds = by_head(seeds_.unsqueeze(0), heads_);
    const at::Tensor pooled = output_(attend(seeds, by_head(parts[0], heads_), by_head(parts[1], heads_))).flatten(1);
    const double log_size = std::log(static_cast<double>(data.size(1))) - log_size_center_;
    const at::Tensor joined = at::cat({pooled, at::full({pooled.size(0), 1}, log_size, pooled.options())}, 1);
    return last_(at::silu(hidden_(joined)));
  }

 private:
  std::int64_t heads_;
  double log_size_center_;
  std::vector<Block> blocks_;
  at::Tensor seeds_;
  torch::nn::Linear first_{nullptr};
  torch::nn::Linear second_{nullptr};
  torch::nn::LayerNorm norm_{nullptr};
  torch::nn::Linear input_{nullptr};
  torch::nn::Linear output_{nullptr};
  torch::nn::Linear hidden_{nullptr};
  torch::nn::Linear last_{nullptr};
};

}  // namespace

std::shared_ptr<EagerSummary> make_eager_set_transformer(const Spec& spec, const ParameterStore& parameters) {
  return std::make_shared<SetTransformer>(spec, parameters);
}

}  // namespace amortflow::bench
