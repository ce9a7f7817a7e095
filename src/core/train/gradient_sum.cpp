#include "train/gradient_sum.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "kernels/dispatch.h"

namespace amortflow {

namespace {

constexpr std::int64_t kPieceFloats = 16384;

}  // namespace

double GradientSum::add(const std::vector<AlignedBuffer*>& parts, ThreadPool& pool) {
  AlignedBuffer& sum = *parts.front();
  const std::int64_t pieces = (sum.size() + kPieceFloats - 1) / kPieceFloats;
  squares_.assign(static_cast<std::size_t>(pieces), 0.0);
  const auto task = [&](std::int64_t i) {
    const std::int64_t begin = i * kPieceFloats;
    const std::int64_t count = std::min(kPieceFloats, sum.size() - begin);
    for (std::size_t s = 1; s < parts.size(); ++s) {
      kernels().add_in_place(count, sum.data() + begin, parts[s]->data() + begin);
    }
    squares_[static_cast<std::size_t>(i)] = kernels().squared_norm(count, sum.data() + begin);
  };
  pool.run(pieces, std::ref(task));
  return std::sqrt(std::accumulate(squares_.begin(), squares_.end(), 0.0));
}

}  // namespace amortflow
