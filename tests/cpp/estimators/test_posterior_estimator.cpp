#include <cmath>

#include "base/errors.h"
#include "base/safetensors.h"
#include "estimators/posterior_estimator.h"
#include "support/catch.h"
#include "support/normal_model.h"
#include "support/perturb.h"

using namespace amortflow;
using amortflow::test::NormalModel;
using amortflow::test::perturb;
using amortflow::test::small_posterior;

namespace {

/// An estimator off its start, as if it had been trained.
PosteriorEstimator off_start(std::int64_t dimension = 2) {
  PosteriorEstimator estimator(small_posterior(dimension));
  perturb(estimator.parameters(), 8);
  return estimator;
}

TrainingBatch ragged_batch(std::int64_t count = 7) {
  NormalModel model;
  model.shortest = 1;
  model.longest = 5;
  const Simulations simulations = model.draw(0, count, 2);
  const auto narrow = [](const Matrix<double>& from) {
    Matrix<float> to(from.rows, from.cols);
    for (std::size_t i = 0; i < from.values.size(); ++i) to.values[i] = static_cast<float>(from.values[i]);
    return to;
  };
  TrainingBatch batch;
  batch.parameters = narrow(simulations.parameters);
  batch.data.observed = {{narrow(simulations.data[0].values), simulations.data[0].segments}};
  batch.data.context = Matrix<float>(count, 0);
  return batch;
}

Matrix<float> base_draws(std::int64_t rows, std::int64_t cols) {
  Matrix<float> noise(rows, cols);
  rng random = stream(6, Purpose::kCheck, 0);
  for (auto& value : noise.values) value = static_cast<float>(random.normal());
  return noise;
}

double norm(const AlignedBuffer& a) {
  double sum = 0;
  for (std::int64_t i = 0; i < a.size(); ++i)
    sum += static_cast<double>(a.data()[i]) * static_cast<double>(a.data()[i]);
  return std::sqrt(sum);
}

/// Along the gradient itself the slope of the loss is its norm; 1 % allows for rounding in float and for curvature.
void check_gradient(PosteriorEstimator& estimator, const TrainingBatch& batch) {
  const auto shard = estimator.make_shard();
  static_cast<void>(shard->loss_and_gradient(batch, 1));
  const AlignedBuffer& gradient = shard->gradient();
  AlignedBuffer& weights = estimator.parameters().values();
  const AlignedBuffer start = weights;
  const double step = 1e-3 / norm(gradient);
  const auto loss_at = [&](double distance) {
    for (std::int64_t i = 0; i < weights.size(); ++i) {
      weights.data()[i] = start.data()[i] + static_cast<float>(distance) * gradient.data()[i];
    }
    return shard->loss(batch, 1);
  };
  const double slope = (loss_at(step) - loss_at(-step)) / (2 * step);
  weights = start;
  CATCH_CHECK(norm(gradient) > 0);
  CATCH_CHECK(slope == Catch::Approx(norm(gradient) * norm(gradient)).epsilon(0.01));
}

}  // namespace

CATCH_TEST_CASE("an estimator loaded from its file gives the same draws and densities") {
  const PosteriorEstimator saved = off_start();
  const auto bytes = to_safetensors(saved.parameters(), {{"format", "amortflow"}});
  PosteriorEstimator loaded(small_posterior());
  const TrainingBatch batch = ragged_batch();
  CATCH_REQUIRE(loaded.conditions(batch.data).values != saved.conditions(batch.data).values);
  from_safetensors(bytes.data(), bytes.size(), loaded.parameters());
  const Matrix<float> conditions = saved.conditions(batch.data);
  CATCH_CHECK(loaded.conditions(batch.data).values == conditions.values);
  const std::vector<std::int64_t> data_set{0, 0, 3, 6, 2};
  const Matrix<float> noise = base_draws(5, 2);
  const Matrix<float> a = saved.draw(conditions, data_set, noise);
  const Matrix<float> b = loaded.draw(conditions, data_set, noise);
  CATCH_CHECK(a.values == b.values);
  std::vector<double> density_a(5);
  std::vector<double> density_b(5);
  saved.log_density(conditions, data_set, a, density_a.data());
  loaded.log_density(conditions, data_set, b, density_b.data());
  CATCH_CHECK(density_a == density_b);
}

