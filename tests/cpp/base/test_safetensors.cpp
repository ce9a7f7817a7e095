#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "base/errors.h"
#include "base/random.h"
#include "base/safetensors.h"
#include "support/catch.h"

using amortflow::FormatError;
using amortflow::from_safetensors;
using amortflow::ParameterLayout;
using amortflow::ParameterStore;
using amortflow::to_safetensors;
using Bytes = std::vector<std::uint8_t>;
using Metadata = std::map<std::string, std::string>;

namespace {

ParameterStore small_store(double scale) {
  ParameterLayout layout;
  layout.add("a.weight", 2, 3, {amortflow::Initializer::Kind::kNormal, scale}, true);
  layout.add("number", 1, 2, {amortflow::Initializer::Kind::kNormal, scale}, false);
  ParameterStore store(layout);
  store.initialize(1);
  return store;
}

Metadata read(const Bytes& bytes, ParameterStore& store) { return from_safetensors(bytes.data(), bytes.size(), store); }

/// A file of a header as given and `data` bytes behind it.
Bytes file(const std::string& header, std::size_t data) {
  Bytes bytes(8, 0);
  for (std::size_t i = 0; i < 8; ++i)
    bytes[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(header.size()) >> (8 * i));
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), data, 0);
  return bytes;
}

std::string tensor(const std::string& name,
                   const std::string& shape,
                   const std::string& offsets,
                   const std::string& type) {
  return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":[" + shape + "],\"data_offsets\":[" + offsets + "]}";
}

std::string header(const std::string& first, const std::string& second) { return "{" + first + "," + second + "}"; }

bool equal(const ParameterStore& a, const ParameterStore& b) {
  return std::memcmp(a.values().data(), b.values().data(), static_cast<std::size_t>(a.values().size()) * 4) == 0;
}

const std::string kFirst = tensor("a.weight", "2,3", "0,24", "F32");
const std::string kSecond = tensor("number", "1,2", "24,32", "F32");

}  // namespace

CATCH_TEST_CASE("weights come back bit by bit, with their metadata") {
  auto store = small_store(1);
  store.at(0)[0] = std::numeric_limits<float>::denorm_min();
  store.at(0)[1] = -0.0F;
  const Metadata metadata{{"format", "1"}, {"number", "NaN"}, {"quote \"", "line\n"}};
  auto copy = small_store(2);
  CATCH_CHECK(read(to_safetensors(store, metadata), copy) == metadata);
  CATCH_CHECK(equal(store, copy));
}

CATCH_TEST_CASE("the file is what other readers of safetensors expect") {
  const auto bytes = to_safetensors(small_store(1), {{"format", "1"}});
  const std::string expected = "{\"__metadata__\":{\"format\":\"1\"}," + kFirst + "," + kSecond + "}";
  CATCH_CHECK(bytes[0] % 8 == 0);
  CATCH_CHECK(std::string(bytes.begin() + 8, bytes.begin() + 8 + static_cast<std::ptrdiff_t>(expected.size())) ==
              expected);
  CATCH_CHECK(bytes.size() == 8U + bytes[0] + 32);
}

CATCH_TEST_CASE("a file of others is read: any order, other spaces, no metadata") {
  auto store = small_store(1);
  const auto second_first =
      header(tensor("number", "1,2", "0,8", "F32"), "  " + tensor("a.weight", "2,3", "8,32", "F32"));
  auto bytes = file(second_first, 32);
  const float three = 3;
  std::memcpy(bytes.data() + bytes.size() - 4, &three, 4);
  CATCH_CHECK(read(bytes, store).empty());
  CATCH_CHECK(store.at(0)[16 + 2] == 3);
  CATCH_CHECK(store.at(1)[0] == 0);
}

CATCH_TEST_CASE("every truncation is refused and leaves the store alone") {
  const auto bytes = to_safetensors(small_store(1), {{"format", "1"}});
  auto store = small_store(2);
  const auto before = store;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Bytes part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    CATCH_REQUIRE_THROWS_AS(read(part, store), FormatError);
  }
  CATCH_CHECK(equal(store, before));
}

CATCH_TEST_CASE("bytes behind the weights are refused") {
  auto bytes = to_safetensors(small_store(1), {});
  bytes.push_back(0);
  auto store = small_store(1);
  CATCH_CHECK_THROWS_AS(read(bytes, store), FormatError);
}

