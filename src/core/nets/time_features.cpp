#include "nets/time_features.h"

#include <cmath>

#include "base/constants.h"

namespace amortflow {

void TimeFeatures::forward(const Pass&, const Panel& out, Scratch& scratch) const {
  for (std::int64_t i = 0; i < out.rows; ++i) {
    const float* times = scratch.input.values + i * scratch.input.stride;
    float* to = out.values + i * out.stride;
    for (std::int64_t c = 0; c < options_.input_width; ++c) {
      const auto t = static_cast<double>(times[c]);
      double sine = std::sin(kHalfPi * t);
      double cosine = std::cos(kHalfPi * t);
      *to++ = times[c];
      for (std::int64_t j = 0; j < options_.octaves; ++j) {
        *to++ = static_cast<float>(sine);
        *to++ = static_cast<float>(cosine);
        const double doubled = 2 * sine * cosine;  // the next octave by the double angle
        cosine = 1 - 2 * sine * sine;
        sine = doubled;
      }
    }
  }
}

void TimeFeatures::backward(const Pass&, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const {
  if (in_gradient.values == nullptr) return;
  for (std::int64_t i = 0; i < out_gradient.rows; ++i) {
    const float* times = scratch.input.values + i * scratch.input.stride;
    const float* from = out_gradient.values + i * out_gradient.stride;
    float* to = in_gradient.values + i * in_gradient.stride;
    for (std::int64_t c = 0; c < options_.input_width; ++c) {
      auto sum = static_cast<double>(*from++);
      for (std::int64_t j = 0; j < options_.octaves; ++j) {
        const double frequency = kHalfPi * std::ldexp(1.0, static_cast<int>(j));
        const double angle = frequency * static_cast<double>(times[c]);
        sum += frequency *
               (static_cast<double>(from[0]) * std::cos(angle) - static_cast<double>(from[1]) * std::sin(angle));
        from += 2;
      }
      to[c] = static_cast<float>(sum);
    }
  }
}

}  // namespace amortflow
