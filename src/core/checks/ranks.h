#pragma once

#include <cstdint>
#include <vector>

namespace amortflow {

/// Rank of each true value among its posterior draws: how many draws are less. Quantity q (a parameter of a simulated
/// data set) has `draws_each` draws that start at draws[q * draws_each]. If posterior and simulations agree, ranks are
/// uniform on 0, ..., draws_each (Talts et al. 2018). Throws NumericError if a number is NaN, ShapeError if `count`,
/// the number of draws, is not draws_each for every true value.
[[nodiscard]] std::vector<double> ranks(const double* draws,
                                        std::int64_t count,
                                        std::int64_t draws_each,
                                        const std::vector<double>& truths);

}  // namespace amortflow