CATCH_TEST_CASE("weights of another network are refused") {
  const auto bytes = to_safetensors(off_start(3).parameters(), {});
  PosteriorEstimator other(small_posterior(2));
  CATCH_CHECK_THROWS_AS(from_safetensors(bytes.data(), bytes.size(), other.parameters()), FormatError);
}

CATCH_TEST_CASE("what an estimator makes of a data set and a draw does not depend on the others, bit by bit") {
  const PosteriorEstimator estimator = off_start();
  const TrainingBatch batch = ragged_batch();
  const Matrix<float> all = estimator.conditions(batch.data);
  for (std::int64_t i = 0; i < batch.count(); ++i) {
    const Matrix<float> alone = estimator.conditions(slice(batch, i, i + 1).data);
    for (std::int64_t j = 0; j < all.cols; ++j) CATCH_CHECK(alone(0, j) == all(i, j));
  }
  const std::vector<std::int64_t> data_set{0, 6, 1, 1, 4, 5, 2, 3, 0};
  const Matrix<float> noise = base_draws(9, 2);
  const Matrix<float> together = estimator.draw(all, data_set, noise);
  std::vector<double> density(9);
  estimator.log_density(all, data_set, together, density.data());
  for (std::int64_t i = 0; i < 9; ++i) {
    Matrix<float> row(1, 2);
    row.values.assign(noise.row(i), noise.row(i) + 2);
    const std::vector<std::int64_t> mine{data_set[static_cast<std::size_t>(i)]};
    row = estimator.draw(all, mine, row);
    CATCH_CHECK((row(0, 0) == together(i, 0) && row(0, 1) == together(i, 1)));
    double alone = 0;
    estimator.log_density(all, mine, row, &alone);
    CATCH_CHECK(alone == density[static_cast<std::size_t>(i)]);
  }
}

CATCH_TEST_CASE("the loss is minus the log density of the simulated parameters, with and without a gradient") {
  PosteriorEstimator estimator = off_start();
  const TrainingBatch batch = ragged_batch();
  std::vector<double> log_density(7);
  estimator.log_density(estimator.conditions(batch.data), {0, 1, 2, 3, 4, 5, 6}, batch.parameters, log_density.data());
  double sum = 0;
  for (const double value : log_density) sum -= value;
  const auto shard = estimator.make_shard();
  CATCH_CHECK(shard->loss(batch, 1) == Catch::Approx(sum).epsilon(1e-5));
  CATCH_CHECK(shard->loss(batch, 0.25) == Catch::Approx(0.25 * sum).epsilon(1e-5));
  CATCH_CHECK(shard->loss_and_gradient(batch, 0.25) == Catch::Approx(0.25 * sum).epsilon(1e-5));
}

CATCH_TEST_CASE("gradients of an estimator are slopes of its loss and add up over shards") {
  PosteriorEstimator estimator = off_start();
  const TrainingBatch batch = ragged_batch();
  const auto shard = estimator.make_shard();
  static_cast<void>(shard->loss_and_gradient(batch, 1));
  const AlignedBuffer whole = shard->gradient();
  check_gradient(estimator, batch);

  const auto left = estimator.make_shard();
  const auto right = estimator.make_shard();
  static_cast<void>(left->loss_and_gradient(slice(batch, 0, 3), 1));
  static_cast<void>(right->loss_and_gradient(slice(batch, 3, 7), 1));
  AlignedBuffer difference = whole;
  for (std::int64_t i = 0; i < difference.size(); ++i) {
    difference.data()[i] -= left->gradient().data()[i] + right->gradient().data()[i];
  }
  CATCH_CHECK(norm(difference) < 1e-5 * norm(whole));
  CATCH_CHECK(norm(whole) > 0);
}

