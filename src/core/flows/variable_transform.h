#pragma once

#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "nets/layer.h"

namespace at {
class Tensor;
}

namespace amortflow {

/// An increasing function of each of some variables, given raw numbers from a network: what couplings and
/// autoregressive layers apply. Raw numbers of 0 give the identity. `raw` has `numbers()` columns for each variable,
/// in groups one after the other: group g has groups()[g] columns side by side for each variable in turn.
class VariableTransform {
 public:
  virtual ~VariableTransform() = default;

  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual std::vector<std::int64_t> groups() const = 0;
  /// Raw numbers for each variable.
  [[nodiscard]] std::int64_t numbers() const {
    const std::vector<std::int64_t> all = groups();
    return std::accumulate(all.begin(), all.end(), std::int64_t{0});
  }

  /// `state.values`, [rows, variables], become what the transform makes of them; `log_det` gains the logs of the
  /// derivatives. In flows/references.cpp and flows/spline_references.cpp.
  [[nodiscard]] virtual LayerState reference(LayerState state, const at::Tensor& raw) const = 0;
  /// Undoes it; leaves `log_det` as it is.
  [[nodiscard]] virtual LayerState inverse(LayerState state, const at::Tensor& raw) const = 0;

  /// The fast form. `scratch` keeps what backward needs. `out` may be `in` where no way back follows.
  virtual void forward(const Pass& pass, const Panel& raw, const Rows& in, const Rows& out, Scratch& scratch) const = 0;
  /// `gradient` comes in as that of `out` and leaves as that of `in`; `raw_gradient` is written.
  virtual void backward(const Pass& pass,
                        const Panel& raw,
                        const Rows& in,
                        const Rows& gradient,
                        const Panel& raw_gradient,
                        Scratch& scratch) const = 0;
  /// The fast form of `inverse`. `in` may be `out`.
  virtual void invert(const Panel& raw, const Rows& out, const Rows& in) const = 0;
};

}  // namespace amortflow
