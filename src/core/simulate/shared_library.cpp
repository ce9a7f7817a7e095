#include "simulate/shared_library.h"

#if defined(_WIN32)
#include <windows.h>
#else
#include <dlfcn.h>
#endif

#include "base/errors.h"

namespace amortflow {

#if defined(_WIN32)

SharedLibrary::SharedLibrary(const std::string& path) : handle_(LoadLibraryA(path.c_str())) {
  if (!handle_) throw SimulatorError("The compiled simulator `" + path + "` cannot be opened.");
}

SharedLibrary::~SharedLibrary() { FreeLibrary(static_cast<HMODULE>(handle_)); }

const void* SharedLibrary::symbol(const char* name) const {
  return reinterpret_cast<const void*>(GetProcAddress(static_cast<HMODULE>(handle_), name));
}

#else

SharedLibrary::SharedLibrary(const std::string& path) : handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (handle_) return;
  const char* reason = dlerror();
  throw SimulatorError("The compiled simulator cannot be opened: " + std::string(reason ? reason : path.c_str()) + ".");
}

SharedLibrary::~SharedLibrary() { dlclose(handle_); }

const void* SharedLibrary::symbol(const char* name) const { return dlsym(handle_, name); }

#endif

}  // namespace amortflow
