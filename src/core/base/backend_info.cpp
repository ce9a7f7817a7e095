#include "base/backend_info.h"

#include <dlfcn.h>
#if defined(__linux__)
#include <sched.h>
#endif

#include <thread>

namespace amortflow {

int usable_cores() {
#if defined(__linux__)
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof(mask), &mask) == 0) {
    const int allowed = CPU_COUNT(&mask);
    if (allowed > 0) return allowed;
  }
#endif
  const unsigned cores = std::thread::hardware_concurrency();
  return cores > 0 ? static_cast<int>(cores) : 1;
}

std::string library_of_address(const void* address) {
  Dl_info info;
  if (address == nullptr || dladdr(address, &info) == 0 || info.dli_fname == nullptr) return "";
  return info.dli_fname;
}

std::string library_of_symbol(const std::string& library, const char* symbol) {
  // RTLD_NOLOAD: a handle of what is loaded already, and never more than that.
  void* handle = dlopen(library.c_str(), RTLD_NOLOAD | RTLD_LAZY);
  if (handle == nullptr) return "";
  const std::string path = library_of_address(dlsym(handle, symbol));
  dlclose(handle);
  return path;
}

}  // namespace amortflow