CATCH_TEST_CASE("a header length that lies is refused") {
  auto store = small_store(1);
  const auto good = to_safetensors(small_store(1), {});
  for (const int byte : {1, 2, 3, 4, 5, 6, 7}) {
    auto bytes = good;
    bytes[static_cast<std::size_t>(byte)] = 0xFF;
    CATCH_CHECK_THROWS_AS(read(bytes, store), FormatError);
  }
  CATCH_CHECK_THROWS_AS(read(Bytes(8, 0xFF), store), FormatError);
  CATCH_CHECK_THROWS_AS(read(Bytes(16, 0), store), FormatError);
}

CATCH_TEST_CASE("headers that do not describe these weights are refused") {
  auto store = small_store(1);
  const std::string headers[] = {
      "",
      "null",
      "[]",
      "{}",
      "{" + kFirst + "}",
      header(kFirst, kFirst),
      header(kFirst, kSecond) + "x",
      header(kFirst, kSecond + "," + tensor("extra", "0", "32,32", "F32")),
      header(kFirst, tensor("b", "1,2", "24,32", "F32")),
      header(kFirst, tensor("number", "2,1", "24,32", "F32")),
      header(kFirst, tensor("number", "2", "24,32", "F32")),
      header(kFirst, tensor("number", "1,2,1", "24,32", "F32")),
      header(kFirst, tensor("number", "", "24,32", "F32")),
      header(kFirst, tensor("number", "1,2", "24,32", "F64")),
      header(kFirst, tensor("number", "1,2", "24,32", "")),
      header(kFirst, tensor("number", "1,2", "20,28", "F32")),  // overlap
      header(kFirst, tensor("number", "1,2", "0,8", "F32")),    // overlap
      header(kFirst, tensor("number", "1,2", "32,40", "F32")),  // hole, and beyond the end
      header(kFirst, tensor("number", "1,2", "32,24", "F32")),  // end before begin
      header(kFirst, tensor("number", "1,2", "24,28", "F32")),  // too few bytes for its shape
      header(kFirst, tensor("number", "1,2", "24", "F32")),
      header(kFirst, tensor("number", "1,2", "24,32,40", "F32")),
      header(kFirst, tensor("number", "1,2", "-8,32", "F32")),
      header(kFirst, tensor("number", "1,2", "24.5,32", "F32")),
      header(kFirst, tensor("number", "1,2", "24,1e300", "F32")),
      header(kFirst, tensor("number", "1,2", "24,18446744073709551648", "F32")),  // 2^64 + 32
      header(kFirst, tensor("number", "4294967296,4294967296", "24,32", "F32")),  // product overflows to 0
      header(kFirst, tensor("number", "1,-2", "24,32", "F32")),
      header(kFirst, "\"number\":{\"dtype\":\"F32\",\"shape\":[1,2]}"),
      header(kFirst, "\"number\":{\"dtype\":\"F32\",\"data_offsets\":[24,32]}"),
      header(kFirst, "\"number\":{\"shape\":[1,2],\"data_offsets\":[24,32]}"),
      header(kFirst, "\"number\":{\"dtype\":\"F32\",\"shape\":\"1,2\",\"data_offsets\":[24,32]}"),
      header(kFirst, "\"number\":3"),
      header(kFirst, kSecond + ",\"__metadata__\":3"),
      header(kFirst, kSecond + ",\"__metadata__\":{\"a\":1}"),
      header(kFirst, kSecond + ",\"__metadata__\":{\"a\":[\"x\",\"y\"]}"),
      header(kFirst, kSecond).substr(0, 80),
  };
  CATCH_REQUIRE_NOTHROW(read(file(header(kFirst, kSecond), 32), store));
  store = small_store(2);
  const auto before = store;
  for (const auto& text : headers) {
    CATCH_INFO(text);
    CATCH_CHECK_THROWS_AS(read(file(text, 32), store), FormatError);
  }
  CATCH_CHECK(equal(store, before));
}

CATCH_TEST_CASE("random damage is either refused or harmless") {
  // Twenty thousand files with one to four bytes changed: the reader may accept changed weights, never read outside
  // (run under ASan in CI) and never throw anything but a FormatError.
  const auto good = to_safetensors(small_store(1), {{"format", "1"}});
  auto store = small_store(2);
  int refused = 0;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    auto random = amortflow::stream(99, amortflow::Purpose::kCheck, i);
    auto bytes = good;
    const auto changes = 1 + random() % 4;
    for (std::uint32_t c = 0; c < changes; ++c) bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    try {
      read(bytes, store);
    } catch (const FormatError&) {
      ++refused;
    }
  }
  CATCH_CHECK(refused > 10000);
}
