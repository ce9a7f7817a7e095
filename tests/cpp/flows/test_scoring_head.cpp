#include <cmath>
#include <string>
#include <vector>

#include "base/errors.h"
#include "base/torch_compat.h"
#include "flows/inference_state.h"
#include "flows/scoring_network.h"
#include "nets/weight_mirrors.h"
#include "support/catch.h"
#include "support/networks.h"
#include "support/panels.h"
#include "support/walk.h"

using namespace amortflow;
using amortflow::test::normal_tensor;
using amortflow::test::perturb;
using amortflow::test::relative_difference;

namespace {

Spec rule(Spec::List entries, double first = 0) {
  entries.emplace_back("first", first);
  return Spec(std::move(entries));
}

Spec mean_rule(double width, double first = 0) { return rule({{"kind", "mean"}, {"width", width}}, first); }
Spec quantile_rule(double width, Spec::Numbers levels, double first = 0) {
  return rule({{"kind", "quantiles"}, {"width", width}, {"levels", Spec(std::move(levels))}}, first);
}
Spec softmax_rule(double classes) { return rule({{"kind", "softmax"}, {"classes", classes}}); }
Spec dirichlet_rule(double classes, double regularization) {
  return rule({{"kind", "dirichlet"}, {"classes", classes}, {"regularization", regularization}});
}

/// What a set of rules judges: targets are numbers, or numbers of classes.
struct RuleCase {
  std::string name;
  std::vector<Spec> rules;
  std::int64_t targets = 1;
  std::int64_t classes = 0;
};

std::vector<RuleCase> rule_cases() {
  return {{"mean", {mean_rule(3)}, 3, 0},
          {"median", {quantile_rule(2, {0.5})}, 2, 0},
          {"even number of quantiles", {quantile_rule(2, {0.1, 0.4, 0.8, 0.95})}, 2, 0},
          {"mean and quantiles of other columns", {mean_rule(2, 2), quantile_rule(2, {0.05, 0.5, 0.95})}, 4, 0},
          {"softmax", {softmax_rule(4)}, 1, 4},
          {"Dirichlet", {dirichlet_rule(3, 0.1)}, 1, 3},
          {"Dirichlet without regularization", {dirichlet_rule(2, 0)}, 1, 2}};
}

ScoringOptions options_of(const RuleCase& given) {
  Spec::List rules;
  for (const Spec& each : given.rules) rules.emplace_back("", each);
  return ScoringOptions::from_spec(
      Spec::List{{"kind", "scoring"}, {"width", 12}, {"hidden", 2}, {"activation", "tanh"}, {"rules", rules}});
}

struct Fixture {
  explicit Fixture(const RuleCase& given, double scale = 0.3)
      : network(options_of(given), given.targets, 3), store(layout(network)) {
    store.initialize(2);
    perturb(store, 4, scale);
    refresh_mirrors(store);
  }
  static ParameterLayout layout(ScoringNetwork& network) {
    ParameterLayout declared;
    network.declare(declared, "scoring");
    return declared;
  }

  ScoringNetwork network;
  ParameterStore store;
};

at::Tensor targets_of(const RuleCase& given, std::int64_t rows) {
  const at::Tensor numbers = normal_tensor(rows, given.targets, 21);
  if (given.classes == 0) return numbers;
  return at::remainder(at::floor(numbers.abs() * 100), static_cast<double>(given.classes));
}

at::Tensor predictions(const Fixture& fixture, const at::Tensor& condition) {
  Scratch given;
  Scratch scratch;
  Pass pass;
  pass.parameters = &fixture.store;
  pass.condition = panel_of(condition, 0, given);
  const Panel out = fixture.network.predict(pass, scratch);
  return at::from_blob(out.values, {out.rows, out.cols}, {out.stride, 1}, at::kFloat).clone();
}

}  // namespace

CATCH_TEST_CASE("the scoring head agrees with reference() in value and every gradient") {
  for (const RuleCase& given : rule_cases()) {
    CATCH_INFO(given.name);
    Fixture fixture(given);
    AlignedBuffer fast_gradient(fixture.store.layout().floats());
    AlignedBuffer slow_gradient(fixture.store.layout().floats());
    const ParameterViews fast(fixture.store, fast_gradient);
    const ParameterViews slow(fixture.store, slow_gradient);
    const at::Tensor targets = targets_of(given, 33);
    const at::Tensor c_fast = normal_tensor(33, 3, 22).requires_grad_(true);
    const at::Tensor c_slow = normal_tensor(33, 3, 22).requires_grad_(true);
    NetworkWorkspace workspace(fixture.store, &fast_gradient);
    const at::Tensor walked = walk(fixture.network.loss(), inference_state(targets, c_fast), fast, workspace).values;
    const at::Tensor defined = fixture.network.loss().reference(inference_state(targets, c_slow), slow).values;
    const torch_compat::SilentWarnings silent;
    walked.sum().backward();
    defined.sum().backward();
    CATCH_CHECK(relative_difference(walked.detach(), defined.detach()) < 1e-5);
    CATCH_CHECK(relative_difference(c_fast.grad(), c_slow.grad()) < 1e-5);
    for (std::int64_t i = 0; i < slow.size(); ++i) {
      CATCH_INFO(fixture.store.layout()[i].name);
      CATCH_CHECK(relative_difference(fast[i].grad(), slow[i].grad()) < 1e-5);
      CATCH_CHECK(slow[i].grad().abs().max().item<double>() > 0);
    }
  }
}

