#include "estimators/posterior_estimator.h"

#include <algorithm>

#include "base/errors.h"
#include "estimators/posterior_reference.h"
#include "estimators/posterior_run.h"

namespace amortflow {

namespace {

// Rows that pass the inference network together: enough to keep products busy, few enough for the cache.
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
    const double loss = sum_of_losses(learning_, data_sets) * scale;
    learning_.backward(scale);
    return loss;
  }

  double loss(const BatchRange& data_sets, double scale) override { return sum_of_losses(judging_, data_sets) * scale; }

  [[nodiscard]] AlignedBuffer& gradient() override { return gradient_; }

 private:
  static double sum_of_losses(PosteriorRun& run, const BatchRange& part) {
    return sum_of(run.losses(part, run.condition(part.batch.data, part.begin, part.end)));
  }

  PosteriorNetworks& networks_;
  AlignedBuffer gradient_;
  PosteriorRun learning_;
  PosteriorRun judging_;
};

}  // namespace

TrainingBatch slice(const TrainingBatch& batch, std::int64_t begin, std::int64_t end) {
  return {slice(batch.parameters, begin, end), slice(batch.data, begin, end),
          batch.noise.rows > 0 ? slice(batch.noise, begin, end) : Matrix<float>()};
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

void PosteriorEstimator::fill_noise(std::uint64_t first, TrainingBatch& batch) const {
  const std::int64_t width = networks_->inference->loss_noise_width();
  if (width == 0) return;
  batch.noise = Matrix<float>(batch.count(), width);
  for (std::int64_t i = 0; i < batch.count(); ++i) {
    rng random = stream(networks_->seed, Purpose::kLossNoise, first + static_cast<std::uint64_t>(i));
    networks_->inference->fill_loss_noise(random, batch.noise.row(i));
  }
}

std::int64_t PosteriorEstimator::draw_noise_width() const { return networks_->inference->draw_noise_width(); }
bool PosteriorEstimator::has_density() const { return networks_->inference->has_density(); }

void PosteriorEstimator::fill_draw_noise(rng& random, float* row) const {
  networks_->inference->fill_draw_noise(networks_->store, random, row);
}

Matrix<float> PosteriorEstimator::draw(const Matrix<float>& conditions,
                                       const std::vector<std::int64_t>& condition_of,
                                       const Matrix<float>& noise) const {
  if (noise.cols != draw_noise_width()) {
    throw ShapeError("a draw needs " + std::to_string(draw_noise_width()) + " random numbers, not " +
                     std::to_string(noise.cols));
  }
  PosteriorRun run(*networks_);
  Matrix<float> draws(noise.rows, networks_->parameter_count);
  for (std::int64_t begin = 0; begin < noise.rows; begin += kRowsAtOnce) {
    const std::int64_t end = std::min(noise.rows, begin + kRowsAtOnce);
    run.draw(noise, begin, end, gather(conditions, condition_of, begin, end, run), draws);
  }
  return draws;
}

void PosteriorEstimator::log_density(const Matrix<float>& conditions,
                                     const std::vector<std::int64_t>& condition_of,
                                     const Matrix<float>& parameters,
                                     double* out) const {
  if (!has_density()) throw ConfigError("this inference network gives draws, but no density");
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
