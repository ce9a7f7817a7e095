#include "estimators/posterior_estimator.h"

#include <algorithm>
#include <cmath>
#include <deque>

#include "base/errors.h"
#include "estimators/posterior_reference.h"
#include "estimators/posterior_run.h"

namespace amortflow {

namespace {

double sum_of(const Panel& column) {
  double sum = 0;
  for (std::int64_t i = 0; i < column.rows; ++i) sum += static_cast<double>(column.values[i * column.stride]);
  return sum;
}

/// Rows [begin, end) of `condition_of` as rows of a member's conditions, which begin at `column`.
Panel gather(const Matrix<float>& conditions,
             std::int64_t column,
             const std::vector<std::int64_t>& condition_of,
             std::int64_t begin,
             std::int64_t end,
             PosteriorRun& run) {
  const Panel rows = run.condition_rows(end - begin);
  for (std::int64_t i = begin; i < end; ++i) {
    std::copy_n(conditions.row(condition_of[static_cast<std::size_t>(i)]) + column, rows.cols,
                rows.values + (i - begin) * rows.stride);
  }
  return rows;
}

/// What a member draws: its rows of an ensemble's noise, without the first column, and where they stand.
struct MemberRows {
  Matrix<float> noise;
  std::vector<std::int64_t> condition_of;
  std::vector<std::int64_t> places;
};

MemberRows rows_of_member(std::int64_t member,
                          const Matrix<float>& noise,
                          const std::vector<std::int64_t>& condition_of) {
  MemberRows own;
  for (std::int64_t i = 0; i < noise.rows; ++i) {
    if (static_cast<std::int64_t>(noise(i, 0)) != member) continue;
    own.places.push_back(i);
    own.condition_of.push_back(condition_of[static_cast<std::size_t>(i)]);
  }
  own.noise = Matrix<float>(static_cast<std::int64_t>(own.places.size()), noise.cols - 1);
  float* out = own.noise.values.data();
  for (const std::int64_t i : own.places) out = std::copy_n(noise.row(i) + 1, noise.cols - 1, out);
  return own;
}

/// log(mean(exp(x))) over the columns of a row.
double log_mean_exp(const double* x, std::int64_t count) {
  const double largest = *std::max_element(x, x + count);
  if (!std::isfinite(largest)) return largest;
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += std::exp(x[i] - largest);
  return largest + std::log(sum / static_cast<double>(count));
}

class PosteriorShard final : public TrainingShard {
 public:
  explicit PosteriorShard(PosteriorNetworks& networks)
      : networks_(networks), gradient_(networks.store.layout().floats()) {
    for (std::int64_t i = 0; i < networks.member_count(); ++i) {
      learning_.emplace_back(networks, i, &gradient_);
      judging_.emplace_back(networks, i);
    }
  }

  double loss_and_gradient(const BatchRange& data_sets, double scale) override {
    networks_.refresh_mirrors();
    scale = member_scale(scale);
    double loss = 0;
    for (PosteriorRun& run : learning_) {
      loss += sum_of_losses(run, data_sets) * scale;
      run.backward(scale);
    }
    return loss;
  }

  double loss(const BatchRange& data_sets, double scale) override {
    double loss = 0;
    for (PosteriorRun& run : judging_) loss += sum_of_losses(run, data_sets) * member_scale(scale);
    return loss;
  }

  [[nodiscard]] AlignedBuffer& gradient() override { return gradient_; }

 private:
  static double sum_of_losses(PosteriorRun& run, const BatchRange& part) {
    return sum_of(run.losses(part, run.condition(part.batch.data, part.begin, part.end)));
  }
  [[nodiscard]] double member_scale(double scale) const {
    return scale / static_cast<double>(networks_.member_count());
  }

