# Finds LibTorch by its files: TorchConfig.cmake, where there is one, asks for nvcc, protobuf and other things that we
# do not need, so Debian's package, a libtorch archive and the folder of Python's torch are all taken the same way.
# Looked at: LIBTORCH (cache or environment; must then hold it), CMAKE_PREFIX_PATH, TORCH_HOME, the torch of the Python
# that PYTHON names, the system.
#
# Gives LibTorch_VERSION, LibTorch_CXX_STANDARD, LibTorch_CUDA (built for CUDA), LibTorch_CUDA_GRAPHS (and CUDA's runtime
# headers are there: AMORTFLOW_CUDA is defined) and the target LibTorch::LibTorch (SYSTEM includes).

set(LIBTORCH "$ENV{LIBTORCH}" CACHE PATH "Folder of LibTorch (with include/ and lib/)")
set(_libtorch_roots ${LIBTORCH})
if(NOT LIBTORCH)
  foreach(folder ${CMAKE_PREFIX_PATH})
    list(APPEND _libtorch_roots ${folder} ${folder}/../..)  # torch.utils.cmake_prefix_path is share/cmake
  endforeach()
  if(DEFINED ENV{TORCH_HOME})
    list(APPEND _libtorch_roots $ENV{TORCH_HOME})
  endif()
  if(DEFINED ENV{PYTHON})
    execute_process(
      COMMAND $ENV{PYTHON} -c
              "import importlib.util as u; s = u.find_spec('torch'); print(list(s.submodule_search_locations)[0] if s else '')"
      OUTPUT_VARIABLE _libtorch_python
      OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    list(APPEND _libtorch_roots ${_libtorch_python})
  endif()
  list(APPEND _libtorch_roots /usr /usr/local /opt/libtorch)
endif()

find_path(LibTorch_INCLUDE_DIR ATen/core/Tensor.h PATHS ${_libtorch_roots} PATH_SUFFIXES include NO_DEFAULT_PATH)
find_path(LibTorch_API_DIR torch/types.h PATHS ${LibTorch_INCLUDE_DIR} PATH_SUFFIXES torch/csrc/api/include
          NO_DEFAULT_PATH)
foreach(library torch torch_cpu c10)
  find_library(LibTorch_${library}_LIBRARY ${library} PATHS ${_libtorch_roots}
               PATH_SUFFIXES lib lib64 lib/${CMAKE_LIBRARY_ARCHITECTURE} NO_DEFAULT_PATH)
endforeach()
foreach(library torch_cuda c10_cuda)
  find_library(LibTorch_${library}_LIBRARY ${library} PATHS ${_libtorch_roots} PATH_SUFFIXES lib lib64 NO_DEFAULT_PATH)
  mark_as_advanced(LibTorch_${library}_LIBRARY)
endforeach()

foreach(header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
  if(NOT LibTorch_VERSION AND EXISTS ${LibTorch_INCLUDE_DIR}/${header})
    file(STRINGS ${LibTorch_INCLUDE_DIR}/${header} _libtorch_lines REGEX "define TORCH_VERSION_(MAJOR|MINOR) +[0-9]+")
    string(REGEX MATCHALL "[0-9]+" _libtorch_numbers "${_libtorch_lines}")
    list(JOIN _libtorch_numbers "." LibTorch_VERSION)
  endif()
endforeach()
set(LibTorch_CXX_STANDARD 17)
if(LibTorch_VERSION VERSION_GREATER_EQUAL 2.14)
  set(LibTorch_CXX_STANDARD 20)
endif()

set(LibTorch_CUDA OFF)
if(LibTorch_torch_cuda_LIBRARY AND LibTorch_c10_cuda_LIBRARY)
  set(LibTorch_CUDA ON)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  LibTorch
  REQUIRED_VARS LibTorch_INCLUDE_DIR LibTorch_API_DIR LibTorch_torch_LIBRARY LibTorch_torch_cpu_LIBRARY
                LibTorch_c10_LIBRARY
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE
    "Debian, Ubuntu: apt-get install libtorch-dev, or set LIBTORCH to the folder that holds include/ and lib/")

if(LibTorch_FOUND)
  include(CheckCXXSourceCompiles)
  # A function of c10 that takes a std::string and has kept its signature since 1.13 links only if both sides mean the
  # same std::string: wheels of PyTorch before 2.7 may not.
  set(CMAKE_REQUIRED_LIBRARIES ${LibTorch_c10_LIBRARY})
  set(CMAKE_REQUIRED_QUIET ON)
  check_cxx_source_compiles(
    "#include <cstdint>
     #include <string>
     namespace c10 { namespace detail {
     [[noreturn]] void torchCheckFail(const char*, const char*, std::uint32_t, const std::string&);
     } }
     int main(int argc, char**) {
       if (argc > 99) c10::detail::torchCheckFail(\"\", \"\", 0, std::string());
       return 0;
     }"
    LibTorch_HAS_CXX11_ABI)
  unset(CMAKE_REQUIRED_LIBRARIES)
  if(NOT LibTorch_HAS_CXX11_ABI)
    message(FATAL_ERROR "A program does not link with ${LibTorch_c10_LIBRARY}. Was this LibTorch built with the old C++ ABI? "
                        "Take PyTorch 2.7 or later, an archive with the cxx11 ABI, or libtorch-dev.")
  endif()
endif()

# CUDA's runtime headers: the toolkit's, or those of Python's nvidia packages beside its torch.
set(LibTorch_CUDA_GRAPHS OFF)
if(LibTorch_FOUND AND LibTorch_CUDA)
  file(GLOB _libtorch_nvidia ${LibTorch_INCLUDE_DIR}/../../nvidia/*/include)
  find_path(LibTorch_CUDA_INCLUDE_DIR cuda_runtime_api.h
            PATHS ENV CUDA_HOME ENV CUDA_PATH ${_libtorch_nvidia} /usr/local/cuda /opt/cuda PATH_SUFFIXES include)
  mark_as_advanced(LibTorch_CUDA_INCLUDE_DIR)
  if(LibTorch_CUDA_INCLUDE_DIR)
    set(CMAKE_REQUIRED_INCLUDES ${LibTorch_INCLUDE_DIR} ${LibTorch_API_DIR} ${LibTorch_CUDA_INCLUDE_DIR})
    set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
    set(CMAKE_CXX_STANDARD ${LibTorch_CXX_STANDARD})
    check_cxx_source_compiles("#include <ATen/cuda/CUDAGraph.h>
                               at::cuda::CUDAGraph* graph;" LibTorch_HAS_CUDA_HEADERS)
    unset(CMAKE_REQUIRED_INCLUDES)
    unset(CMAKE_TRY_COMPILE_TARGET_TYPE)
    set(LibTorch_CUDA_GRAPHS ${LibTorch_HAS_CUDA_HEADERS})
  endif()
endif()
unset(CMAKE_REQUIRED_QUIET)

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  add_library(LibTorch::LibTorch INTERFACE IMPORTED)
  set(_libtorch_includes ${LibTorch_API_DIR})
  if(NOT LibTorch_INCLUDE_DIR STREQUAL /usr/include)
    list(APPEND _libtorch_includes ${LibTorch_INCLUDE_DIR})
  endif()
  set(_libtorch_libraries ${LibTorch_torch_LIBRARY} ${LibTorch_torch_cpu_LIBRARY} ${LibTorch_c10_LIBRARY})
  set(_libtorch_definitions AT_PER_OPERATOR_HEADERS)
  if(LibTorch_CUDA)
    # Little or nothing in our code names these, so a linker that drops unneeded libraries would hide the device. One
    # item, because CMake may move or merge flags that stand alone.
    list(PREPEND _libtorch_libraries
         "-Wl,--no-as-needed,${LibTorch_torch_cuda_LIBRARY},${LibTorch_c10_cuda_LIBRARY},--as-needed")
  endif()
  if(LibTorch_CUDA_GRAPHS)
    list(APPEND _libtorch_includes ${LibTorch_CUDA_INCLUDE_DIR})
    list(APPEND _libtorch_definitions AMORTFLOW_CUDA)
  endif()
  message(STATUS "LibTorch ${LibTorch_VERSION}, CUDA: ${LibTorch_CUDA}, graphs: ${LibTorch_CUDA_GRAPHS}")
  # Its headers then leave out the declarations of all operators, which more than halves the time to compile.
  set_property(TARGET LibTorch::LibTorch PROPERTY INTERFACE_COMPILE_DEFINITIONS ${_libtorch_definitions})
  set_target_properties(
    LibTorch::LibTorch PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${_libtorch_includes}" INTERFACE_LINK_LIBRARIES
                                                                                        "${_libtorch_libraries}")
endif()
mark_as_advanced(LibTorch_INCLUDE_DIR LibTorch_API_DIR LibTorch_torch_LIBRARY LibTorch_torch_cpu_LIBRARY
                 LibTorch_c10_LIBRARY)
