#pragma once

namespace amortflow {

/// While it lives, LibTorch and OpenBLAS use one thread each: our own threads share the work out, and theirs would only
/// fight with them (two threads of LibTorch beside a busy neighbour made a step 16 times slower). The numbers of
/// threads that were set before come back afterwards. Made and ended on the thread that entered the core.
class SingleThreadedLibraries final {
 public:
  SingleThreadedLibraries();
  ~SingleThreadedLibraries();
  SingleThreadedLibraries(const SingleThreadedLibraries&) = delete;
  SingleThreadedLibraries& operator=(const SingleThreadedLibraries&) = delete;

 private:
  int torch_threads_;
  int blas_threads_;
};

}  // namespace amortflow