  PosteriorNetworks& networks_;
  AlignedBuffer gradient_;
  std::deque<PosteriorRun> learning_;  // one for each member
  std::deque<PosteriorRun> judging_;
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
  if (reader.has("head")) options.head = reader.child("head");
  options.context_width = reader.has("context_width") ? reader.integer("context_width", 0, 1000000) : 0;
  options.seed = static_cast<std::uint64_t>(reader.number("seed", 0, 9007199254740992.0));
  if (reader.has("regression")) options.regression = reader.child("regression");
  options.set_inference(reader.child("inference"));
  reader.finish();
  return options;
}

void PosteriorOptions::set_inference(const Spec& spec) {
  const Spec* kind = spec.find("kind");
  if (kind == nullptr || kind->texts() == nullptr || kind->texts()->front() != "ensemble") {
    inference = spec;
    return;
  }
  SpecReader reader(spec, "inference_ensemble()");
  reader.choice("kind", {"ensemble"});
  members = reader.integer("n", 1, 1000);
  inference = reader.child("inference");
  reader.finish();
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
std::int64_t PosteriorEstimator::member_count() const { return networks_->member_count(); }
std::int64_t PosteriorEstimator::condition_width() const { return member_count() * networks_->condition_width; }

Matrix<float> PosteriorEstimator::conditions(const Batch& data) const {
  Matrix<float> conditions(data.count(), condition_width());
  for (std::int64_t member = 0; member < member_count(); ++member) {
    PosteriorRun run(*networks_, member);
    const Panel rows = run.condition(data, 0, data.count());
    for (std::int64_t i = 0; i < rows.rows; ++i) {
      std::copy_n(rows.values + i * rows.stride, rows.cols, conditions.row(i) + member * rows.cols);
    }
  }
  return conditions;
}

void PosteriorEstimator::prepare(std::uint64_t first, TrainingBatch& batch) const {
  networks_->to_residuals(batch.data, batch.parameters);
  const std::int64_t width = networks_->loss_noise_width();
  if (width == 0) return;
  batch.noise = Matrix<float>(batch.count(), width);
  for (std::int64_t i = 0; i < batch.count(); ++i) {
    rng random = stream(networks_->seed, Purpose::kLossNoise, first + static_cast<std::uint64_t>(i));
    float* row = batch.noise.row(i);
    for (const auto& member : networks_->members) {
      member.inference->fill_loss_noise(random, row);
      row += member.inference->loss_noise_width();
    }
  }
}

std::int64_t PosteriorEstimator::draw_noise_width() const {
  return networks_->members.front().inference->draw_noise_width() + (member_count() > 1 ? 1 : 0);
}

bool PosteriorEstimator::has_density() const { return networks_->members.front().inference->has_density(); }

void PosteriorEstimator::check_member(std::int64_t member) const {
  if (member >= kMixture && member < member_count()) return;
  throw ConfigError("there are " + std::to_string(member_count()) + " members, and none with number " +
                    std::to_string(member + 1));
}

void PosteriorEstimator::fill_draw_noise(rng& random, float* row, std::int64_t member) const {
  check_member(member);
  if (member_count() > 1) {
    const auto chosen = static_cast<std::int64_t>(random.uniform() * static_cast<double>(member_count()));
    if (member == kMixture) member = chosen;
    *row++ = static_cast<float>(member);
  }
  networks_->member(std::max<std::int64_t>(member, 0)).inference->fill_draw_noise(networks_->store, random, row);
}

void PosteriorEstimator::draw_member(std::int64_t member,
                                     const Matrix<float>& conditions,
                                     const std::vector<std::int64_t>& condition_of,
                                     const Matrix<float>& noise,
                                     Matrix<float>& draws) const {
  PosteriorRun run(*networks_, member);
  const std::int64_t column = member * networks_->condition_width;
  const std::int64_t rows_at_once = networks_->member(member).inference->rows_at_once();
  for (std::int64_t begin = 0; begin < noise.rows; begin += rows_at_once) {
    const std::int64_t end = std::min(noise.rows, begin + rows_at_once);
    run.draw(noise, begin, end, gather(conditions, column, condition_of, begin, end, run), draws);
  }
}

Matrix<float> PosteriorEstimator::draw(const Matrix<float>& conditions,
                                       const std::vector<std::int64_t>& condition_of,
                                       const Matrix<float>& noise) const {
  if (noise.cols != draw_noise_width()) {
    throw ShapeError("a draw needs " + std::to_string(draw_noise_width()) + " random numbers, not " +
                     std::to_string(noise.cols));
  }
  Matrix<float> draws(noise.rows, networks_->parameter_count);
  if (member_count() == 1) {
    draw_member(0, conditions, condition_of, noise, draws);
    return draws;
  }
  for (std::int64_t member = 0; member < member_count(); ++member) {
    const MemberRows own = rows_of_member(member, noise, condition_of);
    Matrix<float> rows(own.noise.rows, draws.cols);
    draw_member(member, conditions, own.condition_of, own.noise, rows);
    for (std::int64_t i = 0; i < rows.rows; ++i) {
      std::copy_n(rows.row(i), rows.cols, draws.row(own.places[static_cast<std::size_t>(i)]));
    }
  }
  return draws;
}

void PosteriorEstimator::member_log_density(std::int64_t member,
                                            const Matrix<float>& conditions,
                                            const std::vector<std::int64_t>& condition_of,
                                            const Matrix<float>& parameters,
                                            double* out) const {
  PosteriorRun run(*networks_, member);
  const std::int64_t column = member * networks_->condition_width;
  const std::int64_t rows_at_once = networks_->member(member).inference->rows_at_once();
  for (std::int64_t begin = 0; begin < parameters.rows; begin += rows_at_once) {
    const std::int64_t end = std::min(parameters.rows, begin + rows_at_once);
    const Panel negative =
        run.negative_log_density(parameters, begin, end, gather(conditions, column, condition_of, begin, end, run));
    for (std::int64_t i = begin; i < end; ++i) {
      out[i] = networks_->regression.log_det() - static_cast<double>(negative.values[(i - begin) * negative.stride]);
    }
  }
}

void PosteriorEstimator::log_density(const Matrix<float>& conditions,
                                     const std::vector<std::int64_t>& condition_of,
                                     const Matrix<float>& parameters,
                                     double* out,
                                     std::int64_t member) const {
  if (!has_density()) throw ConfigError("this inference network gives draws, but no density");
  check_member(member);
  networks_->refresh_mirrors();
  if (member != kMixture || member_count() == 1) {
    member_log_density(std::max<std::int64_t>(member, 0), conditions, condition_of, parameters, out);
    return;
  }
  const std::int64_t count = member_count();
  Matrix<double> by_member(count, parameters.rows);
  for (std::int64_t i = 0; i < count; ++i) {
    member_log_density(i, conditions, condition_of, parameters, by_member.row(i));
  }
  std::vector<double> row(static_cast<std::size_t>(count));
  for (std::int64_t j = 0; j < parameters.rows; ++j) {
    for (std::int64_t i = 0; i < count; ++i) row[static_cast<std::size_t>(i)] = by_member(i, j);
    out[j] = log_mean_exp(row.data(), count);
  }
}

}  // namespace amortflow
