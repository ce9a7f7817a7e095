#pragma once

#include <memory>
#include <string>

#include "base/random.h"
#include "base/spec.h"
#include "nets/layer.h"

namespace amortflow {

/// The last layer of a flow: the negative log density of each row, [rows, 1], fully normalised: that of the base at z
/// minus log|det|.
class BaseDistribution : public Layer {
 public:
  [[nodiscard]] std::int64_t output_width() const override { return 1; }
  [[nodiscard]] bool has_fast_form() const override { return true; }
  /// One draw of the base into `row`.
  virtual void fill_draw(const ParameterStore& parameters, rng& random, float* row) const = 0;
};

struct BaseOptions {
  std::string kind = "normal";  ///< "normal", "student" or "mixture"
  double df = 10;               ///< degrees of freedom of a Student base, where they start if they are learned
  std::int64_t components = 4;  ///< of a mixture
  bool learned = true;          ///< degrees of freedom, or weights, means and sds of components

  [[nodiscard]] static BaseOptions from_spec(const Spec& spec);
};

[[nodiscard]] std::unique_ptr<BaseDistribution> make_base(const BaseOptions& options, std::int64_t dimension);

}  // namespace amortflow
