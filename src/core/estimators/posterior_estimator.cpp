#include "estimators/posterior_estimator.h"

#include <algorithm>

#include "base/errors.h"
#include "estimators/posterior_reference.h"
#include "estimators/posterior_run.h"

namespace amortflow {

namespace {

// Rows that pass the flow together: enough to keep products busy, few enough for the cache.
constexpr std::int64_t kRowsAtOnce = 128;

double sum_of(const Panel& column) {
  double sum = 0;
  for (std::int64_t i = 0; i < column.rows; ++i) sum += static_cast<double>(column.values[i * column.stride]);
  return sum;
}

/// Rows [begin, end) of `condition_of` as rows of conditions.
Panel gather(const Matrix<float>& conditions,
             const std::vector<std::int64_t>& condition_of,
             std::int64_t begin,
             std::int64_t end,
             PosteriorRun& run) {
  const Panel rows = run.condition_rows(end - begin);
  for (std::int64_t i = begin; i < end; ++i) {
    std::copy_n(conditions.row(condition_of[static_cast<std::size_t>(i)]), conditions.cols,
                rows.values + (i - begin) * rows.stride);
  }
  return rows;
}

class PosteriorShard final : public TrainingShard {
 public:
  explicit PosteriorShard(PosteriorNetworks& networks)
      : networks_(networks),
        gradient_(networks.store.layout().floats()),
        learning_(networks, &gradient_),
        judging_(networks) {}

  double loss_and_gradient(const BatchRange& data_sets, double scale) override {
    networks_.refresh_mirrors();
    const double loss = negative_log_density(learning_, data_sets) * scale;
    learning_.backward(scale);
    return loss;
  }

  double loss(const BatchRange& data_sets, double scale) override {
    return negative_log_density(judging_, data_sets) * scale;
  }

  [[nodiscard]] AlignedBuffer& gradient() override { return gradient_; }

 private:
  static double negative_log_density(PosteriorRun& run, const BatchRange& part) {
    const Panel condition = run.condition(part.batch.data, part.begin, part.end);
    return sum_of(run.negative_log_density(part.batch.parameters, part.begin, part.end, condition));
  }

  PosteriorNetworks& networks_;
  AlignedBuffer gradient_;
  PosteriorRun learning_;
  PosteriorRun judging_;
};

}  // namespace

TrainingBatch slice(const TrainingBatch& batch, std::int64_t begin, std::int64_t end) {
  return {slice(batch.parameters, begin, end), slice(batch.data, begin, end)};
}

PosteriorOptions PosteriorOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "fit_posterior()");
  PosteriorOptions options;
  reader.choice("kind", {"posterior"});
  options.parameter_count = reader.integer("parameter_count", 1, 100000);
  const Spec& observables = reader.child("observables");
  if (observables.list() == nullptr) throw ConfigError("A posterior's observables must be a list.");
  for (const auto& entry : *observables.list()) {
    SpecReader observable(entry.second, "an observable");
    options.observables.push_back({observable.integer("width", 0, 1000000), observable.child("summary")});
    observable.finish();
  }
  options.context_width = reader.has("context_width") ? reader.integer("context_width", 0, 1000000) : 0;
  options.seed = static_cast<std::uint64_t>(reader.number("seed", 0, 9007199254740992.0));
  options.inference = reader.child("inference");
  reader.finish();
  return options;
}

PosteriorEstimator::PosteriorEstimator(const PosteriorOptions& options)
    : networks_(std::make_unique<PosteriorNetworks>(options)), reference_(make_posterior_reference(*networks_)) {}
PosteriorEstimator::~PosteriorEstimator() = default;
PosteriorEstimator::PosteriorEstimator(PosteriorEstimator&&) noexcept = default;

ParameterStore& PosteriorEstimator::parameters() { return networks_->store; }
const ParameterStore& PosteriorEstimator::parameters() const { return networks_->store; }
std::unique_ptr<TrainingShard> PosteriorEstimator::make_shard() { return std::make_unique<PosteriorShard>(*networks_); }
const ReferenceLoss* PosteriorEstimator::reference_loss() const { return reference_.get(); }
std::int64_t PosteriorEstimator::parameter_count() const { return networks_->parameter_count; }
std::int64_t PosteriorEstimator::condition_width() const { return networks_->condition_width; }

Matrix<float> PosteriorEstimator::conditions(const Batch& data) const {
  PosteriorRun run(*networks_);
  const Panel rows = run.condition(data, 0, data.count());
  Matrix<float> conditions(rows.rows, rows.cols);
  for (std::int64_t i = 0; i < rows.rows; ++i) std::copy_n(rows.values + i * rows.stride, rows.cols, conditions.row(i));
  return conditions;
}

void PosteriorEstimator::inverse(const Matrix<float>& conditions,
                                 const std::vector<std::int64_t>& condition_of,
                                 Matrix<float>& noise) const {
  PosteriorRun run(*networks_);
  for (std::int64_t begin = 0; begin < noise.rows; begin += kRowsAtOnce) {
    const std::int64_t end = std::min(noise.rows, begin + kRowsAtOnce);
    run.invert(noise, begin, end, gather(conditions, condition_of, begin, end, run));
  }
}

void PosteriorEstimator::log_density(const Matrix<float>& conditions,
                                     const std::vector<std::int64_t>& condition_of,
                                     const Matrix<float>& parameters,
                                     double* out) const {
  PosteriorRun run(*networks_);
  for (std::int64_t begin = 0; begin < parameters.rows; begin += kRowsAtOnce) {
    const std::int64_t end = std::min(parameters.rows, begin + kRowsAtOnce);
    const Panel negative =
        run.negative_log_density(parameters, begin, end, gather(conditions, condition_of, begin, end, run));
    for (std::int64_t i = begin; i < end; ++i) {
      out[i] = -static_cast<double>(negative.values[(i - begin) * negative.stride]);
    }
  }
}

}  // namespace amortflow
