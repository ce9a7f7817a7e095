#include "train/device_step.h"

#include <algorithm>
#include <map>
#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>

#include "base/errors.h"
#include "base/torch_compat.h"
#include "estimators/reference_loss.h"
#include "nets/torch_backend.h"
#include "train/device_graph.h"
#include "train/device_optimizer.h"
#include "train/device_stream.h"
#include "train/padded_batch.h"

namespace amortflow {

namespace {

// A shape's first steps run as they are, which also makes libraries set up what they may not while a graph is captured;
// shapes that hardly ever occur are not worth a graph.
constexpr std::int64_t kUncapturedRuns = 3;
// A graph holds about as much memory on the device as the step it replays.
constexpr std::size_t kMostGraphs = 64;
// Steps between questions to the device how it goes.
constexpr std::int64_t kStepsPerPeek = 16;

/// Runs `work`; errors of LibTorch leave as DeviceError with their first line.
template <class Work>
auto guarded(const std::string& device, const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const c10::Error& error) {
    const std::string text = torch_compat::message(error);
    throw DeviceError("training on device \"" + device + "\" failed: " + text.substr(0, text.find('\n')),
                      "Smaller batches or networks need less of the device's memory; device = \"cpu\" needs none.");
  }
}

c10::DeviceType device_type(const std::string& device) {
  if (device == "cpu") return c10::DeviceType::CPU;
  if (device != "cuda") throw ConfigError("a device must be \"cpu\" or \"cuda\", not \"" + device + "\"");
  require_cuda();
  return c10::DeviceType::CUDA;
}

const ReferenceLoss& loss_of(const Estimator& estimator) {
  const ReferenceLoss* loss = estimator.reference_loss();
  if (loss == nullptr) throw ConfigError("this estimator has no form that a device could train");
  return *loss;
}

/// The numbers of a store as a tensor of the host.
at::Tensor host_view(AlignedBuffer& buffer) { return at::from_blob(buffer.data(), {buffer.size()}, at::kFloat); }

at::Tensor view_of(const at::Tensor& floats, const PackedBatch::Part& part) {
  return floats.narrow(0, part.offset, part.rows * part.cols).view({part.rows, part.cols});
}

/// Everything about batches of one shape that stays where it is from step to step.
struct Plan {
  Plan(const PaddedShape& shape, const TrainingBatch& like, const at::Tensor& weights)
      : packed(shape, like),
        input(at::zeros({packed.floats()}, weights.options())),
        learning_rate(input.select(0, packed.learning_rate().offset)),
        row_weights(view_of(input, packed.weights()).view({-1})),
        loss(at::zeros({}, weights.options())) {
    batch.parameters = view_of(input, packed.parameters());
    batch.context = view_of(input, packed.context());
    if (packed.noise().cols > 0) batch.noise = view_of(input, packed.noise());
    for (std::size_t k = 0; k < shape.observed.size(); ++k) {
      const PackedBatch::Observable& place = packed.observed()[k];
      ReferenceBatch::Observable observable;
      observable.values = view_of(input, place.values);
      if (place.lengths.cols > 0) observable.lengths = view_of(input, place.lengths).view({-1});
      observable.length = shape.observed[k].length;
      batch.observed.push_back(std::move(observable));
    }
  }

  PackedBatch packed;
  at::Tensor input;
  at::Tensor learning_rate;
  at::Tensor row_weights;
  ReferenceBatch batch;
  at::Tensor loss;  // of the last run
  std::int64_t runs = 0;
  std::unique_ptr<DeviceGraph> graph;
};

using Plans = std::map<PaddedShape, Plan>;

class DeviceStep final : public TrainingStep {
 public:
  DeviceStep(Estimator& estimator, const OptimizerOptions& optimizer, const DeviceStepOptions& options)
      : name_(options.device),
        padding_(options.padding),
        store_(estimator.parameters()),
        loss_(loss_of(estimator)),
        stream_(device_type(options.device)),
        captures_(options.graphs && stream_.asynchronous() && DeviceGraph::compiled_in()),
        weights_(host_view(store_.values()).to(stream_.device(), /*non_blocking=*/false, /*copy=*/true)),
        gradient_(at::zeros({weights_.numel()}, weights_.options())),
        views_(store_.layout(), weights_, gradient_),
        store_weights_(weights_.clone()),
        store_views_(store_.layout(), store_weights_, gradient_),
        optimizer_(store_.layout(), optimizer, weights_, gradient_),
        counts_copy_(stream_.host_tensor(DeviceOptimizer::kCounts, at::kDouble)),
        counts_copied_(stream_) {
    stream_.wait_for_current();
  }
  ~DeviceStep() override {
    try {
      stream_.wait();
    } catch (const c10::Error&) {  // NOLINT(bugprone-empty-catch): a device that failed has nothing to wait for
    }
  }

