#include "flows/noise_path.h"

#include <cmath>

#include "base/constants.h"

namespace amortflow {

Mix mix_at(NoisePath path, double time) {
  if (path == NoisePath::kStraight) return {time, 1 - time, 1, -1};
  const double sine = std::sin(time);
  const double cosine = std::cos(time);
  return {cosine, sine, -sine, cosine};
}

void time_coordinates(NoisePath path, double time, float* out) {
  out[0] = static_cast<float>(path == NoisePath::kStraight ? time : time / kHalfPi);
  out[1] = static_cast<float>(std::log(mix_at(path, time).noise + kFinest) / std::log(kFinest));
}

}  // namespace amortflow