CATCH_TEST_CASE("gradients add up in a shard's buffer until it is set to zero") {
  PosteriorEstimator estimator = off_start();
  const TrainingBatch batch = ragged_batch();
  const auto shard = estimator.make_shard();
  static_cast<void>(shard->loss_and_gradient(batch, 1));
  const double once = norm(shard->gradient());
  static_cast<void>(shard->loss_and_gradient(batch, 1));
  CATCH_CHECK(norm(shard->gradient()) == Catch::Approx(2 * once).epsilon(1e-5));
  shard->gradient().zero();
  static_cast<void>(shard->loss_and_gradient(batch, 1));
  CATCH_CHECK(norm(shard->gradient()) == Catch::Approx(once).epsilon(1e-6));
}

CATCH_TEST_CASE("a dense summary network refuses data sets of another length than in training") {
  PosteriorOptions options = small_posterior();
  options.condition.observables[0].summary = Spec::List{{"kind", "dense"}, {"summary_dim", 3}, {"positions", 4},
                                                        {"width", 6},      {"depth", 2},       {"activation", "silu"}};
  PosteriorEstimator estimator(options);
  perturb(estimator.parameters(), 8);
  CATCH_CHECK(estimator.condition_width() == 3);
  TrainingBatch batch = ragged_batch();
  CATCH_CHECK_THROWS_AS(estimator.conditions(batch.data), ShapeError);
  batch.data.observed[0].values = base_draws(7 * 4, 2);
  batch.data.observed[0].segments = Segments::uniform(7, 4);
  check_gradient(estimator, batch);
}

CATCH_TEST_CASE("a head over all summaries is conditioned on, together with the context, and learns") {
  PosteriorOptions options = small_posterior();
  options.condition.observables.push_back({3, Spec::List{{"kind", "identity"}}});
  options.condition.context_width = 2;
  CATCH_CHECK(PosteriorEstimator(options).condition_width() == 4 + 3 + 2);
  options.condition.head = Spec::List{{"kind", "dense"}, {"summary_dim", 5}, {"positions", 1},
                                      {"width", 6},      {"depth", 2},       {"activation", "silu"}};
  PosteriorEstimator estimator(options);
  perturb(estimator.parameters(), 8);
  CATCH_CHECK(estimator.condition_width() == 5 + 2);
  TrainingBatch batch = ragged_batch();
  batch.data.observed.push_back({base_draws(7, 3), Segments::uniform(7, 1)});
  batch.data.context = base_draws(7, 2);
  check_gradient(estimator, batch);
  const Matrix<float> all = estimator.conditions(batch.data);
  const Matrix<float> alone = estimator.conditions(slice(batch, 4, 5).data);
  for (std::int64_t j = 0; j < all.cols; ++j) CATCH_CHECK(alone(0, j) == all(4, j));
  CATCH_CHECK(all(4, 5) == batch.data.context(4, 0));
  options.condition.head.set("positions", 2);
  CATCH_CHECK_THROWS_AS(PosteriorEstimator(options).conditions(batch.data), ShapeError);
}

CATCH_TEST_CASE("shapes that the networks were not made for are refused") {
  PosteriorOptions options = small_posterior();
  PosteriorEstimator deep_set(options);
  TrainingBatch wide = ragged_batch();
  wide.data.observed[0].values = Matrix<float>(wide.data.observed[0].values.rows, 3);
  CATCH_CHECK_THROWS_AS(deep_set.conditions(wide.data), ShapeError);
  const Matrix<float> conditions = deep_set.conditions(ragged_batch().data);
  Matrix<float> noise(1, 3);
  CATCH_CHECK_THROWS_AS(deep_set.draw(conditions, {0}, noise), ShapeError);
  double density = 0;
  CATCH_CHECK_THROWS_AS(deep_set.log_density(conditions, {0}, noise, &density), ShapeError);
  options.condition.observables[0].summary = Spec::List{{"kind", "identity"}};
  CATCH_CHECK_THROWS_AS(PosteriorEstimator(options).conditions(ragged_batch().data), ShapeError);
}