  void run(const TrainingBatch& batch, double learning_rate) override {
    loss_.check(batch);
    guarded(name_, [&] {
      const DeviceStream::Scope scope(stream_);
      Plan& plan = plan_for(batch, training_);
      send(plan, batch, learning_rate, 1.0 / static_cast<double>(batch.count()));
      execute(plan, [this, &plan] { train_on(plan); });
      peek();
    });
  }

  [[nodiscard]] StepTally collect() override {
    StepTally tally;
    tally.taken = static_cast<std::int64_t>(known_.taken - collected_.taken);
    tally.skipped = static_cast<std::int64_t>(known_.skipped - collected_.skipped);
    tally.skipped_in_a_row = static_cast<std::int64_t>(known_.skipped_in_a_row);
    if (tally.taken > 0) {
      tally.loss = (known_.loss - collected_.loss) / static_cast<double>(tally.taken);
      tally.gradient_norm = (known_.gradient_norm - collected_.gradient_norm) / static_cast<double>(tally.taken);
    }
    collected_ = known_;
    return tally;
  }

  void finish() override {
    guarded(name_, [&] {
      const DeviceStream::Scope scope(stream_);
      host_view(store_.values()).copy_(weights_);
      counts_copy_.copy_(optimizer_.counts());
      read_counts();
      if (!optimizer_.average().defined() || known_.taken == 0) return;
      if (average_.size() == 0) average_ = AlignedBuffer(weights_.numel());
      host_view(average_).copy_(optimizer_.average());
    });
  }

  void weights_changed() override {
    guarded(name_, [&] {
      const DeviceStream::Scope scope(stream_);
      weights_.copy_(host_view(store_.values()));
    });
  }

  [[nodiscard]] std::vector<double> losses(const TrainingBatch& batch,
                                           std::int64_t piece,
                                           double scale,
                                           const std::atomic<bool>& cancelled) override {
    loss_.check(batch);
    const std::int64_t pieces = (batch.count() + piece - 1) / piece;
    return guarded(name_, [&] {
      const DeviceStream::Scope scope(stream_);
      store_weights_.copy_(host_view(store_.values()));
      const at::Tensor all = at::zeros({pieces}, weights_.options());
      for (std::int64_t i = 0; i < pieces; ++i) {
        if (cancelled) throw Cancelled();
        const TrainingBatch part = slice(batch, i * piece, std::min(batch.count(), (i + 1) * piece));
        Plan& plan = plan_for(part, validation_);
        send(plan, part, 0, scale);
        execute(plan, [this, &plan] { evaluate(plan); });
        all.select(0, i).copy_(plan.loss);
      }
      const at::Tensor copy = all.to(at::kDouble).to(c10::Device(c10::DeviceType::CPU));
      return std::vector<double>(copy.data_ptr<double>(), copy.data_ptr<double>() + copy.numel());
    });
  }

  [[nodiscard]] const AlignedBuffer& average() const override { return average_; }

  [[nodiscard]] Optimizer::State optimizer_state() const override {
    return guarded(name_, [&] {
      const DeviceStream::Scope scope(stream_);
      return optimizer_.state();
    });
  }

  void restore(Optimizer::State state) override {
    weights_changed();
    guarded(name_, [&] {
      const DeviceStream::Scope scope(stream_);
      optimizer_.restore(state);
    });
    average_ = std::move(state.average);
  }

  [[nodiscard]] std::string device() const override { return name_; }

 private:
  /// Plans of one kind of work, whose batches are padded by sizes of their own.
  struct Work {
    PaddedShapes shapes;
    Plans plans;
  };

