#include "nets/torch_backend.h"

#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/cuda.h>

#include "base/backend_info.h"
#include "base/errors.h"
#include "base/torch_compat.h"

namespace amortflow {

TorchBackend torch_backend() {
  TorchBackend backend;
  backend.compiled_version = TORCH_VERSION;
  const auto function = &torch::cuda::is_available;  // of libtorch_cpu, in every build
  backend.library = library_of_address(reinterpret_cast<const void*>(function));
  backend.blas_library = library_of_symbol(backend.library, "sgemm_");
  backend.cuda_built = c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA);
  backend.cuda_available = torch::cuda::is_available();
  backend.cuda_devices = backend.cuda_available ? static_cast<int>(torch::cuda::device_count()) : 0;
  return backend;
}

void require_cuda() {
  const TorchBackend backend = torch_backend();
  if (backend.cuda_available) return;
  const std::string needed = "device = \"cuda\" needs a CUDA device, but LibTorch (" + backend.library + ") ";
  if (!backend.cuda_built) {
    throw DeviceError(
        needed + "was built without CUDA",
        "Install a LibTorch for CUDA, set LIBTORCH to its folder and install amortflow again, or train with "
        "device = \"cpu\".");
  }
  throw DeviceError(needed + "was built for CUDA and finds no device that works",
                    "`nvidia-smi` shows devices and the driver, backend_info() what LibTorch sees; device = \"cpu\" "
                    "trains without.");
}

}  // namespace amortflow
