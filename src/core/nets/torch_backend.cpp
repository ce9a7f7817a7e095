#include "nets/torch_backend.h"

#include <torch/cuda.h>

#include "base/backend_info.h"
#include "base/torch_compat.h"

namespace amortflow {

TorchBackend torch_backend() {
  TorchBackend backend;
  backend.compiled_version = TORCH_VERSION;
  const auto function = &torch::cuda::is_available;  // of libtorch_cpu, in every build
  backend.library = library_of_address(reinterpret_cast<const void*>(function));
  backend.blas_library = library_of_symbol(backend.library, "sgemm_");
  backend.cuda_available = torch::cuda::is_available();
  backend.cuda_devices = backend.cuda_available ? static_cast<int>(torch::cuda::device_count()) : 0;
  return backend;
}

}  // namespace amortflow
