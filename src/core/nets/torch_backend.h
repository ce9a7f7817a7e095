#pragma once

#include <string>

namespace amortflow {

/// What is known about LibTorch in this process.
struct TorchBackend {
  std::string compiled_version;  ///< of the headers that we were compiled with, "1.13.0"
  std::string library;           ///< path of the loaded libtorch_cpu
  std::string blas_library;      ///< path of the library from which LibTorch takes its BLAS; its own if built in
  bool cuda_built = false;       ///< a CUDA build of LibTorch
  bool cuda_available = false;   ///< a CUDA build of LibTorch and a device that works
  int cuda_devices = 0;
};

[[nodiscard]] TorchBackend torch_backend();

/// Throws DeviceError that says what is missing unless LibTorch can use a CUDA device.
void require_cuda();

}  // namespace amortflow
