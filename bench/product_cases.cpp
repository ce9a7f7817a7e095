#include <algorithm>
#include <cmath>
#include <dlfcn.h>
#include <memory>

#include <ATen/ops/from_blob.h>
#include <ATen/ops/mm.h>

#include "base/errors.h"
#include "cases.h"
#include "interleaved.h"
#include "kernels/dispatch.h"
#include "line.h"
#include "product_rate.h"
#include "small_product_library.h"

namespace amortflow::bench {

namespace {

using Sgemm = void (*)(const char*,
                       const char*,
                       const int*,
                       const int*,
                       const int*,
                       const float*,
                       const float*,
                       const int*,
                       const float*,
                       const int*,
                       const float*,
                       float*,
                       const int*);

struct Shape {
  int m;
  int k;
  int n;
};

std::int64_t padded(int cols) { return (cols + 15) / 16 * 16; }

/// One product, c [m, n] = a [m, k] b [k, n], by each competitor. Ours has padded rows, the others have not.
class Product final {
 public:
  explicit Product(Shape shape)
      : shape_(shape),
        padded_a_(shape.m * padded(shape.k)),
        padded_b_(shape.k * padded(shape.n)),
        padded_c_(shape.m * padded(shape.n)),
        a_(shape.m * shape.k),
        b_(shape.k * shape.n),
        c_(shape.m * shape.n) {
    const auto element = [](std::int64_t i, std::int64_t j) { return static_cast<float>((i * 7 + j * 3) % 11) - 5; };
    for (int i = 0; i < shape.m; ++i) {
      for (int j = 0; j < shape.k; ++j)
        a_.data()[i * shape.k + j] = padded_a_.data()[i * padded(shape.k) + j] = element(i, j);
    }
    for (int i = 0; i < shape.k; ++i) {
      for (int j = 0; j < shape.n; ++j)
        b_.data()[i * shape.n + j] = padded_b_.data()[i * padded(shape.n) + j] = element(i, j);
    }
  }

  void ours() {
    kernels().multiply({padded_a_.data(), shape_.m, shape_.k, padded(shape_.k)},
                       {padded_b_.data(), shape_.k, shape_.n, padded(shape_.n)},
                       {padded_c_.data(), shape_.m, shape_.n, padded(shape_.n)}, false);
  }

  /// Row-major c = a b is column-major c' = b' a'.
  [[nodiscard]] std::function<void()> sgemm() {
    const auto call = reinterpret_cast<Sgemm>(dlsym(RTLD_DEFAULT, "sgemm_"));
    if (call == nullptr) return {};
    return [this, call] {
      const float one = 1;
      const float zero = 0;
      call("N", "N", &shape_.n, &shape_.m, &shape_.k, &one, b_.data(), &shape_.n, a_.data(), &shape_.k, &zero,
           c_.data(), &shape_.n);
    };
  }

  [[nodiscard]] std::function<void()> mm_out() {
    const at::Tensor a = at::from_blob(a_.data(), {shape_.m, shape_.k}, at::kFloat);
    const at::Tensor b = at::from_blob(b_.data(), {shape_.k, shape_.n}, at::kFloat);
    at::Tensor c = at::from_blob(c_.data(), {shape_.m, shape_.n}, at::kFloat);
    return [=]() mutable { at::mm_out(c, a, b); };
  }

  [[nodiscard]] std::function<void()> libxsmm() {
    return small_product(shape_.m, shape_.k, shape_.n, a_.data(), b_.data(), c_.data());
  }

  /// Throws unless `run` computes what ours does: all numbers are small and whole, so the results are equal.
  void check(const std::function<void()>& run, const std::string& name) {
    std::fill_n(c_.data(), c_.size(), 0.0F);
    run();
    ours();
    for (int i = 0; i < shape_.m; ++i) {
      const float* row = c_.data() + i * shape_.n;
      if (!std::equal(row, row + shape_.n, padded_c_.data() + i * padded(shape_.n))) {
        throw Error(name + " and ours must give the same product.");
      }
    }
  }

 private:
  Shape shape_;
  AlignedBuffer padded_a_;
  AlignedBuffer padded_b_;
  AlignedBuffer padded_c_;
  AlignedBuffer a_;
  AlignedBuffer b_;
  AlignedBuffer c_;
};

void time_product(Shape shape, const std::string& name, const Settings& settings) {
  Product product(shape);
  ProductRate yardstick;
  std::vector<std::string> names;
  std::vector<std::function<void()>> competitors{[&] { product.ours(); }, [&] { yardstick.run(); }};
  const auto add = [&](const char* baseline, std::function<void()> run) {
    if (!run) return;
    product.check(run, baseline);
    names.emplace_back(baseline);
    competitors.push_back(std::move(run));
  };
  add("sgemm", product.sgemm());
  add("mm_out", product.mm_out());
  add("libxsmm", product.libxsmm());
  const auto timings = time_interleaved(competitors, settings.rounds, settings.clock);
  const double gigaflops = 2e-9 * shape.m * shape.k * shape.n;
  for (std::size_t i = 0; i < names.size(); ++i) {
    Line line;
    line.name = name + "/" + names[i];
    line.ours = gigaflops / timings[0].median;
    line.baseline = gigaflops / timings[i + 2].median;
    line.ratio = line.ours / line.baseline;
    line.share = 1e9 * line.ours * timings[1].best / ProductRate::flops();
    line.unit = "GFLOP/s";
    line.what = "one small product on one core; baseline: " + names[i];
    print(line);
  }
}

}  // namespace

std::vector<Case> product_cases() {
  std::vector<Case> cases;
  for (const Shape shape : {Shape{32, 16, 64}, Shape{32, 64, 64}, Shape{32, 64, 6}, Shape{64, 128, 128},
                            Shape{64, 256, 256}, Shape{1600, 64, 64}}) {
    const std::string name =
        "products/" + std::to_string(shape.m) + "x" + std::to_string(shape.k) + "x" + std::to_string(shape.n);
    cases.push_back({name, true, false, [=](const Settings& settings) { time_product(shape, name, settings); }});
  }
  return cases;
}

}  // namespace amortflow::bench
