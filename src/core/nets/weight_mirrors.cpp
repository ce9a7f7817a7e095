#include "nets/weight_mirrors.h"

#include "kernels/dispatch.h"

namespace amortflow {

void refresh_mirrors(ParameterStore& store) {
  if (store.mirrors_current()) return;
  const ParameterStore& weights = store;
  const auto& entries = store.layout().entries();
  for (std::size_t e = 0; e < entries.size(); ++e) {
    const ParameterEntry& entry = entries[e];
    if (!entry.decays) continue;
    const auto i = static_cast<std::int64_t>(e);
    kernels().transpose({weights.at(i), entry.rows, entry.cols, entry.stride},
                        {store.mirror(i), entry.cols, entry.rows, entry.mirror_stride});
  }
  store.set_mirrors_current();
}

}  // namespace amortflow
