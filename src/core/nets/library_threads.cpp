#include "nets/library_threads.h"

#include <dlfcn.h>

#include <ATen/Parallel.h>

namespace amortflow {

namespace {

// OpenBLAS keeps a pool of its own, which LibTorch's setting does not reach. Other BLAS libraries lack these symbols.
int openblas_threads() {
  const auto get = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "openblas_get_num_threads"));
  return get == nullptr ? 0 : get();
}

void set_openblas_threads(int threads) {
  const auto set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
  if (set != nullptr && threads > 0) set(threads);
}

}  // namespace

SingleThreadedLibraries::SingleThreadedLibraries()
    : torch_threads_(at::get_num_threads()), blas_threads_(openblas_threads()) {
  at::set_num_threads(1);
  set_openblas_threads(1);
}

SingleThreadedLibraries::~SingleThreadedLibraries() {
  at::set_num_threads(torch_threads_);
  set_openblas_threads(blas_threads_);
}

}  // namespace amortflow
