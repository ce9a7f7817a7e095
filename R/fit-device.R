# Where training computes: the cores, a CUDA device, or whichever is faster.

#' Check `device`, before anything is simulated
#' @noRd
assert_device <- function(device, call = rlang::caller_env()) {
  assert_choice(device, c("cpu", "cuda", "auto"), call = call)
  backend <- core_backend_info()
  if (device == "cuda" && !backend$cuda_available) {
    amortflow_abort(
      sprintf(
        "`device = \"cuda\"` needs a CUDA device that LibTorch can use, but %s.",
        missing_cuda(backend)
      ),
      "device",
      hint = cuda_hint(backend), call = call
    )
  }
  device
}

missing_cuda <- function(backend) {
  if (backend$cuda_built) {
    "LibTorch, which was built for CUDA, finds none that works"
  } else {
    sprintf("LibTorch (%s) was built without CUDA", normalizePath(backend$library, mustWork = FALSE))
  }
}

cuda_hint <- function(backend) {
  if (backend$cuda_built) {
    paste(
      "`nvidia-smi` shows devices and driver, backend_info() what LibTorch sees.",
      "`device = \"auto\"` takes the CPU where there is no device."
    )
  } else {
    paste(
      "Install a LibTorch for CUDA, set LIBTORCH to its folder and install",
      "amortflow again. `device = \"auto\"` takes the CPU where there is no device."
    )
  }
}

#' In words, for print(); fits made before devices could be chosen were made on the CPU
#' @noRd
describe_device <- function(versions) {
  if (identical(versions$device, "cuda")) {
    "a CUDA device"
  } else {
    sprintf("the CPU (instruction set %s)", versions$instruction_set)
  }
}
