#include <Rcpp.h>

#include "base/backend_info.h"
#include "kernels/dispatch.h"
#include "nets/torch_backend.h"
#include "r_errors.h"

// [[Rcpp::export(rng = false)]]
Rcpp::List core_backend_info() {
  return amortflow::guarded([&] {
    const amortflow::TorchBackend torch = amortflow::torch_backend();
    return Rcpp::List::create(
        Rcpp::Named("compiled_version") = torch.compiled_version, Rcpp::Named("library") = torch.library,
        Rcpp::Named("blas") = torch.blas_library, Rcpp::Named("cuda_built") = torch.cuda_built,
        Rcpp::Named("cuda_available") = torch.cuda_available, Rcpp::Named("cuda_devices") = torch.cuda_devices,
        Rcpp::Named("cores") = amortflow::usable_cores(),
        Rcpp::Named("instruction_set") = amortflow::instruction_set());
  });
}
