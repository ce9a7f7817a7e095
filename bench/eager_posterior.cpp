#include "eager_posterior.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/randn.h>
#include <torch/nn/module.h>  // the next header wants it
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adam.h>
#include <torch/utils.h>

#include "eager_flow.h"
#include "eager_summary.h"

namespace amortflow::bench {

namespace {

at::Tensor copy_of(const Matrix<float>& matrix) {
  auto* values = const_cast<float*>(matrix.values.data());  // LibTorch has no read-only tensors; it is copied
  return at::from_blob(values, {matrix.rows, matrix.cols}, at::kFloat).clone();
}

EagerFlowImpl::Options flow_options(const Workload& workload) {
  const Spec& flow = workload.options.inference;
  EagerFlowImpl::Options options;
  options.dimension = workload.options.target_width;
  options.depth = static_cast<std::int64_t>(flow.find("depth")->numbers()->front());
  options.transform = flow.find("transform")->texts()->front();
  options.seed = workload.options.seed;
  return options;
}

}  // namespace

class EagerPosterior::Networks {
 public:
  Networks(const Workload& workload, const ParameterStore& store, double learning_rate)
      : summary(make_eager_summary(workload, store)),
        flow(store, flow_options(workload)),
        parameters(all_parameters()),
        optimizer(parameters, torch::optim::AdamOptions(learning_rate)),
        values(copy_of(workload.batch.parameters)),
        data(copy_of(workload.batch.data.observed.front().values)
                 .view({workload.batch.count(), workload.positions, -1})) {}

  at::Tensor loss() { return flow->negative_log_density(values, summary->forward(data)).mean(); }

  std::shared_ptr<EagerSummary> summary;
  EagerFlow flow;
  std::vector<at::Tensor> parameters;
  torch::optim::Adam optimizer;
  at::Tensor values;
  at::Tensor data;

 private:
  [[nodiscard]] std::vector<at::Tensor> all_parameters() {
    std::vector<at::Tensor> all = flow->parameters();
    for (const at::Tensor& parameter : summary->parameters()) all.push_back(parameter);
    return all;
  }
};

EagerPosterior::EagerPosterior(const Workload& workload, const ParameterStore& parameters, double learning_rate)
    : networks_(std::make_unique<Networks>(workload, parameters, learning_rate)) {}
EagerPosterior::~EagerPosterior() = default;

double EagerPosterior::loss() const {
  const torch::NoGradGuard no_gradient;
  return networks_->loss().item<double>();
}

void EagerPosterior::step() {
  networks_->optimizer.zero_grad();
  networks_->loss().backward();
  torch::nn::utils::clip_grad_norm_(networks_->parameters, 1.0);
  networks_->optimizer.step();
}

void EagerPosterior::sample(std::int64_t data_sets, std::int64_t draws) const {
  const torch::NoGradGuard no_gradient;
  const at::Tensor conditions = networks_->summary->forward(networks_->data);
  for (std::int64_t i = 0; i < data_sets; ++i) {
    const at::Tensor noise = at::randn({draws, networks_->values.size(1)});
    (void)networks_->flow->inverse(noise, conditions.narrow(0, i, 1).expand({draws, -1}));
  }
}

}  // namespace amortflow::bench
