#pragma once

#include <string>

#include "settings.h"

namespace amortflow::bench {

/// The kernels that OpenBLAS runs in this process ("Haswell", "SkylakeX", ...); "" where there is no OpenBLAS.
[[nodiscard]] std::string blas_core_type();

/// Runs case `name` in a child process and hands its lines on. With `each_core_type` there is one child for each core
/// type that this machine can run, because OpenBLAS chooses its kernels when it is loaded: of each result the line of
/// the child in which ours gained least is handed on. Throws Error if a child fails.
void run_in_children(const Settings& settings, const std::string& name, bool each_core_type);

}  // namespace amortflow::bench
