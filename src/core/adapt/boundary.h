#pragma once

namespace amortflow {

/// The double next to `bound` on the side of `inside`, skipping denormals: threads that flush them would see the
/// bound itself.
[[nodiscard]] double next_inside(double bound, double inside);

}  // namespace amortflow