  Plan& plan_for(const TrainingBatch& batch, Work& work) {
    const PaddedShape shape = padding_ ? work.shapes.shape_of(batch) : exact_shape(batch);
    const auto known = work.plans.find(shape);
    if (known != work.plans.end()) return known->second;
    return work.plans.try_emplace(shape, shape, batch, weights_).first->second;
  }

  void send(Plan& plan, const TrainingBatch& batch, double learning_rate, double weight) {
    stream_.send(
        plan.packed.floats(), [&](float* out) { plan.packed.write(batch, learning_rate, weight, out); }, plan.input);
  }

  /// By the plan's graph, once there is one.
  template <class Step>
  void execute(Plan& plan, const Step& step) {
    const torch_compat::SilentWarnings silent;
    if (plan.graph == nullptr && captures_ && plan.runs >= kUncapturedRuns) capture(plan, step);
    if (plan.graph != nullptr) {
      plan.graph->replay();
    } else {
      step();
    }
    ++plan.runs;
  }

  template <class Step>
  void capture(Plan& plan, const Step& step) {
    stream_.wait();
    auto graph = std::make_unique<DeviceGraph>();
    try {
      graph->capture(step, first_graph_);
    } catch (const c10::Error&) {
      captures_ = false;  // what cannot be captured still runs
      return;
    }
    plan.graph = std::move(graph);
    if (first_graph_ == nullptr) first_graph_ = plan.graph.get();
    if (++graphs_ == kMostGraphs) captures_ = false;
  }

  [[nodiscard]] at::Tensor loss_tensor(const Plan& plan, const ParameterViews& weights) const {
    return (loss_.losses(plan.batch, weights) * plan.row_weights).sum();
  }

  void train_on(Plan& plan) {
    gradient_.zero_();
    const at::Tensor loss = loss_tensor(plan, views_);
    loss.backward();
    const at::NoGradGuard no_gradient;
    plan.loss.copy_(loss);
    optimizer_.step(plan.loss, plan.learning_rate);
  }

  void evaluate(Plan& plan) {
    const at::NoGradGuard no_gradient;
    plan.loss.copy_(loss_tensor(plan, store_views_));
  }

  /// Now and then asks the device for its counts and takes note of them when they have come.
  void peek() {
    const bool ask = !peeking_ && (++steps_ % kStepsPerPeek == 0 || !stream_.asynchronous());
    if (ask) {
      counts_copy_.copy_(optimizer_.counts(), /*non_blocking=*/true);
      counts_copied_.set();
      peeking_ = true;
    }
    if (peeking_ && counts_copied_.passed()) read_counts();
  }

  void read_counts() {
    const double* counts = counts_copy_.data_ptr<double>();
    known_ = {counts[0], counts[1], counts[2], counts[3], counts[4]};
    peeking_ = false;
  }

  std::string name_;
  bool padding_;
  ParameterStore& store_;
  const ReferenceLoss& loss_;
  DeviceStream stream_;
  bool captures_;
  at::Tensor weights_;
  at::Tensor gradient_;
  ParameterViews views_;
  at::Tensor store_weights_;  // a copy of the store's, for losses()
  ParameterViews store_views_;
  DeviceOptimizer optimizer_;
  at::Tensor counts_copy_;
  DeviceStream::Mark counts_copied_;
  bool peeking_ = false;
  DeviceOptimizer::Counts known_;
  DeviceOptimizer::Counts collected_;
  AlignedBuffer average_;
  std::int64_t steps_ = 0;
  Work training_;
  Work validation_;
  const DeviceGraph* first_graph_ = nullptr;  // the others share its memory
  std::size_t graphs_ = 0;
};

}  // namespace

std::unique_ptr<TrainingStep> make_device_step(Estimator& estimator,
                                               const OptimizerOptions& optimizer,
                                               const DeviceStepOptions& options) {
  return guarded(options.device, [&] { return std::make_unique<DeviceStep>(estimator, optimizer, options); });
}

}  // namespace amortflow

// LibTorch's headers take most of the time of a file that includes them: what trains on a device is one.
#include "train/device_optimizer.inc"
#include "train/device_stream.inc"
