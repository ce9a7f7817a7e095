#include "base/safetensors.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "base/errors.h"
#include "base/json.h"
#include "base/little_endian.h"

namespace amortflow {

namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kMostHeader = 100'000'000;  // the limit of the reference reader
constexpr std::uint64_t kFloatBytes = 4;

void append_little_endian(std::vector<std::uint8_t>& bytes, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint64_t data_bytes(const ParameterEntry& entry) {
  return static_cast<std::uint64_t>(entry.rows * entry.cols) * kFloatBytes;
}

std::string header_text(const ParameterLayout& layout, const std::map<std::string, std::string>& metadata) {
  std::string text = "{\"__metadata__\":{";
  for (const auto& [key, value] : metadata) {
    if (text.back() != '{') text += ',';
    text += quote_json(key) + ':' + quote_json(value);
  }
  text += '}';
  std::uint64_t offset = 0;
  for (const auto& entry : layout.entries()) {
    const auto end = offset + data_bytes(entry);
    text += ',' + quote_json(entry.name) + ":{\"dtype\":\"F32\",\"shape\":[" + std::to_string(entry.rows) + ',' +
            std::to_string(entry.cols) + "],\"data_offsets\":[" + std::to_string(offset) + ',' + std::to_string(end) +
            "]}";
    offset = end;
  }
  text += '}';
  text.append((kLengthBytes - text.size() % kLengthBytes) % kLengthBytes, ' ');  // data on an 8-byte boundary
  return text;
}

/// A tensor as the header describes it.
struct Tensor {
  std::string name;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Whole numbers, exact in double; `what` names them in messages.
std::vector<std::uint64_t> whole_numbers(const Spec* value, const std::string& what) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (!value || !value->numbers()) throw FormatError("The weights have no " + what + ".");
  std::vector<std::uint64_t> result;
  for (const double number : *value->numbers()) {
    if (!(number >= 0 && number < kExact) || number != std::floor(number)) {
      throw FormatError("The weights have " + what + " that are not whole numbers.");
    }
    result.push_back(static_cast<std::uint64_t>(number));
  }
  return result;
}

Tensor described_tensor(const std::string& name, const Spec& fields) {
  const auto* type = fields.find("dtype");
  if (!type || !type->texts() || *type->texts() != Spec::Texts{"F32"}) {
    throw FormatError("Tensor `" + name + "` must have dtype F32.");
  }
  const auto offsets = whole_numbers(fields.find("data_offsets"), "offsets of tensor `" + name + "`");
  if (offsets.size() != 2 || offsets[0] > offsets[1])
    throw FormatError("Tensor `" + name + "` must have a begin and an end.");
  return {name, whole_numbers(fields.find("shape"), "dimensions of tensor `" + name + "`"), offsets[0], offsets[1]};
}

std::map<std::string, std::string> described_metadata(const Spec& fields) {
  if (!fields.list()) throw FormatError("The metadata of the weights must be an object.");
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : *fields.list()) {
    if (!value.texts() || value.texts()->size() != 1) throw FormatError("Metadata `" + key + "` must be a string.");
    metadata[key] = value.texts()->front();
  }
  return metadata;
}

struct Header {
  std::map<std::string, std::string> metadata;
  std::vector<Tensor> tensors;
  std::size_t data_at = 0;
};

Header read_header(const std::uint8_t* bytes, std::size_t size) {
  if (size < kLengthBytes) throw FormatError("The weights end before their header.");
  const auto length = little_endian(bytes, 8);
  if (length > kMostHeader || length > size - kLengthBytes) {
    throw FormatError("The weights are shorter than their header, or the header is too long.");
  }
  const std::string text(reinterpret_cast<const char*>(bytes) + kLengthBytes, static_cast<std::size_t>(length));
  const auto fields = from_plain_json(text);
  if (!fields.list()) throw FormatError("The header of the weights must be an object.");
  Header header;
  header.data_at = kLengthBytes + static_cast<std::size_t>(length);
  for (const auto& [name, value] : *fields.list()) {
    if (name == "__metadata__") {
      header.metadata = described_metadata(value);
    } else {
      header.tensors.push_back(described_tensor(name, value));
    }
  }
  return header;
}

/// Tensors must lie one behind the other from 0 to the end: no holes, no overlap, nothing behind.
void check_offsets(std::vector<Tensor> tensors, std::uint64_t data_size) {
  std::sort(tensors.begin(), tensors.end(), [](const Tensor& a, const Tensor& b) { return a.begin < b.begin; });
  std::uint64_t at = 0;
  for (const auto& tensor : tensors) {
    if (tensor.begin != at) throw FormatError("Tensor `" + tensor.name + "` leaves a hole or overlaps with another.");
    at = tensor.end;
  }
  if (at != data_size) throw FormatError("The weights are truncated, or bytes follow them.");
}

void check_shape(const Tensor& tensor, const ParameterEntry& entry) {
  const std::vector<std::uint64_t> expected{static_cast<std::uint64_t>(entry.rows),
                                            static_cast<std::uint64_t>(entry.cols)};
  if (tensor.shape != expected || tensor.end - tensor.begin != data_bytes(entry)) {
    throw FormatError("Tensor `" + entry.name + "` must be " + std::to_string(entry.rows) + " x " +
                      std::to_string(entry.cols) + ", as the networks have it.");
  }
}

void copy_tensor(const std::uint8_t* bytes, const ParameterEntry& entry, float* first) {
  for (std::int64_t i = 0; i < entry.rows; ++i) {
    for (std::int64_t j = 0; j < entry.cols; ++j, bytes += kFloatBytes) {
      const auto bits = static_cast<std::uint32_t>(little_endian(bytes, 4));
      std::memcpy(first + i * entry.stride + j, &bits, kFloatBytes);
    }
  }
}

}  // namespace

