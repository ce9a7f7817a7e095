#include "estimators/posterior_estimator.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "estimators/log_mean_exp.h"

namespace amortflow {

namespace {

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

}  // namespace

PosteriorOptions PosteriorOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "fit_posterior()");
  PosteriorOptions options;
  reader.choice("kind", {"posterior"});
  options.read_shared(reader, "parameter_count");
  if (reader.has("regression")) options.regression = reader.child("regression");
  options.set_inference(reader.child("inference"));
  reader.finish();
  return options;
}

void PosteriorOptions::set_inference(const Spec& spec) {
  if (spec.kind() != "ensemble") {
    inference = spec;
    return;
  }
  SpecReader reader(spec, "inference_ensemble()");
  reader.choice("kind", {"ensemble"});
  members = reader.integer("n", 1, 1000);
  inference = reader.child("inference");
  reader.finish();
}

PosteriorEstimator::PosteriorEstimator(const PosteriorOptions& options) : PosteriorEstimator(options, {}) {}

// The inference networks belong to the base class, which makes them first.
PosteriorEstimator::PosteriorEstimator(const PosteriorOptions& options, std::vector<const InferenceNetwork*> inference)
    : NetworkEstimator(options,
                       [&](std::int64_t condition_width, std::uint64_t seed) {
                         auto network =
                             make_inference_network(options.inference, options.target_width, condition_width, seed);
                         inference.push_back(network.get());
                         return network;
                       }),
      inference_(std::move(inference)),
      targets_(options.regression, options.target_width, networks().conditioner()) {}

void PosteriorEstimator::prepare(std::uint64_t first, TrainingBatch& batch) const {
  networks().check_targets(batch.parameters);
  targets_.to_residuals(batch.data, batch.parameters);
  NetworkEstimator::prepare(first, batch);
}

PosteriorRun PosteriorEstimator::make_run(std::int64_t member) const {
  return {networks(), member, inference(member), targets_};
}

std::int64_t PosteriorEstimator::draw_noise_width() const {
  return inference(0).draw_noise_width() + (member_count() > 1 ? 1 : 0);
}

bool PosteriorEstimator::has_density() const { return inference(0).has_density(); }

void PosteriorEstimator::fill_draw_noise(rng& random, float* row, std::int64_t member) const {
  check_member(member);
  if (member_count() > 1) {
    const auto chosen = static_cast<std::int64_t>(random.uniform() * static_cast<double>(member_count()));
    if (member == kMixture) member = chosen;
    *row++ = static_cast<float>(member);
  }
  inference(std::max<std::int64_t>(member, 0)).fill_draw_noise(parameters(), random, row);
}

void PosteriorEstimator::draw_member(std::int64_t member,
                                     const Matrix<float>& conditions,
                                     const std::vector<std::int64_t>& condition_of,
                                     const Matrix<float>& noise,
                                     Matrix<float>& draws) const {
  PosteriorRun run = make_run(member);
  const std::int64_t rows_at_once = inference(member).rows_at_once();
  for (std::int64_t begin = 0; begin < noise.rows; begin += rows_at_once) {
    const std::int64_t end = std::min(noise.rows, begin + rows_at_once);
    run.draw(noise, begin, end, run.gather_conditions(conditions, condition_of, begin, end), draws);
  }
}

Matrix<float> PosteriorEstimator::draw(const Matrix<float>& conditions,
                                       const std::vector<std::int64_t>& condition_of,
                                       const Matrix<float>& noise) const {
  if (noise.cols != draw_noise_width()) {
    throw ShapeError("a draw needs " + std::to_string(draw_noise_width()) + " random numbers, not " +
                     std::to_string(noise.cols));
  }
  Matrix<float> draws(noise.rows, target_width());
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
  PosteriorRun run = make_run(member);
  const std::int64_t rows_at_once = inference(member).rows_at_once();
  for (std::int64_t begin = 0; begin < parameters.rows; begin += rows_at_once) {
    const std::int64_t end = std::min(parameters.rows, begin + rows_at_once);
    const Panel negative =
        run.negative_log_density(parameters, begin, end, run.gather_conditions(conditions, condition_of, begin, end));
    for (std::int64_t i = begin; i < end; ++i) {
      out[i] = targets_.log_det() - static_cast<double>(negative.values[(i - begin) * negative.stride]);
    }
  }
}

bool PosteriorEstimator::is_plain() const {
  const Conditioner& conditioner = networks().conditioner();
  return conditioner.observable_count() == 1 && conditioner.is_plain(0) &&
         plain_width() == networks().condition_width();
}

void PosteriorEstimator::member_gradient(std::int64_t member,
                                         const Matrix<float>& conditions,
                                         const std::vector<std::int64_t>& condition_of,
                                         const Matrix<float>& parameters,
                                         double* out,
                                         Matrix<double>& gradient) const {
  AlignedBuffer of_weights(this->parameters().layout().floats());
  PosteriorRun run(networks(), member, inference(member), targets_, &of_weights);
  const auto& columns = networks().conditioner().plain_columns();
  const std::int64_t rows_at_once = inference(member).rows_at_once();
  for (std::int64_t begin = 0; begin < parameters.rows; begin += rows_at_once) {
    const std::int64_t end = std::min(parameters.rows, begin + rows_at_once);
    Panel by_condition;
    const Panel negative = run.negative_log_density_and_gradient(
        parameters, begin, end, run.gather_conditions(conditions, condition_of, begin, end), by_condition);
    for (std::int64_t i = begin; i < end; ++i) {
      out[i] = targets_.log_det() - static_cast<double>(negative.values[(i - begin) * negative.stride]);
      const float* const row = by_condition.values + (i - begin) * by_condition.stride;
      for (std::size_t k = 0; k < columns.size(); ++k) {
        gradient(i, static_cast<std::int64_t>(k)) = static_cast<double>(row[columns[k]]);
      }
    }
  }
}

// The gradient of a mixture is the mean of its members', weighted by their shares of the density.
void PosteriorEstimator::log_density_gradient(const Matrix<float>& conditions,
                                              const std::vector<std::int64_t>& condition_of,
                                              const Matrix<float>& parameters,
                                              double* out,
                                              Matrix<double>& gradient) const {
  if (!has_density_gradient()) throw ConfigError("this inference network gives no gradients of its density");
  refresh_mirrors();
  const std::int64_t count = member_count();
  if (count == 1) {
    member_gradient(0, conditions, condition_of, parameters, out, gradient);
    return;
  }
  Matrix<double> by_member(count, parameters.rows);
  std::vector<Matrix<double>> gradients(static_cast<std::size_t>(count), gradient);
  for (std::int64_t i = 0; i < count; ++i) {
    member_gradient(i, conditions, condition_of, parameters, by_member.row(i), gradients[static_cast<std::size_t>(i)]);
  }
  std::vector<double> row(static_cast<std::size_t>(count));
  for (std::int64_t j = 0; j < parameters.rows; ++j) {
    for (std::int64_t i = 0; i < count; ++i) row[static_cast<std::size_t>(i)] = by_member(i, j);
    out[j] = log_mean_exp(row);
    for (std::int64_t k = 0; k < gradient.cols; ++k) {
      double sum = 0;
      for (std::int64_t i = 0; i < count; ++i) {
        const double share = std::exp(by_member(i, j) - out[j]) / static_cast<double>(count);
        if (share > 0) sum += share * gradients[static_cast<std::size_t>(i)](j, k);
      }
      gradient(j, k) = sum;
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
  refresh_mirrors();
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
    out[j] = log_mean_exp(row);
  }
}

}  // namespace amortflow
