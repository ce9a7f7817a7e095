#pragma once

#include <cstdint>

namespace amortflow {

/// Ways from standard normal noise n to parameters x: at time t they mix to z = signal(t) x + noise(t) n, and the field
/// that a network learns there is the expectation of dz/dt given z.
enum class NoisePath {
  kStraight,  ///< signal t, noise 1 - t: noise at time 0, parameters at time 1 (Lipman et al. 2023)
  kAngular,   ///< signal cos t, noise sin t: parameters at time 0, noise at pi / 2 (Salimans and Ho 2022)
};

struct Mix {
  double signal = 0;
  double noise = 0;
  double signal_rate = 0;  ///< derivatives by time
  double noise_rate = 0;
};

[[nodiscard]] Mix mix_at(NoisePath path, double time);

/// What a network sees of a time, numbers in [0, 1]: the time itself, and the noise level on a log scale below
/// `kFinest`, where narrow posteriors take their shape.
constexpr std::int64_t kTimeCoordinates = 2;
constexpr double kFinest = 0.01;
void time_coordinates(NoisePath path, double time, float* out);

}  // namespace amortflow
