#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/parameter_store.h"

namespace amortflow {

/// The store's parameters, without padding, as the bytes of a safetensors file (8-byte little-endian header length,
/// JSON header, data; format by Hugging Face). `metadata` goes into `__metadata__`.
[[nodiscard]] std::vector<std::uint8_t> to_safetensors(const ParameterStore& store,
                                                       const std::map<std::string, std::string>& metadata);

/// Fills `store` from bytes: names, shapes and types must be the store's own. Every length and offset is checked;
/// throws FormatError. Returns the metadata.
std::map<std::string, std::string> from_safetensors(const std::uint8_t* bytes, std::size_t size, ParameterStore& store);

}  // namespace amortflow
