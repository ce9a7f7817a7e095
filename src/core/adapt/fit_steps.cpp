#include "adapt/fit_steps.h"

#include <string>
#include <utility>
#include <vector>

#include "adapt/step.h"
#include "adapt/tail_rule.h"
#include "base/errors.h"

namespace amortflow {

namespace {

std::vector<double> column(const Matrix<double>& rows, std::int64_t j) {
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(rows.rows));
  for (std::int64_t i = 0; i < rows.rows; ++i) values.push_back(rows(i, j));
  return values;
}

Spec fit_standardize(const Matrix<double>& rows) {
  Spec::Numbers mean;
  Spec::Numbers sd;
  for (std::int64_t j = 0; j < rows.cols; ++j) {
    const Moments moments = finite_moments(column(rows, j));
    mean.push_back(moments.mean);
    sd.push_back(moments.sd);
  }
  return Spec::List{{"kind", "standardize"}, {"mean", mean}, {"sd", sd}};
}

std::vector<Spec> fit_tails(const Spec& plan, const Matrix<double>& rows) {
  SpecReader reader(plan, "the adapter's step \"tails\"");
  reader.choice("kind", {"tails"});
  const bool allow_log1p = reader.flag("log1p");
  reader.finish();
  const auto columns = static_cast<std::size_t>(rows.cols);
  Spec::Numbers log1p(columns, 0);
  Spec::Numbers center(columns, 0);
  Spec::Numbers scale(columns, 0);
  bool any_log1p = false;
  bool any_asinh = false;
  for (std::size_t j = 0; j < columns; ++j) {
    const TailChoice choice = choose_tail(column(rows, static_cast<std::int64_t>(j)), allow_log1p);
    any_log1p = any_log1p || choice.kind == TailChoice::Kind::kLog1p;
    any_asinh = any_asinh || choice.kind == TailChoice::Kind::kAsinh;
    (choice.kind == TailChoice::Kind::kLog1p ? log1p : scale)[j] = choice.scale;
    center[j] = choice.center;
  }
  std::vector<Spec> steps;
  if (any_log1p) steps.push_back(Spec::List{{"kind", "log1p"}, {"scale", log1p}});
  if (any_asinh) steps.push_back(Spec::List{{"kind", "asinh"}, {"center", center}, {"scale", scale}});
  return steps;
}

std::vector<Spec> fit_step(const Spec& plan, const Matrix<double>& rows) {
  SpecReader reader(plan, "a step of an adapter");
  const std::string kind = reader.text("kind");
  if (kind == "tails") return fit_tails(plan, rows);
  if (kind != "standardize" || reader.has("mean")) return {plan};
  reader.finish();
  return {fit_standardize(rows)};
}

}  // namespace

Spec fit_steps(const Spec& plan, Matrix<double>& rows) {
  if (plan.list() == nullptr) throw ConfigError("An adapter's steps must be a list.");
  Spec::List fitted;
  for (const auto& entry : *plan.list()) {
    for (const Spec& spec : fit_step(entry.second, rows)) {
      make_adapter_step(spec)->forward(rows, nullptr);
      fitted.emplace_back("", spec);
    }
  }
  return fitted;
}

}  // namespace amortflow