std::vector<std::uint8_t> to_safetensors(const ParameterStore& store,
                                         const std::map<std::string, std::string>& metadata) {
  const auto header = header_text(store.layout(), metadata);
  std::vector<std::uint8_t> bytes;
  bytes.reserve(kLengthBytes + header.size() + static_cast<std::size_t>(store.layout().parameters()) * kFloatBytes);
  append_little_endian(bytes, header.size(), 8);
  bytes.insert(bytes.end(), header.begin(), header.end());
  for (const auto& entry : store.layout().entries()) {
    const float* const first = store.values().data() + entry.offset;
    for (std::int64_t i = 0; i < entry.rows; ++i) {
      for (std::int64_t j = 0; j < entry.cols; ++j) {
        std::uint32_t bits = 0;
        std::memcpy(&bits, first + i * entry.stride + j, kFloatBytes);
        append_little_endian(bytes, bits, 4);
      }
    }
  }
  return bytes;
}

std::map<std::string, std::string> from_safetensors(const std::uint8_t* bytes,
                                                    std::size_t size,
                                                    ParameterStore& store) {
  auto header = read_header(bytes, size);
  check_offsets(header.tensors, size - header.data_at);
  std::map<std::string, const Tensor*> by_name;
  for (const auto& tensor : header.tensors) by_name[tensor.name] = &tensor;
  const auto& entries = store.layout().entries();
  for (const auto& entry : entries) {
    const auto found = by_name.find(entry.name);
    if (found == by_name.end()) throw FormatError("The weights lack tensor `" + entry.name + "`.");
    check_shape(*found->second, entry);
  }
  if (by_name.size() != entries.size()) throw FormatError("The weights hold tensors that the networks do not have.");
  for (const auto& entry : entries) {
    copy_tensor(bytes + header.data_at + by_name[entry.name]->begin, entry, store.values().data() + entry.offset);
  }
  store.restore_zeros();
  return std::move(header.metadata);
}

}  // namespace amortflow
