#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/spec.h"

namespace amortflow {

/// A trained network on disk: data, never code. Layout, all integers little-endian: the 8 bytes "AMORTFLW", version
/// (32 bit), length of the JSON (64 bit), length of the weights (64 bit), a 64-bit FNV-1a hash of JSON and weights,
/// JSON, weights (safetensors).
struct FitFile {
  static constexpr std::uint32_t kVersion = 1;
  Spec fit;
  std::vector<std::uint8_t> weights;
};

/// The bytes of such a file.
[[nodiscard]] std::vector<std::uint8_t> fit_file_bytes(const FitFile& file);

/// Writes to "<path>.tmp-<process>" and renames, so that a crash or a full disk leaves an older file whole. Throws
/// FormatError where the system refuses.
void write_fit_file(const std::string& path, const FitFile& file);

/// Checks magic, version, every length and the hash. Throws FormatError: a newer version is refused with advice.
[[nodiscard]] FitFile read_fit_file(const std::string& path);

}  // namespace amortflow
