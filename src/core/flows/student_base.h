#pragma once

#include "flows/base_distribution.h"

namespace amortflow {

/// A base with heavy tails: independent Student t of unit scale, whose degrees of freedom, one for each variable, may
/// be learned (Jaini, Kobyzev, Yu and Brubaker 2020; Laszkiewicz, Lederer and Fischer 2022): flows that are linear in
/// their tails cannot make tails heavier than those of their base.
class StudentBase final : public BaseDistribution {
 public:
  static constexpr double kLeastDf = 0.5;
  static constexpr double kMostDf = 1e4;

  StudentBase(std::int64_t dimension, double df, bool learned) : dimension_(dimension), df_(df), learned_(learned) {}

  [[nodiscard]] std::string name() const override { return "student_base"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;
  void fill_draw(const ParameterStore& parameters, rng& random, float* row) const override;

 private:
  [[nodiscard]] double df(const ParameterStore& parameters, std::int64_t j) const;

  std::int64_t dimension_;
  double df_;
  bool learned_;
  std::int64_t log_df_ = -1;
};

}  // namespace amortflow