CATCH_TEST_CASE("an estimator's seed decides its start") {
  const PosteriorEstimator a(small_posterior(2, 1));
  const PosteriorEstimator b(small_posterior(2, 1));
  const PosteriorEstimator c(small_posterior(2, 2));
  const Batch data = ragged_batch().data;
  CATCH_CHECK(a.conditions(data).values == b.conditions(data).values);
  CATCH_CHECK(a.conditions(data).values != c.conditions(data).values);
  CATCH_CHECK(a.condition_width() == 4);
  CATCH_CHECK(a.parameter_count() == 2);
}

CATCH_TEST_CASE("specs of posteriors reject what they do not know") {
  const PosteriorOptions small = small_posterior();
  const Spec observable = Spec::List{{"width", 2}, {"summary", small.condition.observables[0].summary}};
  Spec spec = Spec::List{{"kind", "posterior"},
                         {"parameter_count", 2},
                         {"observables", Spec::List{{"", observable}}},
                         {"seed", 5},
                         {"inference", small.inference}};
  CATCH_CHECK(PosteriorOptions::from_spec(spec).seed == 5);
  spec.set("sumary", observable);
  CATCH_CHECK_THROWS_AS(PosteriorOptions::from_spec(spec), ConfigError);
  PosteriorOptions wrong = small;
  wrong.condition.observables[0].summary.set("kind", "deep_sets");
  CATCH_CHECK_THROWS_AS(PosteriorEstimator(wrong), ConfigError);
  wrong = small;
  wrong.inference.set("width", 0);
  CATCH_CHECK_THROWS_AS(PosteriorEstimator(wrong), ConfigError);
}

namespace {

PosteriorOptions small_ensemble(std::int64_t members = 3) {
  PosteriorOptions options = small_posterior();
  options.members = members;
  return options;
}

Matrix<float> ensemble_noise(const PosteriorEstimator& estimator, std::int64_t rows, std::int64_t member = kMixture) {
  Matrix<float> noise(rows, estimator.draw_noise_width());
  rng random = stream(6, Purpose::kCheck, 0);
  for (std::int64_t i = 0; i < rows; ++i) estimator.fill_draw_noise(random, noise.row(i), member);
  return noise;
}

}  // namespace

CATCH_TEST_CASE("members of an ensemble have the same shape, other starts and gradients of their own") {
  PosteriorEstimator one(small_posterior());
  PosteriorEstimator ensemble(small_ensemble());
  CATCH_CHECK(ensemble.member_count() == 3);
  CATCH_CHECK(ensemble.parameters().layout().parameters() == 3 * one.parameters().layout().parameters());
  CATCH_CHECK(ensemble.condition_width() == 3 * one.condition_width());
  perturb(ensemble.parameters(), 8);
  const TrainingBatch batch = ragged_batch();
  const Matrix<float> conditions = ensemble.conditions(batch.data);
  for (std::int64_t m = 1; m < 3; ++m) CATCH_CHECK(conditions(0, m * one.condition_width()) != conditions(0, 0));
  check_gradient(ensemble, batch);
  const auto shard = ensemble.make_shard();
  static_cast<void>(shard->loss_and_gradient(batch, 1));
  for (const ParameterEntry& entry : ensemble.parameters().layout().entries()) {
    double largest = 0;
    for (std::int64_t i = 0; i < entry.rows * entry.stride; ++i) {
      largest = std::max(largest, std::abs(static_cast<double>(shard->gradient().data()[entry.offset + i])));
    }
    CATCH_INFO(entry.name);
    CATCH_CHECK(largest > 0);
  }
}

