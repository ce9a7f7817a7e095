#include "flows/condition_stack.h"

#include "nets/dense.h"

namespace amortflow {

Network condition_stack(const ConditionStackOptions& options) {
  Network stack;
  DenseOptions dense;
  dense.input_width = options.input_width;
  dense.condition_width = options.condition_width;
  dense.output_width = options.width;
  dense.activation = options.activation;
  for (std::int64_t i = 0; i < options.depth; ++i) {
    stack.add(std::make_unique<Dense>(dense));
    dense.input_width = options.width;
    dense.condition_width = 0;
    dense.residual = options.residual;
  }
  dense.output_width = options.output_width;
  dense.activation = Activation::kIdentity;
  dense.residual = false;
  dense.starts_at_zero = true;
  stack.add(std::make_unique<Dense>(dense));
  return stack;
}

}  // namespace amortflow
