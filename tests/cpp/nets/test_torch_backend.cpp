#include "nets/torch_backend.h"
#include "support/catch.h"

using namespace amortflow;

CATCH_TEST_CASE("the backend names its version, its library and the library of its BLAS") {
  const TorchBackend backend = torch_backend();
  CATCH_CHECK_FALSE(backend.compiled_version.empty());
  CATCH_CHECK_THAT(backend.library, Catch::contains_text("torch"));
  CATCH_CHECK_FALSE(backend.blas_library.empty());
  CATCH_CHECK((backend.cuda_devices > 0) == backend.cuda_available);
}