CATCH_TEST_CASE("an ensemble's loss is the mean of its members', its density their mixture") {
  PosteriorEstimator ensemble(small_ensemble());
  perturb(ensemble.parameters(), 8);
  const TrainingBatch batch = ragged_batch();
  const Matrix<float> conditions = ensemble.conditions(batch.data);
  const std::vector<std::int64_t> own{0, 1, 2, 3, 4, 5, 6};
  Matrix<double> by_member(3, 7);
  for (std::int64_t m = 0; m < 3; ++m) {
    ensemble.log_density(conditions, own, batch.parameters, by_member.row(m), m);
  }
  std::vector<double> mixture(7);
  ensemble.log_density(conditions, own, batch.parameters, mixture.data());
  double sum = 0;
  for (std::int64_t i = 0; i < 7; ++i) {
    double density = 0;
    for (std::int64_t m = 0; m < 3; ++m) {
      density += std::exp(by_member(m, i)) / 3;
      sum += by_member(m, i) / 3;
    }
    CATCH_CHECK(mixture[static_cast<std::size_t>(i)] == Catch::Approx(std::log(density)).epsilon(1e-10));
  }
  CATCH_CHECK(ensemble.make_shard()->loss(batch, 1) == Catch::Approx(-sum).epsilon(1e-5));
  CATCH_CHECK_THROWS_AS(ensemble.log_density(conditions, own, batch.parameters, mixture.data(), 3), ConfigError);
}

// Shares of 3,000 draws: standard error 0.0086, so that 0.05 gives a false alarm with probability 2e-8 for three.
CATCH_TEST_CASE("draws of an ensemble come from members by chance, and from any one when asked to") {
  PosteriorEstimator ensemble(small_ensemble());
  perturb(ensemble.parameters(), 8);
  const Matrix<float> conditions = ensemble.conditions(ragged_batch().data);
  const Matrix<float> noise = ensemble_noise(ensemble, 3000);
  const std::vector<std::int64_t> data_set(3000, 2);
  const Matrix<float> draws = ensemble.draw(conditions, data_set, noise);
  for (std::int64_t m = 0; m < 3; ++m) {
    const Matrix<float> own_noise = ensemble_noise(ensemble, 3000, m);
    const Matrix<float> own = ensemble.draw(conditions, data_set, own_noise);
    double share = 0;
    for (std::int64_t i = 0; i < 3000; ++i) {
      CATCH_REQUIRE(own_noise(i, 0) == static_cast<float>(m));
      CATCH_REQUIRE(own_noise(i, 1) == noise(i, 1));
      if (noise(i, 0) != static_cast<float>(m)) continue;
      share += 1.0 / 3000;
      CATCH_REQUIRE(draws(i, 0) == own(i, 0));
      CATCH_REQUIRE(draws(i, 1) == own(i, 1));
    }
    CATCH_CHECK(share == Catch::Approx(1.0 / 3).margin(0.05));
  }
  rng random = stream(1, Purpose::kCheck, 0);
  Matrix<float> row(1, ensemble.draw_noise_width());
  CATCH_CHECK_THROWS_AS(ensemble.fill_draw_noise(random, row.row(0), 3), ConfigError);
}

CATCH_TEST_CASE("an ensemble's spec has the members' network, and nothing unknown") {
  const PosteriorOptions small = small_posterior();
  const Spec observable = Spec::List{{"width", 2}, {"summary", small.condition.observables[0].summary}};
  const auto read = [&](const Spec& inference) {
    return PosteriorOptions::from_spec(Spec::List{{"kind", "posterior"},
                                                  {"parameter_count", 2},
                                                  {"observables", Spec::List{{"", observable}}},
                                                  {"seed", 5},
                                                  {"inference", inference}});
  };
  Spec ensemble = Spec::List{{"kind", "ensemble"}, {"n", 4}, {"inference", small.inference}};
  CATCH_CHECK(read(ensemble).members == 4);
  CATCH_CHECK(PosteriorEstimator(read(ensemble)).member_count() == 4);
  CATCH_CHECK(read(small.inference).members == 1);
  ensemble.set("members", 4);
  CATCH_CHECK_THROWS_AS(read(ensemble), ConfigError);
  const Spec nested = Spec::List{{"kind", "ensemble"}, {"n", 2}, {"inference", small.inference}};
  CATCH_CHECK_THROWS_AS(PosteriorEstimator(read(Spec::List{{"kind", "ensemble"}, {"n", 2}, {"inference", nested}})),
                        ConfigError);
}
