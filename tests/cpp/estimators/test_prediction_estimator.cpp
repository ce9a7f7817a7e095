#include <cmath>

#include "base/errors.h"
#include "base/safetensors.h"
#include "estimators/make_estimator.h"
#include "estimators/prediction_estimator.h"
#include "support/catch.h"
#include "support/normal_model.h"
#include "support/perturb.h"

using namespace amortflow;
using amortflow::test::NormalModel;
using amortflow::test::perturb;

namespace {

Spec small_prediction(double members = 1) {
  const Spec observable = Spec::List{{"width", 2},
                                     {"summary", Spec::List{{"kind", "deep_set"},
                                                            {"summary_dim", 4},
                                                            {"width", 16},
                                                            {"depth", 1},
                                                            {"equivariant", 1},
                                                            {"activation", "silu"},
                                                            {"log_size_center", 2.0}}}};
  const Spec rules = Spec::List{{"", Spec::List{{"kind", "softmax"}, {"first", 0}, {"classes", 3}}}};
  return Spec::List{
      {"kind", "prediction"},
      {"target_width", 1},
      {"observables", Spec::List{{"", observable}}},
      {"seed", 1},
      {"members", members},
      {"network",
       Spec::List{{"kind", "scoring"}, {"width", 8}, {"hidden", 1}, {"activation", "silu"}, {"rules", rules}}}};
}

PredictionEstimator off_start(double members = 1) {
  PredictionEstimator estimator(PredictionOptions::from_spec(small_prediction(members)));
  perturb(estimator.parameters(), 8);
  return estimator;
}

TrainingBatch class_batch(std::int64_t count = 6) {
  NormalModel model;
  model.shortest = 1;
  model.longest = 5;
  const Simulations simulations = model.draw(0, count, 2);
  TrainingBatch batch;
  batch.parameters = Matrix<float>(count, 1);
  for (std::int64_t i = 0; i < count; ++i) batch.parameters(i, 0) = static_cast<float>(i % 3);
  batch.data.observed = {{matrix_cast<float>(simulations.data[0].values), simulations.data[0].segments}};
  batch.data.context = Matrix<float>(count, 0);
  return batch;
}

}  // namespace

CATCH_TEST_CASE("a predictor's loss is the score of its predictions") {
  PredictionEstimator estimator = off_start();
  TrainingBatch batch = class_batch();
  estimator.prepare(0, batch);
  const Matrix<double> log_probabilities = estimator.predict(batch.data);
  double score = 0;
  for (std::int64_t i = 0; i < batch.count(); ++i) score -= log_probabilities(i, i % 3);
  CATCH_CHECK(estimator.make_shard()->loss(batch, 1) == Catch::Approx(score).epsilon(1e-5));
}

CATCH_TEST_CASE("predictions of an ensemble are the mean of its members'") {
  const PredictionEstimator three = off_start(3);
  CATCH_CHECK(three.member_count() == 3);
  const Matrix<double> predictions = three.predict(class_batch().data);
  CATCH_CHECK(predictions.cols == 3);
  // Log probabilities of a mixture: they add up, which means of log probabilities would not.
  for (std::int64_t i = 0; i < predictions.rows; ++i) {
    double sum = 0;
    for (std::int64_t k = 0; k < 3; ++k) sum += std::exp(predictions(i, k));
    CATCH_CHECK(sum == Catch::Approx(1).epsilon(1e-5));
  }
}

CATCH_TEST_CASE("predictions do not depend on the other data sets of a call") {
  const PredictionEstimator estimator = off_start();
  const TrainingBatch batch = class_batch();
  const Matrix<double> all = estimator.predict(batch.data);
  for (std::int64_t i = 0; i < batch.count(); ++i) {
    const Matrix<double> alone = estimator.predict(slice(batch.data, i, i + 1));
    for (std::int64_t k = 0; k < all.cols; ++k) CATCH_CHECK(alone(0, k) == all(i, k));
  }
}

CATCH_TEST_CASE("a predictor loaded from its file predicts the same") {
  const PredictionEstimator saved = off_start();
  const auto bytes = to_safetensors(saved.parameters(), {{"format", "amortflow"}});
  PredictionEstimator loaded(PredictionOptions::from_spec(small_prediction()));
  const TrainingBatch batch = class_batch();
  CATCH_REQUIRE(loaded.predict(batch.data).values != saved.predict(batch.data).values);
  from_safetensors(bytes.data(), bytes.size(), loaded.parameters());
  CATCH_CHECK(loaded.predict(batch.data).values == saved.predict(batch.data).values);
}

CATCH_TEST_CASE("targets that are no class are refused before they are scored") {
  const PredictionEstimator estimator = off_start();
  TrainingBatch batch = class_batch();
  batch.parameters(2, 0) = 3;
  CATCH_CHECK_THROWS_AS(estimator.prepare(0, batch), ShapeError);
}

CATCH_TEST_CASE("estimators are made by their kind") {
  CATCH_CHECK(make_estimator(small_prediction())->target_width() == 1);
  CATCH_CHECK_THROWS_AS(make_estimator(Spec::List{{"kind", "oracle"}}), ConfigError);
  CATCH_CHECK_THROWS_AS(make_estimator(Spec::List{{"members", 1}}), ConfigError);
}
