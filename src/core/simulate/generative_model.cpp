#include "simulate/generative_model.h"

#include <utility>

namespace amortflow {

void append(Simulations& all, Simulations block) {
  if (all.count() == 0) {
    auto failures = std::move(all.failures);
    all = std::move(block);
    all.failures.insert(all.failures.begin(), failures.begin(), failures.end());
    return;
  }
  append(all.parameters, block.parameters);
  append(all.context, block.context);
  append(all.local, block.local);
  for (std::size_t k = 0; k < all.data.size(); ++k) append(all.data[k], block.data[k]);
  const auto before = all.groups.rows();
  for (std::int64_t i = 1; i <= block.groups.count(); ++i) {
    all.groups.offsets.push_back(before + block.groups.offsets[static_cast<std::size_t>(i)]);
  }
  all.failures.insert(all.failures.end(), block.failures.begin(), block.failures.end());
}

}  // namespace amortflow
