#include "nets/weight_mirrors.h"

#include "kernels/dispatch.h"

namespace amortflow {

void mirror_rows(ParameterStore& store, std::int64_t entry, std::int64_t begin, std::int64_t end) {
  const ParameterStore& weights = store;
  const ParameterEntry& place = store.layout()[entry];
  kernels().transpose({weights.at(entry) + begin * place.stride, end - begin, place.cols, place.stride},
                      {store.mirror(entry) + begin, place.cols, end - begin, place.mirror_stride});
}

void refresh_mirrors(ParameterStore& store) {
  if (store.mirrors_current()) return;
  const auto& entries = store.layout().entries();
  for (std::size_t e = 0; e < entries.size(); ++e) {
    if (entries[e].decays) mirror_rows(store, static_cast<std::int64_t>(e), 0, entries[e].rows);
  }
  store.set_mirrors_current();
}

}  // namespace amortflow