CATCH_TEST_CASE("quantiles do not cross, probabilities add up, also far out") {
  const at::NoGradGuard no_gradient;
  for (const double scale : {1.0, 1e3, 1e6}) {
    CATCH_INFO("conditions of sd " << scale);
    const at::Tensor condition = normal_tensor(200, 3, 5, scale);
    const RuleCase quantiles{"", {quantile_rule(2, {0.05, 0.3, 0.5, 0.9})}, 2, 0};
    const at::Tensor q = predictions(Fixture(quantiles), condition).reshape({200, 2, 4});
    CATCH_CHECK((q.narrow(2, 1, 3) - q.narrow(2, 0, 3)).min().item<double>() >= 0);
    const RuleCase classes{"", {softmax_rule(3)}, 1, 3};
    const at::Tensor log_p = predictions(Fixture(classes), condition);
    CATCH_CHECK((at::exp(log_p).sum(1) - 1).abs().max().item<double>() < 1e-5);
    const RuleCase evidence{"", {dirichlet_rule(3, 0.1)}, 1, 3};
    const at::Tensor alpha = predictions(Fixture(evidence), condition);
    CATCH_CHECK(alpha.min().item<double>() >= 1);
    CATCH_CHECK(at::isfinite(alpha).all().item<bool>());
  }
}

// The prediction that a rule scores best on average over a sample is the sample's own statistic: no other constant does
// better.
CATCH_TEST_CASE("rules elicit what they are named after") {
  const std::vector<float> sample{-2.0F, -0.5F, 0.1F, 0.2F, 0.9F, 1.5F, 4.0F};
  const auto mean_score = [&](const ScoringRule& of, const std::vector<float>& raw) {
    double sum = 0;
    for (const float y : sample) sum += of.score(raw.data(), &y);
    return sum / static_cast<double>(sample.size());
  };
  const PlacedRule mean = make_scoring_rule(mean_rule(1));
  const PlacedRule median = make_scoring_rule(quantile_rule(1, {0.5}));
  const PlacedRule lower = make_scoring_rule(quantile_rule(1, {0.2}));  // 7 * 0.2 = 1.4: the second smallest
  const auto best = [&](const PlacedRule& of) {
    float least = 0;
    for (float x = -3; x < 5; x += 0.01F) {
      if (mean_score(*of.rule, {x}) < mean_score(*of.rule, {least})) least = x;
    }
    return static_cast<double>(least);
  };
  CATCH_CHECK(best(mean) == Catch::Approx(0.6).margin(0.006));
  CATCH_CHECK(best(median) == Catch::Approx(0.2).margin(0.011));
  CATCH_CHECK(best(lower) == Catch::Approx(-0.5).margin(0.011));
}

CATCH_TEST_CASE("rules refuse what they cannot judge") {
  CATCH_CHECK_THROWS_AS(make_scoring_rule(quantile_rule(1, {0.5, 0.5})), ConfigError);
  CATCH_CHECK_THROWS_AS(make_scoring_rule(quantile_rule(1, {0.9, 0.1})), ConfigError);
  CATCH_CHECK_THROWS_AS(make_scoring_rule(quantile_rule(1, {0.0, 0.5})), ConfigError);
  CATCH_CHECK_THROWS_AS(make_scoring_rule(softmax_rule(1)), ConfigError);
  CATCH_CHECK_THROWS_AS(make_scoring_rule(rule({{"kind", "mode"}, {"width", 1}})), ConfigError);
  const RuleCase beyond{"", {mean_rule(2, 2)}, 3, 0};
  CATCH_CHECK_THROWS_AS(ScoringNetwork(options_of(beyond), 3, 1), ConfigError);
  const PlacedRule classes = make_scoring_rule(softmax_rule(3));
  for (const float odd : {-1.0F, 3.0F, 0.5F, std::nanf("")}) {
    CATCH_CHECK_THROWS_AS(classes.rule->check_target(&odd), ShapeError);
  }
}
